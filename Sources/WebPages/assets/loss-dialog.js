import { byId, element } from "./markup.js";

/** The word on a connection that was given up, with the two things left to do. */
export class LossDialog {
  #text = element("p");
  #dialog;

  /** @param {{onRetry: () => void, onLeave: () => void}} actions */
  constructor({ onRetry, onLeave }) {
    this.#dialog = element("dialog", {
      class: "loss", "aria-labelledby": "loss-title", "data-testid": "loss",
      // Escape would leave the person before a dead room.
      on: { cancel: (event) => event.preventDefault() },
    }, element("h2", { id: "loss-title", text: "You are disconnected" }), this.#text,
    element("div", { class: "actions" },
      element("button", {
        type: "button", class: "primary", text: "Try again", "data-testid": "retry", on: { click: onRetry },
      }),
      element("button", { type: "button", class: "quiet", text: "Leave", on: { click: onLeave } })));
    byId("room").append(this.#dialog);
  }

  /** @param {string} text */
  open(text) {
    this.#text.textContent = text;
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  close() {
    if (this.#dialog.open) this.#dialog.close();
  }
}
