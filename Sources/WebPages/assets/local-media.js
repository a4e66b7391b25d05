import { LocalDevice } from "./local-device.js";

/** Microphone and camera of this computer, shared by lobby and room. */
export class LocalMedia extends EventTarget {
  /** Devices the browser lists: `MediaDeviceInfo[]`, changed with the `devices` event. */
  list = [];

  /** @param {import("./options.js").PageOptions} options */
  constructor(options) {
    super();
    this.microphone = new LocalDevice(
      "microphone", { echoCancellation: true, noiseSuppression: true, autoGainControl: true }, options.microphone);
    this.camera = new LocalDevice("camera", {
      width: { ideal: options.width ?? 1280 },
      height: { ideal: options.height ?? 720 },
      frameRate: { ideal: options.fps ?? 30, max: options.fps ?? 30 },
    }, options.camera);
    for (const device of this.devices) {
      for (const type of ["fallback", "lost"]) {
        device.addEventListener(type, ({ detail }) => {
          this.dispatchEvent(new CustomEvent(type, { detail: { ...detail, device } }));
        });
      }
    }
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.#devicesChanged());
  }

  /** Both. @returns {LocalDevice[]} */
  get devices() {
    return [this.microphone, this.camera];
  }

  /** Opens what is wanted, with one question to the person where the browser can ask for both at once. */
  async start() {
    const wanted = this.devices.filter((device) => device.isWanted && !device.track);
    if (!(wanted.length === 2 && await this.#startBoth())) {
      await Promise.all(wanted.map((device) => device.start()));
    }
    await this.refreshList();
  }

  /** Closes both, for somebody who has left. */
  stop() {
    for (const device of this.devices) device.stop();
  }

  /** Reads the list of devices again; names are in it only once a permission was given. */
  async refreshList() {
    this.list = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    this.dispatchEvent(new Event("devices"));
  }

  /** The devices of a kind that have a name or an id to choose them by. */
  choices(kind) {
    return this.list.filter((info) => info.kind === kind && info.deviceId !== "");
  }

  async #startBoth() {
    if (!navigator.mediaDevices?.getUserMedia || this.devices.some((device) => device.preferred)) return false;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: this.microphone.constraints, video: this.camera.constraints,
      });
      this.microphone.adopt(stream.getAudioTracks()[0]);
      this.camera.adopt(stream.getVideoTracks()[0]);
      return true;
    } catch {
      // One of the two is missing or refused: asking one by one finds out which, and saves the other.
      return false;
    }
  }

  async #devicesChanged() {
    await this.refreshList();
    for (const device of this.devices) await device.reconsider();
  }
}
