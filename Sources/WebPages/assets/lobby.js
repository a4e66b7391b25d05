import { drawAvatar } from "./avatar.js";
import { describeRefusal } from "./connection-words.js";
import { linkButton } from "./copy-link.js";
import { deviceSelects } from "./device-menu.js";
import { describeProblems } from "./device-problems.js";
import { LevelMeter } from "./level-meter.js";
import { byId, element, icon } from "./markup.js";
import { linkOf } from "./options.js";
import { isRoomName, tidyRoomName } from "./room-names.js";

/** The screen before a room: who one is, how one looks and sounds, and where one goes. */
export class Lobby {
  #media;
  #meter;
  #bars;
  #onJoin;

  /**
   * @param {object} options
   * @param {import("./local-media.js").LocalMedia} options.media
   * @param {import("./audio-output.js").AudioOutput} options.audio
   * @param {(entry: {name: string, room: string}) => Promise<void>} options.onJoin rejects when it does not work
   */
  constructor({ media, audio, onJoin }) {
    this.#media = media;
    this.#onJoin = onJoin;
    this.#bars = meterBars();
    this.#meter = new LevelMeter((level) => this.#showLevel(level));
    byId("lobby-devices").replaceChildren(...deviceSelects(media, { audio, prefix: "lobby", meter: this.#bars }));
    byId("join-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    byId("preview-mic").addEventListener("click", () => media.microphone.set(!media.microphone.isOn));
    byId("preview-camera").addEventListener("click", () => media.camera.set(!media.camera.isOn));
    for (const device of media.devices) device.addEventListener("change", () => this.#refresh());
    const showLink = linkButton(byId("lobby-copy"), () => linkOf(this.room || "…"));
    byId("room-field").addEventListener("input", showLink);
    byId("name-field").addEventListener("input", () => this.#drawAvatar());
    this.#showLink = showLink;
  }
  #showLink;

  /** The room as typed, tidied. */
  get room() {
    return tidyRoomName(byId("room-field").value);
  }

  /**
   * Shows the lobby.
   * @param {{name: string, room: string, isInvitation: boolean}} entry
   */
  show({ name, room, isInvitation }) {
    byId("lobby").hidden = false;
    byId("name-field").value = name;
    byId("room-field").value = room;
    const welcome = isInvitation ? "You are invited. Check" : "Check";
    byId("lobby-lead").textContent = `${welcome} your picture, tell us your name, and step in.`;
    document.title = "Roost";
    this.#showLink();
    this.setBusy(false);
    this.#refresh();
    // On a phone it would bring up the keyboard, over the picture.
    if (matchMedia("(pointer: fine)").matches) byId("name-field").focus();
  }

  /** Hides it, and lets the preview go. */
  hide() {
    byId("lobby").hidden = true;
    byId("preview-video").srcObject = null;
    this.#meter.close();
  }

  /** Shows that joining is under way. */
  setBusy(isBusy) {
    const button = byId("join-button");
    button.disabled = isBusy;
    button.textContent = isBusy ? "Stepping in…" : "Step in";
  }

  /** Says why joining did not work; null takes it away. */
  setError(text) {
    const node = byId("join-error");
    node.hidden = !text;
    node.textContent = text ?? "";
  }

  async #submit() {
    const name = byId("name-field").value.trim();
    const room = this.room;
    if (!name) {
      this.setError("Please tell us your name first.");
      byId("name-field").focus();
      return;
    }
    if (!isRoomName(room)) {
      this.setError("A room’s name is made of letters from a to z, digits and hyphens, and begins with a letter or a digit.");
      byId("room-field").focus();
      return;
    }
    this.setError(null);
    this.setBusy(true);
    try {
      await this.#onJoin({ name, room });
    } catch (error) {
      this.setError(describeRefusal(error));
    }
    this.setBusy(false);
  }

  #refresh() {
    if (byId("lobby").hidden) return;
    const { microphone, camera } = this.#media;
    const video = byId("preview-video");
    const stream = video.srcObject;
    if (stream?.getVideoTracks()[0] !== (camera.track ?? undefined)) {
      video.srcObject = camera.track ? new MediaStream([camera.track]) : null;
    }
    video.hidden = !camera.isOn;
    this.#drawAvatar();
    this.#meter.attach(microphone.isOn ? microphone.track : null);
    this.#bars.classList.toggle("resting", !microphone.isOn);
    toggleButton(byId("preview-mic"), microphone.isOn, "mic", "microphone");
    toggleButton(byId("preview-camera"), camera.isOn, "camera", "camera");
    byId("preview-note").textContent = pictureNote(camera);
    this.#showProblems(
      microphone.isWanted ? microphone.problem : null, camera.isWanted ? camera.problem : null);
  }

  #drawAvatar() {
    drawAvatar(byId("preview-avatar"), byId("name-field").value || "You");
  }

  #showProblems(microphone, camera) {
    const node = byId("lobby-problem");
    const text = describeProblems(microphone, camera);
    node.hidden = !text;
    if (!text || node.dataset.text === text) return;
    node.dataset.text = text;
    const still = microphone && camera ? " You can still come in, to see and hear." : "";
    node.replaceChildren(icon("warning"), element("p", { text: text + still }),
      element("button", { type: "button", class: "quiet", text: "Try again", "data-testid": "device-retry",
        on: { click: () => { delete node.dataset.text; this.#media.start(); } } }));
  }

  #showLevel(level) {
    const lit = Math.round(level * this.#bars.children.length);
    [...this.#bars.children].forEach((bar, index) => bar.classList.toggle("lit", index < lit));
  }
}

function meterBars() {
  const bars = Array.from({ length: 16 }, () => element("i"));
  return element("div", { class: "meter", "aria-hidden": "true", "data-testid": "meter" }, ...bars);
}

function pictureNote({ isOn, isWanted, problem }) {
  if (isOn) return "";
  if (!isWanted) return "Your camera is off";
  return problem ? "No picture" : "Waiting for the camera…";
}

function toggleButton(button, isOn, symbol, what) {
  button.replaceChildren(icon(isOn ? symbol : `${symbol}-off`));
  button.classList.toggle("off", !isOn);
  button.setAttribute("aria-label", isOn ? `Turn ${what} off` : `Turn ${what} on`);
  button.title = button.getAttribute("aria-label");
}
