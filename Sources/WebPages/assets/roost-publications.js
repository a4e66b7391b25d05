/**
 * What a client sends: at most one track of each source, kept apart from any connection so that a new connection can
 * take it over.
 */
import { encodingsFor, fitEncodings, offerOnly, restEncodings, restSpatialLayers } from "./roost-encodings.js";

/** @typedef {"microphone"|"camera"|"screen"|"screen-audio"} Source */

/** The kind of track each source is. */
export const SOURCES = { microphone: "audio", camera: "video", screen: "video", "screen-audio": "audio" };

/**
 * One source that is, or is about to be, sent.
 * @typedef {object} Publication
 * @property {Source} source
 * @property {MediaStreamTrack|null} track null while the device is off
 * @property {boolean} muted
 * @property {RTCRtpEncodingParameters[]} [encodings] in place of those that fit the source and its track
 * @property {string} [videoCodec] the only codec to offer, such as "VP9"
 * @property {string} [scalabilityMode] of a camera, such as "L3T3_KEY"
 */

/**
 * Makes a publication; throws TypeError when the track does not fit the source.
 * @param {Source} source
 * @param {MediaStreamTrack} track
 * @param {{muted?: boolean, encodings?: RTCRtpEncodingParameters[], videoCodec?: string, scalabilityMode?: string}} [options]
 * @returns {Publication}
 */
export function makePublication(source, track, { muted = false, encodings, videoCodec, scalabilityMode } = {}) {
  if (!(source in SOURCES)) throw new TypeError(`"${source}" is not a source.`);
  if (track.kind !== SOURCES[source]) throw new TypeError(`A ${source} needs a track of kind ${SOURCES[source]}.`);
  if (source === "screen" && track.contentHint === "") track.contentHint = "detail";
  track.enabled = !muted;
  return { source, track, muted, encodings, videoCodec, scalabilityMode };
}

/** The transceivers of one connection on which publications are sent, one for each source that was ever published. */
export class PublicationSenders {
  /** @type {Map<Source, RTCRtpTransceiver>} */
  #transceivers = new Map();
  /** By source: the layers that somebody would show, as the server named them; all of them where there is nothing. */
  #needed = new Map();
  /** By source: the last change of a sender's parameters. They are read, changed and set: one after the other. */
  #changes = new Map();
  // One stream id for microphone and camera, one for a screen and its sound: it tells receivers what belongs together.
  #streams = { person: new MediaStream(), screen: new MediaStream() };

  /**
   * Brings the connection's transceivers in line with what shall be sent. Takes effect with the next offer.
   * @param {RTCPeerConnection} connection
   * @param {Map<Source, Publication>} publications
   * @returns {RTCRtpTransceiver[]} those that are new
   */
  prepare(connection, publications) {
    const added = [];
    for (const [source, transceiver] of this.#transceivers) {
      if (!publications.has(source) && transceiver.direction !== "inactive" && !isStopped(transceiver)) {
        transceiver.direction = "inactive";
        transceiver.sender.replaceTrack(null).catch(() => {});
      }
    }
    for (const publication of publications.values()) {
      const transceiver = this.#transceivers.get(publication.source);
      if (transceiver && !isStopped(transceiver)) {
        if (transceiver.direction !== "sendonly") transceiver.direction = "sendonly";
        if (transceiver.sender.track !== publication.track) this.replaceTrack(publication).catch(() => {});
      } else {
        added.push(this.#add(connection, publication));
      }
    }
    return added;
  }

  /**
   * The `tracks` of an offer: what came after it was made is not among them. `midOf` finds a transceiver's mid, which a
   * fresh one does not know itself yet.
   */
  describe(publications, midOf = (transceiver) => transceiver.mid) {
    return [...publications.values()]
      .filter(({ source }) => this.#transceivers.get(source)?.direction === "sendonly")
      .map(({ source, muted }) => ({ mid: midOf(this.#transceivers.get(source)), source, muted }));
  }

  /**
   * Sends a publication's track in place of the one before it on its transceiver.
   * @returns {Promise<string[]|undefined>} of a camera in several sizes, the RIDs of those that are made of such a picture
   */
  async replaceTrack({ source, track, encodings }) {
    const sender = this.#transceivers.get(source)?.sender;
    await sender?.replaceTrack(track);
    if (!sender || !track || source !== "camera" || encodings) return undefined;
    return this.#inTurn(source, async () => {
      const { rids, spatialLayers } = this.#needed.get(source) ?? {};
      // What fits another camera is the whole of its picture.
      if (spatialLayers !== undefined) await restSpatialLayers(sender, Infinity);
      const made = await fitEncodings(sender, track, rids);
      if (spatialLayers !== undefined) await restSpatialLayers(sender, spatialLayers);
      return sender.getParameters().encodings.length > 1 ? made : undefined;
    });
  }

  /**
   * Lets the layers rest that nobody would show.
   * @param {string} mid
   * @param {{rids?: string[], spatialLayers?: number}} needed those that somebody would: streams of simulcast, or how many
   *   sizes within one stream; none when nobody would show any
   * @returns {Promise<void>}
   */
  async setNeededLayers(mid, { rids, spatialLayers }) {
    const source = this.sourceOf(mid);
    const sender = this.#transceivers.get(source)?.sender;
    if (!sender) return;
    this.#needed.set(source, { rids, spatialLayers });
    // A track that has ended, an offer under way, or a browser without that mode may refuse; the next message brings it up
    // to date, and until then more is sent than needed.
    await this.#inTurn(source, async () => {
      const { rids, spatialLayers } = this.#needed.get(source);
      if (spatialLayers === undefined) await restEncodings(sender, rids);
      else await restSpatialLayers(sender, spatialLayers);
    }).catch(() => {});
  }

  #inTurn(source, change) {
    const turn = (this.#changes.get(source) ?? Promise.resolve()).catch(() => {}).then(change);
    this.#changes.set(source, turn);
    return turn;
  }

  /** The transceiver a source is sent on, if there is one. */
  get(source) {
    return this.#transceivers.get(source);
  }

  /** Which source a mid of this connection sends, or undefined. */
  sourceOf(mid) {
    for (const [source, transceiver] of this.#transceivers) if (transceiver.mid === mid) return source;
    return undefined;
  }

  #add(connection, publication) {
    const { source, track, encodings } = publication;
    const kind = SOURCES[source];
    const stream = this.#streams[source.startsWith("screen") ? "screen" : "person"];
    const transceiver = connection.addTransceiver(track ?? kind, {
      direction: "sendonly", streams: [stream], sendEncodings: encodings ?? encodingsFor(source, track, publication),
    });
    if (kind === "video") offerOnly(transceiver, publication.videoCodec);
    this.#transceivers.set(source, transceiver);
    return transceiver;
  }
}

function isStopped(transceiver) {
  return transceiver.direction === "stopped" || transceiver.currentDirection === "stopped";
}
