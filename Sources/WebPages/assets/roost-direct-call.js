/** How often a message is sent again, once a second: as long as the server keeps the seat of who is reconnecting. */
const DELIVERY_ATTEMPTS = 20;
const RETRIED_CODES = new Set(["participant-unreachable", "participant-busy", "connection-lost", "timeout"]);

/**
 * A call between two members of a room, straight from one browser to the other; the server only carries the messages.
 *
 * Both sides may start and both may change the call at any time: of two offers that cross, the one of the member with
 * the smaller id gives way ("perfect negotiation").
 *
 * Events: `track` (detail: the RTCTrackEvent), `data-channel` (detail: the RTCDataChannel), `state` (detail:
 * `{state}`, as `RTCPeerConnection.connectionState`).
 *
 * @example
 * // the one who calls
 * const call = new DirectCall(client, participantId);
 * call.addTrack(track, stream);
 *
 * // the one who is called
 * client.addEventListener("peer-signal", ({ detail }) => {
 *   if (!calls.has(detail.from)) calls.set(detail.from, new DirectCall(client, detail.from, { firstSignal: detail }));
 * });
 */
export class DirectCall extends EventTarget {
  #client;
  #polite;
  #makingOffer = false;
  #ignoringOffer = false;
  #signals = Promise.resolve();
  #outbox = Promise.resolve();
  #onSignal = (event) => this.#receive(event);
  #onLeft = (event) => event.detail.participant.id === this.participantId && this.close();

  /**
   * @param {import("./roost-client.js").RoostClient} client joined to a room
   * @param {string} participantId the other member
   * @param {object} [options]
   * @param {object} [options.firstSignal] the detail of the `peer-signal` event with which the other side began
   * @param {RTCConfiguration} [options.rtcConfiguration] added to the STUN and TURN servers of the room
   */
  constructor(client, participantId, { firstSignal, rtcConfiguration = {} } = {}) {
    super();
    /** The other member's id. */
    this.participantId = participantId;
    this.#client = client;
    this.#polite = client.self.id < participantId;
    /** The connection itself, for whatever this class has no method for. */
    this.connection = new RTCPeerConnection({ iceServers: client.iceServers, ...rtcConfiguration });
    this.connection.onnegotiationneeded = () => this.#offer();
    this.connection.onicecandidate = ({ candidate }) => this.#send({ type: "ice-candidate", candidate });
    this.connection.ontrack = (event) => this.#emit("track", event);
    this.connection.ondatachannel = (event) => this.#emit("data-channel", event.channel);
    this.connection.onconnectionstatechange = () => this.#changed();
    client.addEventListener("peer-signal", this.#onSignal);
    client.addEventListener("user-left", this.#onLeft);
    if (firstSignal) this.#receive({ detail: firstSignal });
  }

  /** `new`, `connecting`, `connected`, `disconnected`, `failed` or `closed`. */
  get state() {
    return this.connection.connectionState;
  }

  /**
   * Sends a track to the other member.
   * @param {MediaStreamTrack} track
   * @param {...MediaStream} streams
   * @returns {RTCRtpSender}
   */
  addTrack(track, ...streams) {
    return this.connection.addTrack(track, ...streams);
  }

  /**
   * Opens a data channel; the other side gets it with its `data-channel` event.
   * @param {string} label
   * @param {RTCDataChannelInit} [options]
   * @returns {RTCDataChannel}
   */
  createDataChannel(label, options) {
    return this.connection.createDataChannel(label, options);
  }

  /** Ends the call on this side; the other side sees its connection fail. */
  close() {
    if (this.connection.connectionState === "closed") return;
    this.#client.removeEventListener("peer-signal", this.#onSignal);
    this.#client.removeEventListener("user-left", this.#onLeft);
    this.connection.close();
    // A closed connection reports nothing by itself.
    this.#emit("state", { state: "closed" });
  }

  async #offer() {
    try {
      this.#makingOffer = true;
      await this.connection.setLocalDescription();
      await this.#sendDescription();
    } catch (error) {
      console.warn("roost: the direct call could not make an offer", error);
    } finally {
      this.#makingOffer = false;
    }
  }

  #receive(event) {
    const signal = event.detail;
    if (signal.from !== this.participantId) return;
    this.#signals = this.#signals.then(() => this.#handle(signal)).catch((error) => {
      console.warn("roost: a signal of the direct call was not usable", error);
    });
  }

  async #handle({ type, sdp, candidate }) {
    const connection = this.connection;
    if (type === "ice-candidate") {
      if (!this.#ignoringOffer) await connection.addIceCandidate(candidate ?? undefined);
      return;
    }
    const collision = type === "offer" && (this.#makingOffer || connection.signalingState !== "stable");
    this.#ignoringOffer = !this.#polite && collision;
    if (this.#ignoringOffer) return;
    await connection.setRemoteDescription({ type, sdp });
    if (type === "offer") {
      await connection.setLocalDescription();
      await this.#sendDescription();
    }
  }

  #sendDescription() {
    const { type, sdp } = this.connection.localDescription;
    return this.#send({ type, sdp });
  }

  /** Candidates must not overtake the description they belong to, so one message waits for the other. */
  #send(message) {
    this.#outbox = this.#outbox.then(() => this.#deliver(message));
    return this.#outbox;
  }

  /** A member that is reconnecting, or a connection of our own that is, may be back in a moment. */
  async #deliver(message) {
    for (let attempt = 0; attempt < DELIVERY_ATTEMPTS && this.state !== "closed"; attempt += 1) {
      try {
        await this.#client.sendTo(this.participantId, message);
        return;
      } catch (error) {
        if (error.code === "no-such-participant") this.close();
        if (!RETRIED_CODES.has(error.code)) return;
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  }

  #changed() {
    if (this.connection.connectionState === "failed") this.connection.restartIce();
    this.#emit("state", { state: this.connection.connectionState });
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
