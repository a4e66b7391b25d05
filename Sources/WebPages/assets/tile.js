import { drawAvatar } from "./avatar.js";
import { element, icon } from "./markup.js";
import { whenFrameAfter } from "./roost-client.js";

/** One person, or one screen, on the floor. */
export class Tile {
  #video = element("video", { autoplay: true, muted: true, playsinline: true, tabindex: "-1" });
  #avatar = element("div", { class: "avatar", "aria-hidden": "true" });
  #label = element("span", { class: "tile-label" });
  #mark = element("span", { class: "tile-mark" });
  #quality = element("span", { class: "tile-quality", role: "img", hidden: true });
  #note = element("p", { class: "tile-note" });
  #pin;
  #stopWatching = null;
  #shown = null;

  /**
   * @param {object} options
   * @param {string} options.participantId
   * @param {"person"|"screen"} options.kind
   * @param {boolean} [options.isSelf]
   * @param {() => void} [options.onPin] without it the tile cannot be pinned
   */
  constructor({ participantId, kind, isSelf = false, onPin }) {
    // The attribute alone does not mute an element made by script.
    this.#video.muted = true;
    this.kind = kind;
    this.#pin = onPin && element("button", {
      type: "button", class: "tile-pin", "aria-pressed": "false", on: { click: onPin },
    }, icon("pin"));
    this.node = element("li", {
      class: `tile ${kind}${isSelf ? " self" : ""}`,
      "data-testid": isSelf ? "self-tile" : "tile", "data-participant": participantId, "data-kind": kind,
    }, this.#avatar, this.#video, this.#note,
    element("div", { class: "tile-name" }, this.#mark, this.#label, this.#quality), this.#pin ?? null);
  }

  /** The element that shows the picture. */
  get video() {
    return this.#video;
  }

  /**
   * @param {string} name
   * @param {string} label what is written on the tile
   */
  setName(name, label = name) {
    this.#label.textContent = label;
    drawAvatar(this.#avatar, name);
    this.#pin?.setAttribute("aria-label", `Show ${label} large`);
    if (this.#pin) this.#pin.title = this.#pin.getAttribute("aria-label");
  }

  /**
   * Shows a picture, or the avatar.
   * @param {MediaStream|null} stream
   * @param {{isOn: boolean, since?: number}} options `since`: frames received before this `performance.now()` time are
   *   somebody else's, or from before a pause; the avatar stays until one comes that is newer
   */
  setPicture(stream, { isOn, since = 0 }) {
    if (this.#video.srcObject !== stream) this.#video.srcObject = stream;
    const shown = stream && isOn ? since : null;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#stopWatching?.();
    this.#stopWatching = null;
    this.node.classList.remove("has-picture");
    if (shown === null) return;
    this.#video.play().catch(() => {});
    this.#stopWatching = whenFrameAfter(this.#video, shown, () => this.node.classList.add("has-picture"));
  }

  /** Marks the microphone as muted. */
  setMuted(isMuted) {
    if (this.#mark.hasChildNodes() === isMuted) return;
    this.#mark.replaceChildren(...(isMuted
      ? [icon("mic-off"), element("span", { class: "visually-hidden", text: "Muted: " })] : []));
    this.node.classList.toggle("muted", isMuted);
  }

  /** Rings the tile of whoever speaks. */
  setSpeaking(isSpeaking) {
    this.node.classList.toggle("speaking", isSpeaking);
  }

  /** A word on why this tile is not as it should be, or null. */
  setNote(text) {
    this.#note.textContent = text ?? "";
  }

  /**
   * Marks a connection that is poor or lost.
   * @param {string|null} text what is wrong with it; null when nothing is
   * @param {string} [level]
   */
  setQuality(text, level = "good") {
    this.#quality.hidden = !text;
    this.#quality.title = text ?? "";
    this.#quality.setAttribute("aria-label", text ?? "");
    this.#quality.dataset.level = level;
  }

  /** Shows that the picture may be an old one. */
  setAway(isAway) {
    this.node.classList.toggle("away", isAway);
  }

  /** Whether this tile was put on the stage by hand. */
  setPinned(isPinned) {
    this.#pin?.setAttribute("aria-pressed", String(isPinned));
    this.node.classList.toggle("pinned", isPinned);
  }

  /** Takes the tile away. */
  remove() {
    this.#stopWatching?.();
    this.#video.srcObject = null;
    this.node.remove();
  }
}
