import { announce } from "./announcer.js";
import { byId, element, icon } from "./markup.js";

/** How long a notice stays, in milliseconds. */
const STAY = 5000;
/** More at once cover the picture. */
const MOST = 3;

/**
 * Shows a short notice, and has it read out.
 * @param {string} text
 * @param {{symbol?: string, kind?: "plain"|"warning", stay?: number, key?: string}} [options] `key`: it takes the place of
 *   one with the same key
 */
export function toast(text, { symbol, kind = "plain", stay = STAY, key = "" } = {}) {
  const tray = byId("toasts");
  if (key) tray.querySelector(`[data-key="${key}"]`)?.remove();
  const node = element("p", { class: `toast ${kind}`, "data-testid": "toast", "data-key": key },
    symbol ? icon(symbol) : null, element("span", { text }));
  tray.append(node);
  while (tray.children.length > MOST) tray.firstElementChild.remove();
  announce(text);
  setTimeout(() => node.remove(), kind === "warning" ? stay * 1.6 : stay);
}

/** Takes all notices away. */
export function clearToasts() {
  byId("toasts").replaceChildren();
}
