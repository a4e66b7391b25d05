/**
 * The receive slots: pairs of one audio and one video transceiver on which the server puts whoever is to be seen and
 * heard, and says by message, never by SDP, who that is.
 */

import { offerDependencyDescriptor } from "./roost-extensions.js";

/** Which of a participant's two pairs a source belongs to. */
const KIND_OF_SOURCE = { microphone: "person", camera: "person", screen: "screen", "screen-audio": "screen" };

/**
 * What is received of one participant on one pair.
 * @typedef {object} ParticipantMedia
 * @property {string} participantId
 * @property {"person"|"screen"} kind microphone and camera, or the screen and its sound
 * @property {MediaStream} stream stays the same object while anything is received
 * @property {boolean} hasAudio
 * @property {boolean} hasVideo
 * @property {number} videoSince `performance.now()` when the video slot was given to this source, for `whenFrameAfter`
 */

export class ReceiveSlots {
  /** @type {{audio: RTCRtpTransceiver|null, video: RTCRtpTransceiver|null}[]} */
  pairs = [];
  #media = new Map();
  #owners = new Map();

  /**
   * Adds pairs to a connection until there are `count`. Takes effect with the next offer.
   * @param {RTCPeerConnection} connection
   * @param {number} count
   * @param {{maxAudioSlots: number, maxVideoSlots: number}} limits the server's
   * @returns {RTCRtpTransceiver[]} the new ones
   */
  grow(connection, count, { maxAudioSlots, maxVideoSlots }) {
    const added = [];
    const add = (kind) => {
      const transceiver = connection.addTransceiver(kind, { direction: "recvonly" });
      if (kind === "video") offerDependencyDescriptor(transceiver);
      added.push(transceiver);
      return transceiver;
    };
    while (this.pairs.length < count) {
      const index = this.pairs.length;
      this.pairs.push({
        audio: index < maxAudioSlots ? add("audio") : null,
        video: index < maxVideoSlots ? add("video") : null,
      });
    }
    return added;
  }

  /**
   * Takes pairs back that the server refused to negotiate.
   * @param {number} count how many pairs remain
   */
  shrink(count) {
    this.pairs.length = Math.min(this.pairs.length, count);
  }

  /** How many pairs a slot mapping asks for: twice what there is, or as many as are missing, whichever is more. */
  pairsWanted(slots) {
    const missing = (slots?.unassigned ?? []).filter((entry) => entry.reason === "no-free-slot");
    if (missing.length === 0) return this.pairs.length;
    const owners = new Set(missing.map((entry) => `${entry.participant}/${KIND_OF_SOURCE[entry.source]}`));
    return Math.max(this.pairs.length * 2, this.pairs.length + owners.size);
  }

  /**
   * Applies a whole mapping as the server sent it.
   * @param {{assigned: {mid: string, participant: string, source: string}[]}} slots
   * @returns {{changed: ParticipantMedia[], removed: ParticipantMedia[]}}
   */
  apply(slots) {
    const now = performance.now();
    const byMid = this.#transceiversByMid();
    const wanted = new Map();
    const owners = new Map();
    for (const { mid, participant, source } of slots?.assigned ?? []) {
      const transceiver = byMid.get(mid);
      const kind = KIND_OF_SOURCE[source];
      if (!transceiver || !kind) continue;
      const key = `${participant}/${kind}`;
      if (!wanted.has(key)) wanted.set(key, { participantId: participant, kind });
      wanted.get(key)[transceiver.receiver.track.kind] = transceiver;
      owners.set(transceiver, key);
    }
    const removed = [];
    for (const [key, media] of this.#media) {
      if (wanted.has(key)) continue;
      this.#media.delete(key);
      removed.push(media);
    }
    const changed = [];
    for (const [key, entry] of wanted) {
      const media = this.#update(key, entry, now);
      if (media) changed.push(media);
    }
    this.#owners = owners;
    return { changed, removed };
  }

  /** What is received of a participant now, or undefined. */
  media(participantId, kind = "person") {
    return this.#media.get(`${participantId}/${kind}`);
  }

  /** Everything that is received now. */
  all() {
    return [...this.#media.values()];
  }

  /** Whose media a transceiver carries now, as `{participantId, kind}`, or undefined. */
  ownerOf(mid) {
    const transceiver = this.#transceiversByMid().get(mid);
    return transceiver && this.#media.get(this.#owners.get(transceiver));
  }

  /** Forgets everything; for a connection that is gone. */
  clear() {
    const removed = this.all();
    this.pairs = [];
    this.#media.clear();
    this.#owners.clear();
    return removed;
  }

  #update(key, { participantId, kind, audio, video }, now) {
    const old = this.#media.get(key);
    const tracks = [audio, video].filter(Boolean).map((transceiver) => transceiver.receiver.track);
    const stream = old?.stream ?? new MediaStream();
    const isSame = old && stream.getTracks().length === tracks.length
      && tracks.every((track) => stream.getTrackById(track.id) === track);
    if (isSame) return null;
    for (const track of stream.getTracks()) if (!tracks.includes(track)) stream.removeTrack(track);
    for (const track of tracks) if (!stream.getTrackById(track.id)) stream.addTrack(track);
    const keepsVideo = video && old?.video === video;
    const media = {
      participantId, kind, stream, audio, video,
      hasAudio: Boolean(audio), hasVideo: Boolean(video),
      videoSince: keepsVideo ? old.videoSince : now,
    };
    this.#media.set(key, media);
    return media;
  }

  #transceiversByMid() {
    const byMid = new Map();
    for (const { audio, video } of this.pairs) {
      if (audio?.mid) byMid.set(audio.mid, audio);
      if (video?.mid) byMid.set(video.mid, video);
    }
    return byMid;
  }
}
