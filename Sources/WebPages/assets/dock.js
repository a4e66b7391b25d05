import { byId, element, icon } from "./markup.js";
import { ScreenShare } from "./screen-share.js";

/** The row of buttons below the room. */
export class Dock {
  #buttons = {};

  /**
   * @param {{microphone: () => void, camera: () => void, share: () => void, devices: () => void, people: () => void,
   *   chat: () => void, leave: () => void}} actions
   */
  constructor(actions) {
    const make = (name, label, key = null) => {
      const button = element("button", {
        type: "button", class: `dock-button ${name}`, id: `dock-${name}`, "data-testid": `dock-${name}`,
        "aria-keyshortcuts": key, on: { click: actions[name] },
      });
      this.#buttons[name] = { button, key };
      this.#draw(name, { symbol: name, word: label, label });
      return button;
    };
    byId("dock").replaceChildren(
      make("microphone", "Mute", "m"), make("camera", "Camera", "v"),
      ...(ScreenShare.isPossible ? [make("share", "Share", "s")] : []),
      make("devices", "Devices"), make("people", "People"), make("chat", "Chat", "c"),
      make("leave", "Leave"));
    this.#draw("devices", { symbol: "devices", word: "Devices", label: "Choose devices" });
    this.#draw("leave", { symbol: "leave", word: "Leave", label: "Leave the room" });
    this.#buttons.devices.button.setAttribute("aria-expanded", "false");
    this.#buttons.people.button.setAttribute("aria-expanded", "false");
    this.setChat(0, false);
    this.setSharing(false);
  }

  /** @param {import("./local-device.js").LocalDevice} device */
  setDevice(device) {
    const isMicrophone = device.source === "microphone";
    const what = isMicrophone ? "microphone" : "camera";
    const short = isMicrophone ? null : "Video";
    const word = isMicrophone ? (device.isOn ? "Mute" : "Unmute") : (device.isOn ? "Stop video" : "Start video");
    const label = isMicrophone ? `${word} microphone` : `${device.isOn ? "Turn off" : "Turn on"} camera`;
    const symbol = isMicrophone ? "mic" : "camera";
    const problem = device.isWanted && device.problem;
    this.#draw(what, {
      symbol: device.isOn ? symbol : `${symbol}-off`, word, short, isOff: !device.isOn, hasProblem: Boolean(problem),
      label: problem ? `${label} (it does not work now)` : label,
    });
  }

  /** @param {boolean} isSharing */
  setSharing(isSharing) {
    if (!this.#buttons.share) return;
    this.#draw("share", {
      symbol: isSharing ? "screen-stop" : "screen", word: isSharing ? "Unshare" : "Share",
      label: isSharing ? "Stop sharing your screen" : "Share your screen", isActive: isSharing,
    });
  }

  /** @param {number} count @param {boolean} isOpen */
  setPeople(count, isOpen) {
    this.#draw("people", {
      symbol: "people", word: "People", label: `People, ${count} in the room`, badge: String(count), isActive: isOpen,
    });
    this.#buttons.people.button.setAttribute("aria-expanded", String(isOpen));
  }

  /** @param {number} unread @param {boolean} isOpen */
  setChat(unread, isOpen) {
    this.#draw("chat", {
      symbol: "chat", word: "Chat", label: unread === 0 ? "Chat" : `Chat, ${unread} unread`, isActive: isOpen,
      badge: unread === 0 ? null : unread > 99 ? "99+" : String(unread), isNews: true,
    });
    this.#buttons.chat.button.setAttribute("aria-expanded", String(isOpen));
  }

  /** @param {boolean} isOpen */
  setDevicesOpen(isOpen) {
    this.#buttons.devices.button.setAttribute("aria-expanded", String(isOpen));
    this.#buttons.devices.button.classList.toggle("active", isOpen);
  }

  /** Puts the focus on a button. */
  focus(name) {
    this.#buttons[name]?.button.focus();
  }

  #draw(name, { symbol, word, short = null, label, badge, isOff = false, isActive = false, hasProblem = false, isNews = false }) {
    const { button, key } = this.#buttons[name];
    button.replaceChildren(
      element("span", { class: "dock-icon" }, icon(symbol),
        badge ? element("span", { class: `badge${isNews ? " unread-badge" : ""}`, text: badge }) : null,
        hasProblem ? element("span", { class: "badge problem-badge", text: "!" }) : null),
      element("span", { class: "dock-word", "data-short": short, "aria-hidden": "true", text: word }));
    button.classList.toggle("off", isOff);
    button.classList.toggle("active", isActive);
    button.setAttribute("aria-label", label);
    button.title = key ? `${label} (${key.toUpperCase()})` : label;
  }
}
