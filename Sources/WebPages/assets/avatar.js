/** How many of the avatar colours there are in style.css. */
const COLOURS = 8;

/** The letters that stand for somebody without a picture: of the first and the last word of the name. */
export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return "?";
  const letters = words.length === 1 ? [words[0]] : [words[0], words[words.length - 1]];
  return letters.map((word) => [...word][0]).join("").toLocaleUpperCase();
}

/**
 * Makes an element show the initials of a name on a colour that always goes with that name.
 * @param {HTMLElement} target
 * @param {string} name
 */
export function drawAvatar(target, name) {
  let hash = 7;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  target.textContent = initials(name);
  target.dataset.colour = String(hash % COLOURS);
}
