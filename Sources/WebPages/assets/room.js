import { announce } from "./announcer.js";
import { CHAT_LABEL, ChatPanel } from "./chat.js";
import { forgetComings, tellArrival, tellDeparture } from "./comings.js";
import { describeConnection, describeLoss, describeTrouble, titleOfLoss } from "./connection-words.js";
import { giveLink, linkButton } from "./copy-link.js";
import { DevicesPanel } from "./devices-panel.js";
import { describeProblems, sentenceOf } from "./device-problems.js";
import { Dock } from "./dock.js";
import { Floor } from "./floor.js";
import { LocalSources } from "./local-sources.js";
import { LossDialog } from "./loss-dialog.js";
import { byId, element, icon } from "./markup.js";
import { clearNotices, setNotice } from "./notices.js";
import { linkOf } from "./options.js";
import { PeoplePanel } from "./people.js";
import { RemoteTiles } from "./remote-tiles.js";
import { ScreenShare } from "./screen-share.js";
import { describeOwnQuality, describeQualityFully } from "./quality-words.js";
import { SelfTile } from "./self-tile.js";
import { installShortcuts } from "./shortcuts.js";
import { clearToasts, toast } from "./toasts.js";
import { showUndecodable } from "./undecodable-notice.js";

/** After this long without media the page says so, in milliseconds. */
const CONNECT_PATIENCE = 8000;

