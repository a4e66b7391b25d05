import { LevelMeter } from "./level-meter.js";
import { describeOwnQuality, describeQuality } from "./quality-words.js";
import { Tile } from "./tile.js";

/** Above this, somebody speaks; the meter's scale. */
const SPEECH = 0.4;
/** How long a ring stays after the last sound, in milliseconds: pauses between words are shorter. */
const HOLD = 500;

/** One's own tile: the mirrored picture, and whether the microphone hears anything. */
export class SelfTile {
  #floor;
  #media;
  #tile = null;
  #meter;
  #lastSpeech = -Infinity;
  isSpeaking = false;

  /**
   * @param {import("./floor.js").Floor} floor
   * @param {import("./local-media.js").LocalMedia} media
   */
  constructor(floor, media) {
    this.#floor = floor;
    this.#media = media;
    this.#meter = new LevelMeter((level) => this.#hear(level));
  }

  /** @param {string} name */
  show(name) {
    this.#tile = new Tile({ participantId: "self", kind: "person", isSelf: true });
    this.#tile.setName(name, "You");
    this.#floor.add("self", this.#tile);
    this.refresh();
  }

  hide() {
    this.#meter.close();
    this.#tile = null;
  }

  /** Follows the devices. */
  refresh() {
    if (!this.#tile) return;
    const { microphone, camera } = this.#media;
    const shown = this.#tile.video.srcObject;
    const stream = !camera.track ? null
      : shown?.getVideoTracks()[0] === camera.track ? shown : new MediaStream([camera.track]);
    this.#tile.setPicture(stream, { isOn: camera.isOn });
    this.#tile.setMuted(!microphone.isOn);
    this.#meter.attach(microphone.isOn ? microphone.track : null);
  }

  /** @param {import("./roost-participants.js").Quality} [quality] of one's own connection */
  setQuality(quality) {
    this.#tile?.setQuality(describeQuality(quality), quality?.level);
    this.#tile?.setNote(describeOwnQuality(quality));
  }

  /** The server names the speaker too; a ring that it gives stays as long as its own would. */
  setServerHearing(selfId, activeSpeaker) {
    if (selfId && selfId === activeSpeaker && this.#media.microphone.isOn) this.#hear(1);
  }

  #hear(level) {
    const now = performance.now();
    if (level > SPEECH) this.#lastSpeech = now;
    this.isSpeaking = this.#media.microphone.isOn && now - this.#lastSpeech < HOLD;
    this.#tile?.setSpeaking(this.isSpeaking);
  }
}
