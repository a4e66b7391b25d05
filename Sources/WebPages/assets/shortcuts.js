/**
 * Single keys that work anywhere but in a text field.
 * @param {Object<string, () => void>} actions by lower-case key
 * @returns {() => void} takes them away again
 */
export function installShortcuts(actions) {
  const onKey = (event) => {
    if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && event.target.closest("input, select, textarea, [contenteditable]")) return;
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
