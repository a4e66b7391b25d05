import { byId } from "./markup.js";

let pending = [];
let timer = null;

/**
 * Has a screen reader say something when it is done with what it says now. What comes within a moment is said in one
 * go, so that five people coming in do not cut each other off.
 * @param {string} text
 */
export function announce(text) {
  pending.push(text);
  clearTimeout(timer);
  timer = setTimeout(() => {
    byId("announcer").textContent = pending.join(" ");
    pending = [];
  }, 300);
}
