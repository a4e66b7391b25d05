import { byId, element, icon } from "./markup.js";

/**
 * Shows a notice above the floor until it is taken away, or takes it away.
 * @param {string} key one notice for each
 * @param {null|{text: string, symbol?: string, tone?: "plain"|"waiting"|"warning",
 *   action?: {label: string, run: () => void}, dismissible?: boolean}} notice
 */
export function setNotice(key, notice) {
  const tray = byId("notices");
  const old = tray.querySelector(`[data-notice="${key}"]`);
  if (!notice) {
    old?.remove();
    return;
  }
  const { text, symbol, tone = "plain", action, dismissible } = notice;
  if (old?.dataset.text === text) return;
  const node = element("div", {
    class: `notice ${tone}`, role: tone === "warning" ? "alert" : "status", "data-notice": key, "data-text": text,
    "data-testid": `notice-${key}`,
  }, symbol ? icon(symbol) : null, element("span", { class: "notice-text", text }),
  action ? element("button", { type: "button", class: "quiet", text: action.label, on: { click: action.run } }) : null,
  dismissible ? element("button", {
    type: "button", class: "quiet bare", "aria-label": "Dismiss", on: { click: () => setNotice(key, null) },
  }, icon("close")) : null);
  if (old) old.replaceWith(node);
  else tray.append(node);
}

/** Takes all notices away. */
export function clearNotices() {
  byId("notices").replaceChildren();
}
