import { drawAvatar } from "./avatar.js";
import { byId, element, icon } from "./markup.js";
import { writeScore } from "./quality-words.js";

/**
 * One of those in the room, as the list shows them.
 * @typedef {object} Entry
 * @property {string|null} id null for oneself
 * @property {string} name
 * @property {boolean} isMuted
 * @property {boolean} hasCamera
 * @property {boolean} isSharing
 * @property {boolean} isSpeaking
 * @property {boolean} isPinned shown large by hand
 * @property {import("./roost-participants.js").Quality} [quality] of its connection, where it is known
 * @property {string|null} note
 */

/** The list of everybody in the room. */
export class PeoplePanel {
  #onClose;
  #onPin;
  #title = element("h2");
  #list = element("ul", { class: "people-list" });
  /** @type {Map<string|null, Row>} */
  #rows = new Map();

  /**
   * @param {object} actions
   * @param {() => void} actions.onClose
   * @param {(id: string) => void} actions.onPin shows somebody large, or no more
   */
  constructor({ onClose, onPin }) {
    this.#onClose = onClose;
    this.#onPin = onPin;
    const close = element("button", {
      type: "button", class: "quiet bare", "aria-label": "Close the list of people", on: { click: onClose },
    }, icon("close"));
    byId("people").append(element("div", { class: "people-head" }, this.#title, close), this.#list);
    byId("people").addEventListener("keydown", (event) => event.key === "Escape" && this.#onClose());
  }

  get isOpen() {
    return !byId("people").hidden;
  }

  /** Opens or closes it; focus goes into it. */
  setOpen(isOpen) {
    byId("people").hidden = !isOpen;
    if (isOpen) byId("people").focus();
  }

  /**
   * Rows stay while their people do: a button that is replaced under a finger is not pressed.
   * @param {Entry[]} people
   */
  draw(people) {
    this.#title.textContent = `People (${people.length})`;
    const left = new Set(this.#rows.keys());
    for (const entry of people) {
      left.delete(entry.id);
      if (!this.#rows.has(entry.id)) this.#add(entry.id);
      this.#rows.get(entry.id).update(entry);
    }
    for (const id of left) {
      this.#rows.get(id).node.remove();
      this.#rows.delete(id);
    }
  }

  #add(id) {
    const row = new Row(id && (() => this.#onPin(id)));
    this.#rows.set(id, row);
    this.#list.append(row.node);
  }
}

/** One person's line. */
class Row {
  #avatar = element("span", { class: "avatar tiny", "aria-hidden": "true" });
  #name = element("span");
  #state = element("small");
  #marks = element("span", { class: "people-marks" });
  #pin;
  #shown = "";

  /** @param {null|(() => void)} onPin */
  constructor(onPin) {
    this.#pin = onPin && element("button", { type: "button", class: "quiet bare people-pin", on: { click: onPin } }, icon("pin"));
    this.node = element("li", { class: "people-row", "data-testid": "person" }, this.#avatar,
      element("span", { class: "people-name" }, this.#name, this.#state), this.#marks, this.#pin);
  }

  /** @param {Entry} entry */
  update(entry) {
    const shown = JSON.stringify(entry);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const { id, name, isMuted, hasCamera, isSharing, isSpeaking, isPinned, quality, note } = entry;
    drawAvatar(this.#avatar, name);
    this.#name.textContent = id === null ? `${name} (you)` : name;
    this.#name.title = name;
    this.#state.title = note ?? "";
    this.#state.textContent = [note, isSharing && "sharing a screen", isSpeaking && "speaking"].filter(Boolean).join(", ");
    this.#marks.replaceChildren(
      scoreOf(quality),
      mark(isMuted ? "mic-off" : "mic", isMuted ? "microphone off" : "microphone on", isMuted),
      mark(hasCamera ? "camera" : "camera-off", hasCamera ? "camera on" : "camera off", !hasCamera));
    if (!this.#pin) return;
    this.#pin.setAttribute("aria-pressed", String(isPinned));
    this.#pin.setAttribute("aria-label", `Show ${name} large`);
    this.#pin.title = this.#pin.getAttribute("aria-label");
  }
}

/** How good a connection is, as a number, with the words around it for who does not see where it stands. */
function scoreOf(quality) {
  const score = writeScore(quality);
  if (!score) return "";
  return element("span", {
    class: "people-score", "data-level": quality.level, title: `Connection: ${score} of 5`, "data-testid": "score",
  }, element("span", { class: "visually-hidden", text: "connection" }), ` ${score} `,
  element("span", { class: "visually-hidden", text: "of 5" }));
}

function mark(symbol, text, isOff) {
  return element("span", { class: `people-mark${isOff ? " off" : ""}` }, icon(symbol),
    element("span", { class: "visually-hidden", text }));
}
