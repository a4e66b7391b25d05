import { withLinks } from "./links.js";
import { byId, element, icon } from "./markup.js";

/** The label of the channel that carries the chat. */
export const CHAT_LABEL = "messages";
/** Characters of one message. */
const LONGEST = 4000;
/** Messages that are kept on the page. */
const MOST = 500;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** The panel with what people write to each other. Whatever they write becomes text and links, never markup. */
export class ChatPanel {
  #onClose;
  #onSend;
  #list = element("ol", { class: "chat-list", id: "chat-list", role: "log", "aria-label": "Messages", tabindex: "0", "data-testid": "chat-list" });
  #empty = element("p", { class: "chat-empty", text: "Nothing has been written yet. Messages are gone when you leave." });
  #to = element("select", { id: "chat-to", "data-testid": "chat-to" });
  #field = element("textarea", { id: "chat-field", rows: "1", maxlength: String(LONGEST), placeholder: "Write a message", "data-testid": "chat-field" });
  #error = element("p", { class: "form-error", role: "alert", "data-testid": "chat-error", hidden: true });
  #last = null;
  #people = null;

  /**
   * @param {{onClose: () => void, onSend: (text: string, to: string|undefined) => void}} actions
   */
  constructor({ onClose, onSend }) {
    this.#onClose = onClose;
    this.#onSend = onSend;
    const form = element("form", { class: "chat-form", novalidate: true, on: { submit: (event) => this.#submit(event) } },
      element("label", { class: "chat-to" }, element("span", { text: "To" }), this.#to), this.#error,
      element("div", { class: "chat-line" },
        element("label", { class: "visually-hidden", for: "chat-field", text: "Message" }), this.#field,
        element("button", { type: "submit", class: "primary", "aria-label": "Send", "data-testid": "chat-send" }, icon("send"))));
    this.#field.addEventListener("keydown", (event) => {
      // Enter sends; while a word is being composed it belongs to the input method.
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#submit(event);
    });
    byId("chat").append(
      element("div", { class: "people-head" }, element("h2", { text: "Chat" }), element("button", {
        type: "button", class: "quiet bare", "aria-label": "Close the chat", on: { click: onClose },
      }, icon("close"))), this.#list, this.#empty, form);
    byId("chat").addEventListener("keydown", (event) => event.key === "Escape" && this.#onClose());
    this.setPeople([]);
  }

  get isOpen() {
    return !byId("chat").hidden;
  }

  /** Opens or closes it; the field gets the focus. */
  setOpen(isOpen) {
    byId("chat").hidden = !isOpen;
    if (!isOpen) return;
    this.#field.focus();
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  /** Who can be written to. @param {{id: string, name: string}[]} people */
  setPeople(people) {
    // Called whenever anything changes: a menu that is open shall stay as it is.
    const shown = people.map(({ id, name }) => `${id} ${name}`).join("\n");
    if (shown === this.#people) return;
    this.#people = shown;
    const chosen = this.#to.value;
    this.#to.replaceChildren(
      element("option", { value: "", text: "Everybody" }),
      ...people.map(({ id, name }) => element("option", { value: id, text: `${name} alone` })));
    this.#to.value = people.some(({ id }) => id === chosen) ? chosen : "";
  }

  /**
   * Adds a message.
   * @param {{name: string, text: string, isOwn?: boolean, direct?: string|null}} message `direct` says for whom alone
   */
  add({ name, text, isOwn = false, direct = null }) {
    const isAtEnd = this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < 40;
    const now = new Date();
    const head = `${name}\n${direct}\n${clock.format(now)}`;
    this.#list.append(element("li", { class: `chat-message${isOwn ? " own" : ""}${direct ? " direct" : ""}`, "data-testid": "chat-message" },
      head === this.#last ? null : element("p", { class: "chat-head" },
        element("span", { class: "chat-name", text: name }),
        direct ? element("span", { class: "chat-mark", text: direct }) : null,
        element("time", { datetime: now.toISOString(), text: clock.format(now) })),
      element("p", { class: "chat-text" }, ...withLinks(text.slice(0, LONGEST)))));
    this.#last = head;
    while (this.#list.children.length > MOST) this.#list.firstElementChild.remove();
    this.#empty.hidden = true;
    if (isAtEnd || isOwn) this.#list.scrollTop = this.#list.scrollHeight;
  }

  /** Takes everything away, for the next room. */
  clear() {
    this.#list.replaceChildren();
    this.#empty.hidden = false;
    this.#last = null;
    this.#field.value = "";
    this.#error.hidden = true;
  }

  #submit(event) {
    event.preventDefault();
    const text = this.#field.value.trim();
    if (text === "") return;
    try {
      this.#onSend(text, this.#to.value || undefined);
      this.#field.value = "";
      this.#error.hidden = true;
    } catch (error) {
      this.#error.textContent = error.message;
      this.#error.hidden = false;
    }
    this.#field.focus();
  }
}
