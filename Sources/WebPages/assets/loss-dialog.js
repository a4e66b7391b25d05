import { byId, element } from "./markup.js";

/** The word on a connection that was given up, with the two things left to do. */
export class LossDialog {
  #title = element("h2", { id: "loss-title" });
  #text = element("p", { id: "loss-text" });
  #retry;
  #leave;
  #dialog;

  /** @param {{onRetry: () => void, onLeave: () => void}} actions */
  constructor({ onRetry, onLeave }) {
    this.#retry = element("button", { type: "button", "data-testid": "retry", on: { click: onRetry } });
    this.#leave = element("button", { type: "button", text: "Leave", "data-testid": "loss-leave", on: { click: onLeave } });
    this.#dialog = element("dialog", {
      class: "loss", "aria-labelledby": "loss-title", "aria-describedby": "loss-text", "data-testid": "loss",
      // Escape would leave the person before a dead room.
      on: { cancel: (event) => event.preventDefault() },
    }, this.#title, this.#text, element("div", { class: "actions" }, this.#retry, this.#leave));
    byId("room").append(this.#dialog);
  }

  /**
   * @param {object} loss
   * @param {string} loss.title
   * @param {string} loss.text
   * @param {boolean} loss.isMeant somebody decided it: then leaving is what one does next
   */
  open({ title, text, isMeant }) {
    this.#title.textContent = title;
    this.#text.textContent = text;
    this.#retry.textContent = isMeant ? "Go back in" : "Try again";
    this.#retry.className = isMeant ? "quiet" : "primary";
    this.#leave.className = isMeant ? "primary" : "quiet";
    if (this.#dialog.open) return;
    this.#dialog.showModal();
    (isMeant ? this.#leave : this.#retry).focus();
  }

  close() {
    if (this.#dialog.open) this.#dialog.close();
  }
}
