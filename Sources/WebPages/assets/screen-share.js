/**
 * Sharing one's screen, from the browser's dialog to its own "stop sharing" button.
 *
 * Events: `change`; `stopped-outside` when it was ended by the browser's button or by closing the window shared.
 */
export class ScreenShare extends EventTarget {
  #client;
  #stream = null;

  /** @param {import("./roost-client.js").RoostClient} client */
  constructor(client) {
    super();
    this.#client = client;
  }

  /** Phones have no such thing. */
  static get isPossible() {
    return Boolean(navigator.mediaDevices?.getDisplayMedia);
  }

  get isActive() {
    return this.#stream !== null;
  }

  /**
   * Asks for a screen and shows it to the others.
   * @returns {Promise<boolean>} false when the person closed the dialog; rejects when the server refuses
   */
  async start() {
    let stream;
    try {
      const video = { frameRate: { ideal: 15, max: 30 } };
      stream = await navigator.mediaDevices.getDisplayMedia({ video, audio: true });
    } catch (error) {
      if (error.name === "NotAllowedError" || error.name === "AbortError") return false;
      throw error;
    }
    this.#stream = stream;
    this.dispatchEvent(new Event("change"));
    const [video] = stream.getVideoTracks();
    const [audio] = stream.getAudioTracks();
    video.addEventListener("ended", () => this.#endedOutside(stream));
    try {
      await Promise.all([
        this.#client.publishTrack(video, { source: "screen" }),
        audio && this.#client.publishTrack(audio, { source: "screen-audio" }),
      ]);
    } catch (error) {
      await this.stop();
      throw error;
    }
    return true;
  }

  /** Ends it from the page. */
  async stop() {
    const stream = this.#stream;
    if (!stream) return;
    this.#stream = null;
    for (const track of stream.getTracks()) track.stop();
    this.dispatchEvent(new Event("change"));
    await Promise.all([this.#client.unpublish("screen"), this.#client.unpublish("screen-audio")]);
  }

  async #endedOutside(stream) {
    if (stream !== this.#stream) return;
    await this.stop();
    this.dispatchEvent(new Event("stopped-outside"));
  }
}
