import { byId, element } from "./markup.js";

/**
 * What is heard: one audio element for each stream with sound. Pictures are muted, so that they play even where the
 * browser does not let sound begin by itself.
 *
 * Events: `blocked` and `unblocked` – whether the browser waits for a click before it lets anything be heard.
 */
export class AudioOutput extends EventTarget {
  #elements = new Map();
  #blocked = false;
  sinkId = "default";

  /** Whether the browser waits for a click. */
  get isBlocked() {
    return this.#blocked;
  }

  /**
   * Plays a stream, or stops playing it when there is no sound in it.
   * @param {string} key
   * @param {MediaStream|null} stream
   */
  set(key, stream) {
    const known = this.#elements.get(key);
    if (!stream) {
      if (known) known.srcObject = null;
      known?.remove();
      this.#elements.delete(key);
      return;
    }
    const audio = known ?? element("audio", { autoplay: true, "data-testid": "audio" });
    if (audio.srcObject === stream) return;
    audio.srcObject = stream;
    if (!known) {
      this.#elements.set(key, audio);
      byId("audio").append(audio);
      if (this.sinkId !== "default") audio.setSinkId?.(this.sinkId).catch(() => {});
    }
    this.#play(audio);
  }

  /** Plays everything that was blocked; call it in the handler of a click. */
  async unblock() {
    await Promise.all([...this.#elements.values()].map((audio) => audio.play().catch(() => {})));
    this.#setBlocked(false);
  }

  /**
   * Sends all sound to another device.
   * @param {string} sinkId
   */
  async choose(sinkId) {
    this.sinkId = sinkId;
    await Promise.all([...this.#elements.values()].map((audio) => audio.setSinkId(sinkId).catch(() => {})));
  }

  /** Ends all sound. */
  clear() {
    for (const key of [...this.#elements.keys()]) this.set(key, null);
    this.#setBlocked(false);
  }

  #play(audio) {
    audio.play().catch((error) => {
      if (error.name === "NotAllowedError") this.#setBlocked(true);
    });
  }

  #setBlocked(blocked) {
    if (this.#blocked === blocked) return;
    this.#blocked = blocked;
    this.dispatchEvent(new Event(blocked ? "blocked" : "unblocked"));
  }
}