/** The room: everybody on the floor, the controls below, and words on whatever happens. */
export class Room {
  #client;
  #media;
  #audio;
  #onLeft;
  #floor = new Floor(byId("floor"), {
    onStageChange: (key) => this.#setStage(key), onPin: () => this.#drawPeople(),
  });
  #dock;
  #people;
  #chat;
  #unread = 0;
  #devices;
  #share;
  #self;
  #remote;
  #sources;
  #loss;
  #name = "";
  #removeShortcuts = null;
  #announced = "";
  #isSettled = false;
  #patience = 0;
  /** The level of one's own connection that was told last. */
  #quality = null;

  /**
   * @param {object} options
   * @param {import("./roost-client.js").RoostClient} options.client
   * @param {import("./local-media.js").LocalMedia} options.media
   * @param {import("./audio-output.js").AudioOutput} options.audio
   * @param {(reason: string|null) => void} options.onLeft
   */
  constructor({ client, media, audio, onLeft }) {
    this.#client = client;
    this.#media = media;
    this.#audio = audio;
    this.#onLeft = onLeft;
    this.#share = new ScreenShare(client);
    this.#self = new SelfTile(this.#floor, media);
    this.#remote = new RemoteTiles({ client, floor: this.#floor, audio, onChange: () => this.#drawPeople() });
    this.#sources = new LocalSources(client, media, (error) => warn(error.message));
    this.#loss = new LossDialog({ onRetry: () => client.reconnect(), onLeave: () => this.#leave() });
    this.#people = new PeoplePanel({
      onClose: () => this.#togglePeople(false), onPin: (id) => this.#showLarge(id),
    });
    this.#chat = new ChatPanel({
      onClose: () => this.#toggleChat(false),
      onSend: (text, to) => this.#sendChat(text, to),
    });
    this.#devices = new DevicesPanel(media, audio, (isOpen) => this.#dock.setDevicesOpen(isOpen));
    this.#dock = new Dock({
      microphone: () => this.#toggle(media.microphone),
      camera: () => this.#toggle(media.camera),
      share: () => this.#toggleShare(),
      devices: () => this.#devices.toggle(byId("dock-devices")),
      people: () => this.#togglePeople(!this.#people.isOpen),
      chat: () => this.#toggleChat(!this.#chat.isOpen),
      leave: () => this.#leave(),
    });
    byId("copy-link").addEventListener("click", () => this.#copyLink());
    // A window that becomes wider has the panel beside the floor.
    addEventListener("resize", () => this.isOpen && this.#noteCover());
    this.#listen();
  }

  /** Whether the person is in the room. */
  get isOpen() {
    return !byId("room").hidden;
  }

  /**
   * Shows the room; call it when the client has joined.
   * @param {string} name one's own
   */
  show(name) {
    this.#name = name;
    byId("room").hidden = false;
    byId("room-title").textContent = this.#client.room.name;
    this.#self.show(name);
    for (const device of this.#media.devices) this.#dock.setDevice(device);
    this.#remote.sync();
    this.#sources.sync();
    this.#drawPeople();
    this.#showState({ state: this.#client.state, signaling: "open", media: "down" });
    this.#showProblems();
    this.#showBlocked();
    this.#removeShortcuts = installShortcuts({
      m: () => this.#toggle(this.#media.microphone, true),
      v: () => this.#toggle(this.#media.camera, true),
      c: () => this.#toggleChat(!this.#chat.isOpen),
      s: () => ScreenShare.isPossible && this.#toggleShare(),
    });
    byId("room-title").focus({ preventScroll: true });
    announce(`You are in ${this.#client.room.name}. ${this.#others()}`);
    this.#isSettled = true;
  }

  #listen() {
    const client = this.#client;
    const on = (type, handler) => client.addEventListener(type, ({ detail }) => this.isOpen && handler(detail));
    on("state", (status) => this.#showState(status));
    on("user-joined", ({ participant }) => this.#isSettled && tellArrival(participant.name));
    on("user-left", ({ participant, reason }) => this.#isSettled && this.#tellDeparture(participant.name, reason));
    on("goodbye", ({ reason, reconnect }) => {
      if (reason === "server-shutdown" && reconnect) toast("The server is restarting. You will be back in a moment.");
    });
    on("message", (message) => this.#receiveChat(message));
    on("messages-ended", () => this.#showMessagesEnded());
    on("server-error", ({ message }) => warn(message));
    on("connection-quality", ({ isSelf, quality }) => isSelf && this.#showOwnQuality(quality));
    on("track-undecodable", (news) => showUndecodable(client, news));
    on("speakers", () => this.#self.setServerHearing(client.self?.id, client.activeSpeaker));

    for (const device of this.#media.devices) {
      device.addEventListener("change", () => {
        if (!this.isOpen) return;
        this.#dock.setDevice(device);
        this.#self.refresh();
        this.#showProblems();
        this.#sources.sync();
        this.#drawPeople();
      });
    }
    this.#media.addEventListener("fallback", ({ detail }) => {
      if (this.isOpen) toast(`Your ${detail.device.source} is now “${detail.label}”.`, { symbol: "devices" });
    });
    this.#media.addEventListener("lost", ({ detail }) => {
      if (this.isOpen) warn(`Your ${detail.device.source} is gone.`);
    });
    this.#share.addEventListener("change", () => this.#showShare());
    this.#share.addEventListener("stopped-outside", () => toast("You are no longer sharing your screen."));
    for (const type of ["blocked", "unblocked"]) this.#audio.addEventListener(type, () => this.#showBlocked());
  }

  #tellDeparture(name, reason) {
    const trouble = describeTrouble(name, reason);
    if (trouble) toast(trouble);
    else tellDeparture(name);
  }

  // Controls

  async #toggle(device, isByKey = false) {
    await device.set(!device.isOn);
    const what = device.source === "microphone" ? "Microphone" : "Camera";
    if (isByKey && !device.problem) announce(`${what} ${device.isOn ? "on" : "off"}.`);
    if (device.isWanted && device.problem) {
      warn(sentenceOf(device.problem, device.source));
    }
  }

  async #toggleShare() {
    try {
      if (this.#share.isActive) await this.#share.stop();
      else if (await this.#share.start()) announce("You are sharing your screen.");
    } catch (error) {
      warn(`The screen could not be shared. ${error.message}`);
    }
  }

  #toggleChat(isOpen) {
    // They have the same place.
    if (isOpen && this.#people.isOpen) this.#togglePeople(false);
    this.#chat.setOpen(isOpen);
    this.#noteCover();
    if (isOpen) this.#unread = 0;
    this.#dock.setChat(this.#unread, isOpen);
    if (!isOpen) this.#dock.focus("chat");
  }

  #sendChat(text, to) {
    const receiver = to && this.#client.participants.get(to);
    this.#client.send(text, { to, label: CHAT_LABEL });
    this.#chat.add({ name: "You", text, isOwn: true, direct: receiver ? `to ${receiver.name} alone` : null });
  }

  #receiveChat({ from, label, data, isDirect }) {
    if (label !== CHAT_LABEL || typeof data !== "string") return;
    const name = this.#client.participants.get(from)?.name ?? "Somebody who has left";
    this.#chat.add({ name, text: data, direct: isDirect ? "to you alone" : null });
    if (this.#chat.isOpen) return;
    this.#unread += 1;
    this.#dock.setChat(this.#unread, false);
    announce(`${name} writes: ${data.slice(0, 200)}`);
  }

  #togglePeople(isOpen) {
    if (isOpen && this.#chat.isOpen) this.#toggleChat(false);
    this.#people.setOpen(isOpen);
    this.#noteCover();
    this.#drawPeople();
    if (!isOpen) this.#dock.focus("people");
  }

  #showLarge(id) {
    this.#remote.togglePin(id);
    // Where the list covers the floor, one wants to see what it did.
    if (isCovered()) this.#togglePeople(false);
  }

  /** On a phone a panel lies over the floor: nothing is sent of pictures behind it. */
  #noteCover() {
    this.#client.setPicturesCovered(isCovered());
  }

  async #copyLink() {
    const outcome = await giveLink(linkOf(this.#client.room.room));
    if (outcome === "copied") toast("Link copied. Send it to whoever shall come.", { symbol: "check" });
    if (outcome === "failed") toast(`Copy this: ${linkOf(this.#client.room.room)}`, { stay: 12000 });
  }

  #leave() {
    this.#isSettled = false;
    const left = this.#client.leave();
    this.#close();
    this.#onLeft(null);
    return left;
  }

  #close() {
    this.#isSettled = false;
    this.#quality = null;
    forgetComings();
    clearTimeout(this.#patience);
    this.#removeShortcuts?.();
    this.#devices.close();
    this.#people.setOpen(false);
    this.#chat.setOpen(false);
    this.#chat.clear();
    this.#unread = 0;
    this.#dock.setChat(0, false);
    this.#loss.close();
    this.#share.stop().catch(() => {});
    this.#remote.clear();
    this.#self.hide();
    this.#floor.clear();
    this.#audio.clear();
    this.#media.stop();
    clearNotices();
    clearToasts();
    byId("room").hidden = true;
  }

  // What is shown

  #showState(status) {
    const { word, tone, hint } = describeConnection(status);
    const node = byId("connection");
    if (node.textContent !== word) node.textContent = word;
    node.dataset.tone = tone;
    node.dataset.state = status.state;
    setNotice("connection", hint ? { text: hint, tone: "waiting", symbol: "reload" } : null);
    clearTimeout(this.#patience);
    if (status.state === "connecting") this.#patience = setTimeout(() => this.#sayItTakesLong(), CONNECT_PATIENCE);
    if (status.state === "lost") {
      this.#loss.open({ ...titleOfLoss(status.reason), text: describeLoss(status.reason, status.message) });
    }
    if (status.state !== "lost") this.#loss.close();
    this.#showMessagesEnded();
    if (status.state === "connected" && this.#announced === "reconnecting") toast("You are back.", { symbol: "check" });
    if (status.state === "connected") this.#showOwnQuality(this.#client.self?.quality);
    if (status.state !== "connecting") this.#announced = status.state;
  }

  #showOwnQuality(quality) {
    this.#self.setQuality(quality);
    const text = describeOwnQuality(quality);
    // Not again when only the score is another one.
    if (quality?.level !== this.#quality && text) announce(text);
    this.#quality = quality?.level ?? null;
    this.#drawPeople();
  }

  #showMessagesEnded() {
    // While more than that is interrupted, the client is at work already.
    const isWorth = this.#client.state === "connected" && this.#client.haveMessagesEnded;
    setNotice("messages", isWorth ? {
      text: "You get no messages any more, and yours do not arrive: this connection did not keep up with them.",
      tone: "warning", symbol: "warning", action: { label: "Reconnect", run: () => this.#client.renew() },
    } : null);
  }

  #sayItTakesLong() {
    setNotice("connection", {
      text: "Sound and picture do not get through yet, perhaps because of a firewall. Still trying…",
      tone: "waiting", symbol: "reload",
    });
  }

  #showProblems() {
    const broken = this.#media.devices.filter((device) => device.isWanted && device.problem);
    const problemOf = (device) => (broken.includes(device) ? device.problem : null);
    const text = describeProblems(problemOf(this.#media.microphone), problemOf(this.#media.camera));
    setNotice("devices", text ? {
      text, tone: "warning", symbol: "warning", dismissible: true,
      action: { label: "Try again", run: () => broken.forEach((device) => device.start()) },
    } : null);
  }

  #showBlocked() {
    setNotice("audio", this.#audio.isBlocked && this.isOpen ? {
      text: "Your browser waits for a tap before it lets you hear the others.", tone: "warning", symbol: "speaker",
      action: { label: "Tap to hear", run: () => this.#audio.unblock() },
    } : null);
  }

  #showShare() {
    this.#dock.setSharing(this.#share.isActive);
    setNotice("share", this.#share.isActive ? {
      text: "Everybody sees your screen.", symbol: "screen",
      action: { label: "Stop sharing", run: () => this.#toggleShare() },
    } : null);
    this.#drawPeople();
  }

  /** Whoever is shown large gets more of a short link. */
  #setStage(key) {
    const id = key?.split("/")[0];
    this.#client.setStage(this.#client.participants.has(id) ? [id] : []);
  }

  #drawPeople() {
    if (!this.isOpen) return;
    const { microphone, camera } = this.#media;
    const quality = this.#client.self?.quality;
    const people = [
      {
        id: null, name: this.#name, isPinned: false, isMuted: !microphone.isOn, hasCamera: camera.isOn,
        isSharing: this.#share.isActive, isSpeaking: this.#self.isSpeaking, quality,
        note: describeQualityFully(quality),
      },
      ...this.#remote.describe(),
    ];
    this.#chat.setPeople([...this.#client.participants.values()]);
    this.#dock.setPeople(people.length, this.#people.isOpen);
    if (this.#people.isOpen) this.#people.draw(people);
    this.#floor.setExtra(people.length === 1 ? this.#invitation() : null);
    if (people.length > 1) this.#invitationCard = null;
    document.title = `${people.length > 1 ? `(${people.length}) ` : ""}${this.#client.room?.name ?? "Roost"} – Roost`;
  }

  #invitation() {
    if (this.#invitationCard) return this.#invitationCard;
    const button = element("button", {
      type: "button", class: "link-copy", "aria-label": "Copy the link to this room", "data-testid": "invitation-copy",
    });
    linkButton(button, () => linkOf(this.#client.room.room));
    this.#invitationCard = element("section", { class: "invitation", "data-testid": "invitation" },
      icon("bird"), element("h2", { text: "Nobody else is here yet" }),
      element("p", { text: "Send them the link. They only need a browser." }), button);
    return this.#invitationCard;
  }
  #invitationCard = null;

  #others() {
    const names = [...this.#client.participants.values()].map((participant) => participant.name);
    if (names.length === 0) return "Nobody else is here yet.";
    return names.length === 1 ? `${names[0]} is here.` : `${names.length} others are here: ${names.join(", ")}.`;
  }
}

/** Whether a panel hides the floor, which the style sheet says. */
function isCovered() {
  return getComputedStyle(byId("floor")).visibility === "hidden";
}

function warn(text) {
  toast(text, { kind: "warning", symbol: "warning" });
}
