import { RoostError } from "./roost-errors.js";
import { PublicationSenders } from "./roost-publications.js";
import { ReceiveSlots } from "./roost-slots.js";

/** How long ICE may be `disconnected` before it is restarted, in milliseconds. */
const DISCONNECTED_PATIENCE = 3000;
/** How long a restart may take until the next, in milliseconds. */
const RESTART_PATIENCE = 8000;
/** After so many restarts in a row that did not help, the connection is given up. */
const MAX_RESTARTS = 4;
/** The same for a connection that has never worked: there something is blocked, not interrupted. */
const MAX_FIRST_RESTARTS = 1;
/** What the server allows until it has said otherwise. */
const DEFAULT_LIMITS = { maxAudioSlots: 16, maxVideoSlots: 25 };

/**
 * One peer connection to the server, from its first offer to its end. The client always offers.
 *
 * Offers are serial: a change goes out at once when nothing is under way; changes made while an answer is awaited go
 * out together, in one offer, after it.
 *
 * Events: `media-up`, `media-down` (ICE and DTLS), `hopeless` (a new connection is needed).
 */
export class PeerSession extends EventTarget {
  slots = new ReceiveSlots();
  senders = new PublicationSenders();
  limits = DEFAULT_LIMITS;
  isUp = false;
  #publications;
  #sendOffer;
  #pairsWanted;
  #pairsRefused = Infinity;
  #offerId = 0;
  #running = null;
  #next = null;
  /** The offer that was sent last, until its answer is taken: `{offerId, added, pairsBefore}`. */
  #unanswered = null;
  /** Whether something has changed that no offer has told yet. */
  #isBehind = false;
  /** The answer that came with the resumption of the seat; undefined while there was none. */
  #resumption = undefined;
  #restarts = 0;
  #wasUp = false;
  #restartTimer = null;
  #closed = false;

  /**
   * @param {object} options
   * @param {RTCConfiguration} options.rtcConfiguration
   * @param {Map<string, import("./roost-publications.js").Publication>} options.publications shared with the owner
   * @param {number} options.pairs how many receive pairs the first offer has
   * @param {(offer: object) => Promise<{offerId: number, sdp: string}>} options.sendOffer
   */
  constructor({ rtcConfiguration, publications, pairs, sendOffer }) {
    super();
    this.#publications = publications;
    this.#pairsWanted = pairs;
    this.#sendOffer = sendOffer;
    this.connection = new RTCPeerConnection({ bundlePolicy: "max-bundle", ...rtcConfiguration });
    this.connection.oniceconnectionstatechange = () => this.#watchICE();
    this.connection.onconnectionstatechange = () => this.#watchConnection();
  }

