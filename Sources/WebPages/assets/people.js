import { drawAvatar } from "./avatar.js";
import { byId, element, icon } from "./markup.js";

/** The list of everybody in the room. */
export class PeoplePanel {
  #onClose;

  /** @param {() => void} onClose */
  constructor(onClose) {
    this.#onClose = onClose;
    byId("people").addEventListener("keydown", (event) => event.key === "Escape" && onClose());
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
   * @param {{name: string, isSelf?: boolean, isMuted: boolean, hasCamera: boolean, isSharing: boolean,
   *   isSpeaking: boolean, note: string|null}[]} people
   */
  draw(people) {
    const close = element("button", {
      type: "button", class: "quiet bare", "aria-label": "Close the list of people", on: { click: this.#onClose },
    }, icon("close"));
    const list = element("ul", { class: "people-list" }, ...people.map(row));
    const hadFocus = byId("people").contains(document.activeElement) && document.activeElement !== byId("people");
    byId("people").replaceChildren(
      element("div", { class: "people-head" }, element("h2", { text: `People (${people.length})` }), close), list);
    if (hadFocus) close.focus();
  }
}

function row({ name, isSelf, isMuted, hasCamera, isSharing, isSpeaking, note }) {
  const avatar = element("span", { class: "avatar tiny", "aria-hidden": "true" });
  drawAvatar(avatar, name);
  const state = [note, isSharing && "sharing a screen", isSpeaking && "speaking"].filter(Boolean).join(", ");
  return element("li", { class: "people-row", "data-testid": "person" }, avatar,
    element("span", { class: "people-name" },
      element("span", { text: isSelf ? `${name} (you)` : name }),
      state ? element("small", { text: state }) : null),
    mark(isMuted ? "mic-off" : "mic", isMuted ? "microphone off" : "microphone on", isMuted),
    mark(hasCamera ? "camera" : "camera-off", hasCamera ? "camera on" : "camera off", !hasCamera));
}

function mark(symbol, text, isOff) {
  return element("span", { class: `people-mark${isOff ? " off" : ""}` }, icon(symbol),
    element("span", { class: "visually-hidden", text }));
}
