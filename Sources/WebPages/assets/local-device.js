import { problemOf } from "./device-problems.js";
import { recall, remember } from "./memory.js";

/**
 * A microphone or a camera: what is wanted of it, what it gives, and what is wrong with it.
 *
 * A microphone that is off stays open, so that unmuting loses no syllable; a camera that is off is closed, so that its
 * light goes out.
 *
 * Events: `change` (anything here), `fallback` (detail: `{label}`; a device went away and another one took over),
 * `lost` (a device went away and none took over).
 */
export class LocalDevice extends EventTarget {
  /** @type {MediaStreamTrack|null} */
  track = null;
  /** Whether the person wants it on. */
  isWanted;
  /** @type {import("./device-problems.js").DeviceProblem|null} */
  problem = null;
  #attempt = 0;

  /**
   * @param {"microphone"|"camera"} source
   * @param {MediaTrackConstraints} constraints
   * @param {boolean} isWanted
   */
  constructor(source, constraints, isWanted) {
    super();
    this.source = source;
    this.kind = source === "microphone" ? "audio" : "video";
    this.inputKind = `${this.kind}input`;
    this.isWanted = isWanted;
    this.constraints = constraints;
  }

  /** Whether others hear or see something of it now. */
  get isOn() {
    return this.isWanted && this.track !== null;
  }

  /** The device that was chosen last on this computer, or "". */
  get preferred() {
    return recall(this.source);
  }

  /** The id of the device in use, or "". */
  get deviceId() {
    return this.track?.getSettings().deviceId ?? this.preferred;
  }

  /** Opens the device. Never throws: what goes wrong is in `problem`. */
  async start() {
    const attempt = ++this.#attempt;
    if (!navigator.mediaDevices?.getUserMedia) {
      this.#settle(null, "insecure");
      return;
    }
    let track = null;
    let problem = null;
    try {
      track = await this.#open(this.preferred);
    } catch (error) {
      problem = problemOf(error);
    }
    // Switched off, or switched to another device, while the browser was asking.
    if (attempt !== this.#attempt) track?.stop();
    else this.#settle(track, problem);
  }

  /** Takes a track that was opened together with another device's. */
  adopt(track) {
    this.#attempt += 1;
    this.#settle(track, null);
  }

  /**
   * Switches on or off as the person wants it.
   * @param {boolean} isWanted
   */
  async set(isWanted) {
    this.isWanted = isWanted;
    if (isWanted && !this.track) {
      this.#changed();
      await this.start();
    } else if (!isWanted && this.source === "camera") {
      this.stop();
    } else {
      if (this.track) this.track.enabled = isWanted;
      this.#changed();
    }
  }

  /**
   * Changes to another device, now and for the next time.
   * @param {string} deviceId
   */
  async choose(deviceId) {
    remember(this.source, deviceId);
    if (!this.track && !this.isWanted) return;
    const old = this.track;
    old?.removeEventListener("ended", this.#onEnded);
    // Phones open only one camera at a time.
    if (this.kind === "video") old?.stop();
    await this.start();
    if (old !== this.track) old?.stop();
  }

  /** Closes the device. */
  stop() {
    this.#attempt += 1;
    this.track?.removeEventListener("ended", this.#onEnded);
    this.track?.stop();
    this.track = null;
    this.#changed();
  }

  /** A device has come or gone: try again when there was none. */
  async reconsider() {
    if (!this.isWanted || this.track || !["none", "unplugged", "busy"].includes(this.problem)) return;
    await this.start();
    if (this.track) this.dispatchEvent(new CustomEvent("fallback", { detail: { label: this.track.label } }));
  }

  async #open(deviceId) {
    const ask = async (constraints) => {
      const stream = await navigator.mediaDevices.getUserMedia({ [this.kind]: constraints });
      return stream.getTracks()[0];
    };
    if (!deviceId) return ask(this.constraints);
    try {
      return await ask({ ...this.constraints, deviceId: { exact: deviceId } });
    } catch (error) {
      // The chosen one is not there any more: any other is better than none.
      if (problemOf(error) !== "none") throw error;
      return ask(this.constraints);
    }
  }

  #settle(track, problem) {
    this.track?.removeEventListener("ended", this.#onEnded);
    this.track = track;
    this.problem = problem;
    if (track) {
      track.enabled = this.isWanted;
      track.addEventListener("ended", this.#onEnded);
    }
    this.#changed();
  }

  #onEnded = async () => {
    this.track = null;
    await this.start();
    if (this.track) {
      this.dispatchEvent(new CustomEvent("fallback", { detail: { label: this.track.label } }));
    } else {
      if (this.problem === "none") this.problem = "unplugged";
      this.#changed();
      this.dispatchEvent(new Event("lost"));
    }
  };

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
