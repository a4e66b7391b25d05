/** Keeps what the client publishes in step with microphone and camera, one change after the other. */
export class LocalSources {
  #client;
  #media;
  #onError;
  #work = Promise.resolve();

  /**
   * @param {import("./roost-client.js").RoostClient} client
   * @param {import("./local-media.js").LocalMedia} media
   * @param {(error: Error) => void} onError
   */
  constructor(client, media, onError) {
    this.#client = client;
    this.#media = media;
    this.#onError = onError;
  }

  /** What a join begins with. */
  static tracksOf(media) {
    return media.devices.filter((device) => device.track).map((device) => (
      { source: device.source, track: device.track, muted: !device.isOn }));
  }

  /** Brings everything up to date. */
  sync() {
    this.#work = this.#work.then(async () => {
      for (const device of this.#media.devices) {
        try {
          await this.#syncOne(device);
        } catch (error) {
          this.#onError(error);
        }
      }
    });
  }

  async #syncOne({ source, track, isOn }) {
    const client = this.#client;
    if (!client.self) return;
    const publication = client.publications.get(source);
    if (!publication) {
      if (track) await client.publishTrack(track, { source, muted: !isOn });
      return;
    }
    // Others shall know that a camera is off before its picture stands still.
    if (publication.muted !== !isOn && !isOn) await client.setMuted(source, true);
    if (publication.track !== track) await client.replaceTrack(source, track);
    if (publication.muted && isOn) await client.setMuted(source, false);
  }
}