  /**
   * Makes the first offer, has it sent with the join request, and takes the answer.
   * @param {(offer: object) => Promise<{answer: {sdp: string}, iceServers: RTCIceServer[]}>} join
   * @returns {Promise<void>}
   */
  start(join) {
    this.#running = this.#first(join).finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /**
   * Tells the server of everything that has changed here.
   * @returns {Promise<void>} done when an offer that has all changes made before the call is answered
   */
  negotiate() {
    this.#isBehind = true;
    return this.#schedule();
  }

  #schedule() {
    if (!this.#running) {
      this.#running = this.#exchange().finally(() => {
        this.#running = null;
      });
      return this.#running;
    }
    this.#next ??= this.#running.catch(() => {}).then(() => {
      this.#next = null;
      return this.#schedule();
    });
    return this.#next;
  }

  /** Whether an offer waits for its answer. */
  get isNegotiating() {
    return this.#running !== null;
  }

  /** Resolves when the offer under way is answered or has failed. */
  async settled() {
    await this.#running?.catch(() => {});
  }

  /**
   * Asks for more receive pairs; nothing happens when there are enough or the limits are reached.
   * @param {number} count
   */
  growPairs(count) {
    const most = Math.min(Math.max(this.limits.maxAudioSlots, this.limits.maxVideoSlots), this.#pairsRefused);
    const wanted = Math.min(count, most);
    if (wanted <= this.#pairsWanted) return;
    this.#pairsWanted = wanted;
    this.negotiate().catch(() => {});
  }

  /** Restarts ICE: new credentials, new candidates, the same media; the old path is used until the new one works. */
  restartICE() {
    if (this.#closed) return;
    clearTimeout(this.#restartTimer);
    if (this.#restarts >= (this.#wasUp ? MAX_RESTARTS : MAX_FIRST_RESTARTS)) {
      this.#giveUp();
      return;
    }
    this.#restarts += 1;
    this.connection.restartIce();
    this.negotiate().catch(() => {});
    this.#restartTimer = setTimeout(() => this.isUp || this.restartICE(), RESTART_PATIENCE);
  }

  /** The number of the offer that has no answer yet, or undefined. */
  get unansweredOfferId() {
    return this.#unanswered?.offerId;
  }

  /**
   * Goes on after the WebSocket was lost and found again: an answer that was lost with it is taken now, and what never
   * got to the server is sent again.
   * @param {{offerId: number, sdp: string}} [answer] of the resume reply
   */
  resume(answer) {
    if (this.#unanswered) {
      this.#resumption = answer ?? null;
      this.#schedule().catch(() => {});
    }
    if (!this.isUp && this.connection.iceConnectionState !== "checking") this.restartICE();
  }

  /** Ends the connection. */
  close() {
    this.#closed = true;
    clearTimeout(this.#restartTimer);
    this.connection.oniceconnectionstatechange = null;
    this.connection.onconnectionstatechange = null;
    this.connection.close();
    this.isUp = false;
  }

  /**
   * The local description is set only with the answer: the reply also brings the STUN and TURN servers, and gathering
   * then starts with them. Mids are therefore read from the offer; in a first offer the m-lines are in the order of the
   * transceivers (RFC 9429, section 5.2.1).
   */
  async #first(join) {
    const connection = this.connection;
    this.#prepare();
    const offer = await connection.createOffer();
    const mids = [...offer.sdp.matchAll(/^a=mid:(\S+)/gm)].map((match) => match[1]);
    const transceivers = connection.getTransceivers();
    const tracks = this.senders.describe(this.#publications, (transceiver) => mids[transceivers.indexOf(transceiver)]);
    const { answer, iceServers } = await join({ offerId: ++this.#offerId, sdp: offer.sdp, tracks });
    if (this.#closed) throw new RoostError("closed", "The connection was closed.");
    if (iceServers?.length) connection.setConfiguration({ ...connection.getConfiguration(), iceServers });
    await connection.setLocalDescription(offer);
    await connection.setRemoteDescription({ type: "answer", sdp: answer.sdp });
  }

  /** Brings the transceivers in line with publications and pairs; returns the new ones. */
  #prepare() {
    return [
      ...this.senders.prepare(this.connection, this.#publications),
      ...this.slots.grow(this.connection, this.#pairsWanted, this.limits),
    ];
  }

  async #exchange() {
    if (this.#unanswered) await this.#settle();
    this.#resumption = undefined;
    if (this.#closed) throw new RoostError("closed", "The connection is closed.");
    if (!this.#isBehind) return;
    // Changes made in the same turn, a screen and its sound, go out together.
    await null;
    this.#isBehind = false;
    const pairsBefore = this.slots.pairs.length;
    const added = this.#prepare();
    await this.connection.setLocalDescription(await this.connection.createOffer());
    this.#unanswered = { added, pairsBefore };
    await this.#send();
  }

  /**
   * Brings an offer to its end whose answer was lost. Until then there is no other one: made now, it would take the
   * place of one that the server may have agreed to already, and no longer fit what it holds.
   */
  async #settle() {
    const answer = this.#resumption;
    this.#resumption = undefined;
    if (answer === undefined) throw new RoostError("connection-lost", "The offer before waits for its answer.");
    if (answer?.offerId === this.#unanswered.offerId) await this.#take(answer);
    else await this.#send();
  }

  /** Sends the local description under a new number, and takes the answer. */
  async #send() {
    const offerId = ++this.#offerId;
    this.#unanswered.offerId = offerId;
    const tracks = this.senders.describe(this.#publications);
    let answer;
    try {
      answer = await this.#sendOffer({ offerId, sdp: this.connection.localDescription.sdp, tracks });
    } catch (error) {
      // Unanswered is not refused: `resume` finds out what became of it.
      if (error.code !== "connection-lost" && error.code !== "timeout") await this.#withdraw();
      throw error;
    }
    if (!this.#closed && answer.offerId === offerId) await this.#take(answer);
  }

  async #take(answer) {
    this.#unanswered = null;
    await this.connection.setRemoteDescription({ type: "answer", sdp: answer.sdp });
  }

  /** Goes back to what was agreed before an offer that the server refused. */
  async #withdraw() {
    const { added, pairsBefore } = this.#unanswered;
    this.#unanswered = null;
    if (this.#closed) return;
    await this.connection.setLocalDescription({ type: "rollback" });
    // Not stopped: Chromium would still give the next new m-line to the stopped one.
    for (const transceiver of added) transceiver.direction = "inactive";
    if (this.slots.pairs.length > pairsBefore) {
      this.slots.shrink(pairsBefore);
      this.#pairsWanted = this.#pairsRefused = pairsBefore;
    }
  }

  #watchICE() {
    const state = this.connection.iceConnectionState;
    if (state === "disconnected") {
      clearTimeout(this.#restartTimer);
      this.#restartTimer = setTimeout(() => { this.#setUp(false); this.restartICE(); }, DISCONNECTED_PATIENCE);
    } else if (state === "failed") {
      this.#setUp(false);
      this.restartICE();
    } else if (state === "connected" || state === "completed") {
      clearTimeout(this.#restartTimer);
      this.#watchConnection();
    }
  }

  #watchConnection() {
    const state = this.connection.connectionState;
    if (state === "connected") {
      this.#restarts = 0;
      this.#wasUp = true;
      this.#setUp(true);
    } else if (state === "failed" && this.#hasFailedDTLS()) {
      // No restart mends that.
      this.#giveUp();
    }
  }

  #hasFailedDTLS() {
    const transports = this.connection.getTransceivers().map((transceiver) => transceiver.sender.transport);
    return transports.some((transport) => transport?.state === "failed");
  }

  #setUp(isUp) {
    if (this.isUp === isUp) return;
    this.isUp = isUp;
    this.dispatchEvent(new Event(isUp ? "media-up" : "media-down"));
  }

  #giveUp() {
    this.#setUp(false);
    this.dispatchEvent(new Event("hopeless"));
  }
}
