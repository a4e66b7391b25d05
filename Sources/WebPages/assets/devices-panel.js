import { deviceSelects } from "./device-menu.js";
import { byId, element, icon } from "./markup.js";

/** The choice of devices during a call, in a panel above the dock. */
export class DevicesPanel {
  #node;
  #opener = null;
  #onToggle;
  #onPointer = (event) => {
    if (!this.#node.contains(event.target) && !this.#opener?.contains(event.target)) this.close();
  };

  /**
   * @param {import("./local-media.js").LocalMedia} media
   * @param {import("./audio-output.js").AudioOutput} audio
   * @param {(isOpen: boolean) => void} onToggle
   */
  constructor(media, audio, onToggle) {
    this.#onToggle = onToggle;
    this.#node = element("div", {
      class: "devices-panel", role: "dialog", "aria-label": "Devices", hidden: true, "data-testid": "devices-panel",
      on: { keydown: (event) => event.key === "Escape" && this.close() },
    }, element("div", { class: "people-head" }, element("h2", { text: "Devices" }), element("button", {
      type: "button", class: "quiet bare", "aria-label": "Close", on: { click: () => this.close() },
    }, icon("close"))), ...deviceSelects(media, { audio, prefix: "room" }));
    byId("room").append(this.#node);
  }

  /** Opens or closes the panel. @param {HTMLElement} opener gets the focus back */
  toggle(opener) {
    if (!this.#node.hidden) {
      this.close();
      return;
    }
    this.#opener = opener;
    this.#node.hidden = false;
    (this.#node.querySelector("select:not(:disabled)") ?? this.#node.querySelector("button")).focus();
    document.addEventListener("pointerdown", this.#onPointer);
    this.#onToggle(true);
  }

  /** Closes it. */
  close() {
    if (this.#node.hidden) return;
    const hadFocus = this.#node.contains(document.activeElement);
    this.#node.hidden = true;
    document.removeEventListener("pointerdown", this.#onPointer);
    if (hadFocus) this.#opener?.focus();
    this.#onToggle(false);
  }
}
