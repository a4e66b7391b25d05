/**
 * The Roost client library: rooms, media and reconnection, without a user interface.
 *
 *     import { RoostClient } from "/assets/roost-client.js";
 *     const client = new RoostClient();
 *     await client.join({ room: "standup", name: "Ada", stream });
 *
 * docs/client-library.md tells the whole story with examples; docs/signaling-protocol.md is what goes over the wire.
 */
import { Channels } from "./roost-channels.js";
import { RoostError, ignoreInterruption } from "./roost-errors.js";
import { Participants } from "./roost-participants.js";
import { PeerSession } from "./roost-peer.js";
import { makePublication } from "./roost-publications.js";
import { FAREWELL_CODES, Recovery, isNetworkReason } from "./roost-recovery.js";
import { SignalingSocket, socketAddress } from "./roost-socket.js";
import { StatsSampler } from "./roost-stats.js";
import { Subscriptions } from "./roost-subscriptions.js";

export { DirectCall } from "./roost-direct-call.js";
export { SCREEN_ENCODINGS, cameraEncodings } from "./roost-encodings.js";
export { RoostError } from "./roost-errors.js";
export { whenFrameAfter } from "./roost-first-frame.js";

/** A new media connection is tried so often in a row before the network is said to let no media through. */
const MAX_MEDIA_FAILURES = 2;

/**
 * What a client is doing:
 * `new` – nothing yet; `connecting` – on its way into a room; `connected` – signalling and media work;
 * `reconnecting` – one of them is interrupted, and the client is at work; `lost` – it has given up, or the server
 * has sent it away (see `reason`); `left` – `leave()` was called.
 * @typedef {"new"|"connecting"|"connected"|"reconnecting"|"lost"|"left"} ClientState
 */

/**
 * A member's seat in one room.
 *
 * Events (each a CustomEvent; the fields are those of its `detail`):
 * - `state` {state, previous, reason, message, signaling, media}
 * - `user-joined` {participant}, `user-updated` {participant}, `user-left` {participant, reason}
 * - `participant-media` {participantId, kind, stream, hasAudio, hasVideo, videoSince}; `stream` is null when nothing is
 *   received any more
 * - `slots` {assigned, unassigned} after the media of everybody were brought up to date
 * - `track-paused` {participantId, kind, reason} the server does not send a picture: `bandwidth` or `server-load`
 * - `track-resumed` {participantId, kind} it does again
 * - `speakers` {active, participants}
 * - `connection-quality` {participant, isSelf, quality} a member's connection, or one's own, has become better or worse:
 *   another level, or half a point of the score
 * - `media-state` {ice, dtls} as the server sees it
 * - `peer-signal` {from, type, sdp | candidate} from another member, see DirectCall
 * - `message` {from, label, protocol, data, isDirect} what a member sent with `send`; `data` is a string or an ArrayBuffer
 * - `messages-ended` {} the server has ended this connection's data channels: nothing is sent or received by `send` until
 *   `renew`
 * - `goodbye` {reason, message, reconnect} before the server closes the connection
 * - `server-error` {code, message} an error that answers no request
 */
export class RoostClient extends EventTarget {
  /** @type {ClientState} */
  #state = "new";
  #options;
  #url = null;
  #socket = null;
  #peer = null;
  #seat = null;
  #resumeToken = null;
  #participants = new Participants();
  #publications = new Map();
  #slots = { version: -1, assigned: [], unassigned: [] };
  #stats = new StatsSampler();
  #channels = new Channels();
  #subscriptions = new Subscriptions((settings) => this.#request({ type: "subscription-settings", ...settings }));
  /** By track: what the server withholds, as `{participantId, kind, reason}`. */
  #withheld = new Map();
  #recovery;
  #camera;
  #wasConnected = false;
  #mediaFailures = 0;
  #mayComeBack = true;
  #epoch = 0;

  /**
   * @param {object} [options]
   * @param {number} [options.pairs] receive pairs in the first offer (default 4); they grow as the room does
   * @param {RTCConfiguration} [options.rtcConfiguration] for example `{iceTransportPolicy: "relay"}`
   * @param {number} [options.reconnectFor] seconds of trying to come back before the state is `lost` (default 180)
   * @param {number} [options.requestTimeout] seconds until an unanswered request counts as a lost connection (10)
   * @param {{videoCodec?: string, scalabilityMode?: string}} [options.camera] how cameras are sent that say nothing else
   */
  constructor({ pairs = 4, rtcConfiguration = {}, reconnectFor = 180, requestTimeout = 10, camera = {} } = {}) {
    super();
    this.#camera = camera;
    this.#options = { pairs, rtcConfiguration, requestTimeout };
    this.#recovery = new Recovery(reconnectFor);
    /** STUN and TURN servers of the room, from the join reply. @type {RTCIceServer[]} */
    this.iceServers = [];
    /** This member as the server sees it; null before. @type {import("./roost-participants.js").Participant|null} */
    this.self = null;
    /** The room joined: `{room, name}`, null before. */
    this.room = null;
    /** The server's limits, from the join reply. */
    this.limits = {};
    this.#channels.addEventListener("message", ({ detail }) => this.#emit("message", detail));
    this.#channels.addEventListener("ended", () => this.#emit("messages-ended", {}));
    globalThis.addEventListener?.("online", this.#onOnline);
  }

  /** @returns {ClientState} */
  get state() {
    return this.#state;
  }

  /** Everybody else in the room by id. @returns {Map<string, import("./roost-participants.js").Participant>} */
  get participants() {
    return this.#participants.map;
  }

  /** The participant id of whoever speaks now, or null. @returns {string|null} */
  get activeSpeaker() {
    return this.#participants.activeSpeaker;
  }

  /** What this client sends, by source. @returns {Map<string, import("./roost-publications.js").Publication>} */
  get publications() {
    return this.#publications;
  }

  /** The slot mapping as the server sent it last. */
  get slots() {
    return this.#slots;
  }

  /** Whether the server has ended this connection's data channels; see `renew`. */
  get haveMessagesEnded() {
    return this.#channels.isOver;
  }

  /** The connection to the server; null before the join. @returns {RTCPeerConnection|null} */
  get peerConnection() {
    return this.#peer?.connection ?? null;
  }

  /** How many receive pairs there are now. */
  get pairs() {
    return this.#peer?.slots.pairs.length ?? 0;
  }

  /**
   * Opens the WebSocket. `join` and `createRoom` do it by themselves; calling it before shortens the join.
   * @param {string|URL} [url] default: `/ws` on the server this module came from
   * @returns {Promise<void>} rejects with `connect-failed`
   */
  async connect(url) {
    this.#url = socketAddress(url ?? this.#url ?? new URL("/ws", import.meta.url));
    if (this.#socket?.isOpen) return;
    const socket = new SignalingSocket();
    socket.addEventListener("message", ({ detail }) => socket === this.#socket && this.#handle(detail));
    socket.addEventListener("close", ({ detail }) => socket === this.#socket && this.#socketClosed(detail));
    await socket.open(this.#url);
    this.#socket?.close();
    this.#socket = socket;
    // Before the join reply says otherwise, keep-alive runs on the defaults of the protocol.
    socket.keepAlive();
  }

  /**
   * Makes a room without joining it.
   * @param {{room?: string, name?: string}} [options] without `room` the server picks a name nobody can guess
   * @returns {Promise<{room: string, name: string}>}
   */
  async createRoom({ room, name } = {}) {
    await this.connect();
    const reply = await this.#request({ type: "create-room", room, name });
    return { room: reply.room, name: reply.name ?? reply.room };
  }

  /**
   * Joins a room, and begins to send and receive. One round trip when the WebSocket is open.
   * @param {object} options
   * @param {string} options.room
   * @param {string} options.name the name others see
   * @param {string} [options.identity] whoever joins with the same identity later takes this seat over
   * @param {boolean} [options.create] make the room when there is none (default true)
   * @param {MediaStream} [options.stream] its tracks are sent as microphone and camera
   * @param {{source: string, track: MediaStreamTrack, muted?: boolean, encodings?: object[], videoCodec?: string,
   *   scalabilityMode?: string}[]} [options.tracks]
   * @returns {Promise<void>} done when the server has answered; media follow, see the `state` event
   */
  async join({ room, name, identity, create = true, stream, tracks = [] }) {
    if (this.#seat) throw new RoostError("already-joined", "This client is in a room already. Leave it first.");
    for (const track of stream?.getTracks() ?? []) {
      tracks = [...tracks, { source: track.kind === "audio" ? "microphone" : "camera", track }];
    }
    for (const { source, track, ...options } of tracks) {
      this.#publications.set(source, this.#makePublication(source, track, options));
    }
    this.#seat = { room, name, identity, create };
    this.#epoch += 1;
    this.#wasConnected = false;
    this.#setState("connecting");
    try {
      await this.connect();
      await this.#enter();
    } catch (error) {
      this.#vacate();
      // The server may have let us in before this side failed: without the socket there is no half-taken seat.
      this.#dropSocket();
      this.#setState("lost", error.code, error.message);
      throw error;
    }
  }

  /**
   * Begins to send a track; at most one of each source.
   * @param {MediaStreamTrack} track
   * @param {object} options
   * @param {"microphone"|"camera"|"screen"|"screen-audio"} options.source
   * @param {boolean} [options.muted]
   * @param {RTCRtpEncodingParameters[]} [options.encodings] instead of the library's choice for the source
   * @param {string} [options.videoCodec] the codec to send, such as "VP9", if this browser can; else the server's choice
   * @param {string} [options.scalabilityMode] of a camera: "L3T3_KEY" and the like instead of simulcast
   * @returns {Promise<void>} done when the server has accepted it
   */
  async publishTrack(track, { source, ...options }) {
    const publication = this.#makePublication(source, track, options);
    this.#publications.set(source, publication);
    if (!this.#peer) return;
    try {
      await this.#peer.negotiate();
    } catch (error) {
      // Without a connection there is nobody who could refuse: it will be sent when there is one again.
      if (error.code === "connection-lost" || error.code === "timeout" || error.code === "closed") return;
      if (this.#publications.get(source) === publication) this.#publications.delete(source);
      throw error;
    }
    const transceiver = this.#peer?.senders.get(source);
    if (this.#publications.get(source) === publication && transceiver?.currentDirection !== "sendonly") {
      this.#publications.delete(source);
      throw new RoostError("not-accepted", `The server does not take this ${source}.`);
    }
  }

  #makePublication(source, track, options) {
    return makePublication(source, track, { ...(source === "camera" ? this.#camera : {}), ...options });
  }

  /**
   * Ends a publication. The track itself is left running; it belongs to the caller.
   * @param {string} source
   * @returns {Promise<void>}
   */
  async unpublish(source) {
    if (!this.#publications.delete(source) || !this.#peer) return;
    await this.#peer.negotiate().catch(ignoreInterruption);
  }

  /**
   * Mutes or unmutes a source: no sound or picture leaves this browser, and the others are told.
   * @param {string} source
   * @param {boolean} muted
   * @returns {Promise<void>}
   */
  async setMuted(source, muted) {
    const publication = this.#publications.get(source);
    if (!publication) return;
    publication.muted = muted;
    if (publication.track) publication.track.enabled = !muted;
    const mid = this.#peer?.senders.get(source)?.mid;
    if (!mid) return;
    await this.#request({ type: "set-muted", mid, muted }).catch(ignoreInterruption);
  }

  /**
   * Sends another track in place of the one before, without an offer: for a change of device, or null while the device is
   * off.
   * @param {string} source
   * @param {MediaStreamTrack|null} track
   * @returns {Promise<void>}
   */
  async replaceTrack(source, track) {
    const publication = this.#publications.get(source);
    if (!publication) return;
    if (track) track.enabled = !publication.muted;
    publication.track = track;
    const rids = await this.#peer?.senders.replaceTrack(publication);
    const mid = this.#peer?.senders.get(source)?.mid;
    // Sizes that a small camera has not got would be taken for those that its connection has no room for.
    if (rids && mid) {
      await this.#request({ type: "set-muted", mid, muted: publication.muted, rids }).catch(ignoreInterruption);
    }
  }

  /**
   * Leaves the room. Published tracks are left running; they belong to the caller.
   * @returns {Promise<void>}
   */
  async leave() {
    if (!this.#seat) return;
    const farewell = this.#socket?.isOpen ? this.#request({ type: "leave-room" }).catch(() => {}) : null;
    this.#vacate();
    this.#setState("left");
    await farewell;
  }

  /** Leaves and lets go of everything. The client cannot be used afterwards. */
  close() {
    this.leave();
    globalThis.removeEventListener?.("online", this.#onOnline);
    this.#subscriptions.close();
    this.#dropSocket();
  }

  /**
   * Tries to come back now: cuts a wait short, or begins anew after `lost`.
   * @returns {void}
   */
  reconnect() {
    if (!this.#seat || this.#state === "connected") return;
    if (this.#recovery.isRunning) {
      this.#recovery.hurry();
    } else {
      this.#mediaFailures = 0;
      this.#recover();
    }
  }

  /**
   * Takes a new place in the room over a new connection, for what a connection cannot get back: its data channels. The others
   * see one leave and come; sound and picture are interrupted for a moment.
   * @returns {void}
   */
  renew() {
    if (!this.#seat || this.#state !== "connected") return;
    this.#dropPeer();
    this.#recover();
  }

  /**
   * Passes a message to another member of the room, who gets it as the `peer-signal` event.
   * @param {string} participantId
   * @param {{type: "offer"|"answer"|"ice-candidate", sdp?: string, candidate?: RTCIceCandidateInit|null}} message
   * @returns {Promise<void>} done when it was passed on; rejects with `no-such-participant` or `not-joined`
   */
  async sendTo(participantId, message) {
    await this.#request({ ...message, target: participantId });
  }

  /**
   * Sends a message over a data channel, to everybody in the room or to one member; they get it as the `message` event.
   * It is not answered: a message to somebody who leaves is lost.
   * @param {string|ArrayBuffer|ArrayBufferView} data at most 64 kB, unless the server is set up otherwise
   * @param {{to?: string, label?: string, protocol?: string, ordered?: boolean, maxRetransmits?: number,
   *   maxPacketLifeTime?: number}} [options] `to` is a participant id; each label, receiver and reliability has a channel of
   *   its own, of which the server allows 16
   * @throws {RoostError} `not-joined`, `no-such-participant`, `too-large`, `too-fast` or `closed`
   */
  send(data, options = {}) {
    if (!this.#seat) throw new RoostError("not-joined", "Join a room first.");
    if (options.to !== undefined && !this.participants.has(options.to)) {
      throw new RoostError("no-such-participant", "Whoever that is for has left the room.");
    }
    this.#channels.send(data, options);
  }

  /**
   * What is received of a participant now.
   * @param {string} participantId
   * @param {"person"|"screen"} [kind]
   * @returns {import("./roost-slots.js").ParticipantMedia|undefined}
   */
  media(participantId, kind = "person") {
    return this.#peer?.slots.media(participantId, kind);
  }

  /**
   * Lets the server know how large a participant's picture is shown, and whether it can be seen, for as long as it is
   * received. The element's size and place are followed from now on, and whether its page is in the background.
   * @param {Element|null} element what shows the picture; null for none that could be followed
   * @param {string} participantId
   * @param {"person"|"screen"} [kind]
   */
  watch(element, participantId, kind = "person") {
    this.#subscriptions.watch(element, participantId, kind);
  }

  /**
   * Says that something lies over all pictures that are watched, or does not any more: an element cannot be asked whether
   * another one hides it. Sound goes on.
   * @param {boolean} areCovered
   */
  setPicturesCovered(areCovered) {
    this.#subscriptions.setCovered(areCovered);
  }

  /**
   * Says who is in the large picture: they are served before the others when the link is short.
   * @param {string[]} participantIds the most important first
   */
  setStage(participantIds) {
    this.#subscriptions.setStage(participantIds);
  }

  /**
   * Says how many cameras are received at most: of who is in the large picture, then of who spoke last. Voices and screens
   * do not count.
   * @param {number|null} count null for as many as there are receive slots
   */
  setLastN(count) {
    this.#subscriptions.setLastN(count);
  }

  /**
   * Pauses what is received of a participant, or lets it go on: nothing of it is sent meanwhile, sound included.
   * @param {string} participantId
   * @param {"person"|"screen"} kind
   * @param {boolean} isPaused
   */
  setReceivingPaused(participantId, kind, isPaused) {
    this.#subscriptions.setPaused(participantId, kind, isPaused);
  }

  /**
   * Why the server does not send a participant's picture: `bandwidth`, `server-load`, or null when it does.
   * @param {string} participantId
   * @param {"person"|"screen"} [kind]
   * @returns {"bandwidth"|"server-load"|null}
   */
  withheld(participantId, kind = "person") {
    for (const entry of this.#withheld.values()) {
      if (entry.participantId === participantId && entry.kind === kind) return entry.reason;
    }
    return null;
  }

  /**
   * Figures on the connection, on what is sent, and on what is received of each participant. Bit rates are those since
   * the call before.
   * @returns {Promise<import("./roost-stats.js").StatsSummary|null>} null when there is no connection
   */
  async getStats() {
    return this.#peer ? this.#stats.sample(this.#peer) : null;
  }

  // Joining

  /** Joins the room of the seat with a new peer connection. */
  async #enter() {
    const epoch = this.#epoch;
    this.#dropPeer();
    this.#resumeToken = null;
    this.#slots = { version: -1, assigned: [], unassigned: [] };
    const peer = this.#makePeer();
    this.#peer = peer;
    this.#channels.attach(peer.connection);
    const published = [...this.#publications.keys()].join();
    let reply;
    await peer.start(async ({ offerId, sdp, tracks }) => {
      const { room, name, identity, create } = this.#seat;
      reply = await this.#request({ type: "join-room", room, name, identity, create, offer: { offerId, sdp }, tracks });
      if (epoch !== this.#epoch) throw new RoostError("superseded", "The room was left while it was being joined.");
      this.#takeRoom(reply);
      return { answer: reply.answer, iceServers: this.#options.rtcConfiguration.iceServers ? [] : reply.iceServers };
    });
    if (peer !== this.#peer) return;
    // A newer mapping may have come while the answer was put in place, when no mid was known yet.
    this.#takeSlots(this.#slots.version > reply.slots?.version ? this.#slots : reply.slots);
    if ([...this.#publications.keys()].join() !== published) peer.negotiate().catch(ignoreInterruption);
  }

  #makePeer() {
    const peer = new PeerSession({
      rtcConfiguration: { iceServers: this.iceServers, ...this.#options.rtcConfiguration },
      publications: this.#publications,
      pairs: this.#options.pairs,
      sendOffer: (offer) => this.#sendOffer(peer, offer),
    });
    peer.addEventListener("media-up", () => {
      this.#mediaFailures = 0;
      this.#refreshState();
    });
    peer.addEventListener("media-down", () => this.#refreshState());
    peer.addEventListener("hopeless", () => this.#mediaFailed());
    return peer;
  }

  async #sendOffer(peer, offer) {
    let answer;
    try {
      answer = await this.#request({ type: "offer", ...offer });
    } catch (error) {
      // A server that does not answer an offer is no better than none: begin again from the socket.
      if (error.code === "timeout") this.#socket?.close(4002, "no answer");
      throw error;
    }
    if (peer === this.#peer) this.#takeSlots(answer.slots);
    return answer;
  }

  #takeRoom(reply) {
    this.self = reply.self;
    this.room = { room: reply.room, name: reply.roomName ?? reply.room };
    this.iceServers = reply.iceServers ?? [];
    this.limits = reply.limits ?? {};
    this.#channels.setRates(reply.limits?.data);
    this.#resumeToken = reply.resume?.token ?? null;
    if (reply.keepAlive) this.#socket.keepAlive(reply.keepAlive);
    if (reply.limits) this.#peer.limits = { ...this.#peer.limits, ...reply.limits };
    // What holds of these is told again.
    for (const track of [...this.#withheld.keys()]) this.#noteWithheld(track, null);
    this.#subscriptions.restart();
    this.#emitAll(this.#participants.replaceAll(reply.participants ?? []));
  }

  #takeSlots(slots) {
    if (!slots || !this.#peer || slots.version < this.#slots.version) return;
    this.#slots = slots;
    const { changed, removed } = this.#peer.slots.apply(slots);
    this.#emitRemoved(removed);
    for (const { participantId, kind, stream, hasAudio, hasVideo, videoSince } of changed) {
      this.#emit("participant-media", { participantId, kind, stream, hasAudio, hasVideo, videoSince });
    }
    const tracks = new Set((slots.assigned ?? []).map(({ track }) => track));
    for (const track of [...this.#withheld.keys()]) if (!tracks.has(track)) this.#noteWithheld(track, null);
    this.#subscriptions.setAssigned(slots.assigned ?? []);
    this.#emit("slots", { assigned: slots.assigned ?? [], unassigned: slots.unassigned ?? [] });
    this.#considerPairs(this.#peer);
  }

  /** Offers more pairs when the server asks for them, judged by what it says once it knows of those already offered. */
  async #considerPairs(peer) {
    while (peer.isNegotiating) await peer.settled();
    if (peer === this.#peer) peer.growPairs(peer.slots.pairsWanted(this.#slots));
  }

  // Events from the server

  #handle(message) {
    const events = this.#participants.handle(message);
    if (events) {
      this.#emitAll(events);
      return;
    }
    switch (message.type) {
      case "slots":
        this.#takeSlots(message);
        break;
      case "track-paused":
        this.#noteWithheld(message.track, message);
        break;
      case "track-resumed":
        this.#noteWithheld(message.track, null);
        break;
      case "publisher-layers":
        this.#peer?.senders.setNeededLayers(message.mid, message);
        break;
      case "track-undecodable":
        this.#emit("track-undecodable", {
          source: this.#peer?.senders.sourceOf(message.mid), participantIds: message.participants,
        });
        break;
      case "media-state":
        this.#emit("media-state", { ice: message.ice, dtls: message.dtls });
        break;
      case "connection-quality":
        this.#noteQuality(message);
        break;
      case "offer":
      case "answer":
      case "ice-candidate":
        if (message.from) this.#emit("peer-signal", message);
        break;
      case "goodbye":
        this.#emit("goodbye", message);
        if (!message.reconnect) this.#sentAway(message.reason, message.message);
        break;
      case "error":
        this.#emit("server-error", { code: message.code, message: message.message });
        break;
    }
  }

  #noteQuality({ participant: id, quality }) {
    const isSelf = id === this.self?.id;
    const participant = isSelf ? this.self : this.#participants.map.get(id);
    if (!participant) return;
    participant.quality = quality;
    this.#emit("connection-quality", { participant, isSelf, quality });
  }

  /** The server withholds a track's picture, or does not any more. */
  #noteWithheld(track, message) {
    const former = this.#withheld.get(track);
    if (!message) {
      if (!this.#withheld.delete(track)) return;
      this.#emit("track-resumed", { participantId: former.participantId, kind: former.kind });
      return;
    }
    // It may come before the mapping of a room that was joined just now.
    const source = this.#participants.map.get(message.participant)?.tracks?.find(({ id }) => id === track)?.source ?? "camera";
    const kind = source.startsWith("screen") ? "screen" : "person";
    const entry = { participantId: message.participant, kind, reason: message.reason };
    this.#withheld.set(track, entry);
    this.#emit("track-paused", entry);
  }

  // Coming back

  #socketClosed({ code, reason }) {
    this.#socket = null;
    if (!this.#seat || this.#state === "lost") return;
    if (FAREWELL_CODES[code]) {
      this.#sentAway(FAREWELL_CODES[code], reason);
    } else if (this.self) {
      this.#recover();
    }
  }

  async #mediaFailed() {
    this.#mediaFailures += 1;
    if (this.#mediaFailures > MAX_MEDIA_FAILURES) {
      this.#sentAway("media-unreachable",
        "The server answers, but no sound or picture gets through. A firewall may be blocking UDP on this network.");
      return;
    }
    this.#dropPeer();
    this.#recover();
  }

  /** Works until signalling and room are there again, the time is up, or the server has a final word. */
  async #recover() {
    if (this.#recovery.isRunning || !this.#seat) return;
    const epoch = this.#epoch;
    this.#setState(this.#wasConnected ? "reconnecting" : "connecting");
    const { outcome, error } = await this.#recovery.run(async () => {
      try {
        await this.connect();
        if (epoch === this.#epoch) await this.#resumeOrRejoin();
      } catch (error) {
        // What became of the last request is unknown: on a new socket it does not matter.
        if (epoch === this.#epoch) this.#dropSocket();
        throw error;
      }
    });
    if (outcome === "abandoned" || epoch !== this.#epoch) return;
    if (outcome === "failed") this.#sentAway(error.code, error.message);
    else if (!this.#socket?.isOpen) this.#recover();
    else this.#refreshState();
  }

  async #resumeOrRejoin() {
    if (this.#peer && this.#resumeToken) {
      try {
        const offerId = this.#peer.unansweredOfferId;
        const reply = await this.#request({ type: "resume", token: this.#resumeToken, offerId });
        this.#takeRoom(reply);
        this.#slots.version = -1;
        this.#takeSlots(reply.slots);
        this.#peer.resume(reply.answer);
        this.#tellMuted();
        return;
      } catch (error) {
        if (error.code !== "resume-failed") throw error;
      }
    } else if (this.self && this.#resumeToken) {
      // The seat is still ours but its media are not to be saved: give it back before taking a new one.
      await this.#request({ type: "leave-room" }).catch(() => {});
    }
    await this.#enter();
  }

  /** A mute that happened while there was no connection. */
  #tellMuted() {
    // What the server does not know yet is told by the offer that brings it.
    for (const [source, { muted }] of this.#publications) this.setMuted(source, muted).catch(() => {});
  }

  #onOnline = () => {
    if (!this.#seat || (this.#state === "lost" && !this.#mayComeBack)) return;
    // The WebSocket may belong to the network that has just gone; a ping finds out sooner than its silence.
    const socket = this.#socket;
    if (socket?.isOpen) socket.request({ type: "ping" }, 2000).catch(() => socket.close(4002, "network changed"));
    this.reconnect();
  };

  // State

  #sentAway(reason, message) {
    this.#epoch += 1;
    this.#recovery.abandon();
    this.#dropPeer();
    this.#resumeToken = null;
    this.#dropSocket();
    this.#mayComeBack = isNetworkReason(reason);
    this.#setState("lost", reason, message);
  }

  #dropSocket() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #vacate() {
    this.#epoch += 1;
    this.#recovery.abandon();
    this.#seat = null;
    this.#resumeToken = null;
    this.#dropPeer();
    this.#emitAll(this.#participants.replaceAll([], "left"));
    this.#publications.clear();
    this.#channels.clear();
    this.#withheld.clear();
    this.#subscriptions.clear();
    this.self = null;
    this.room = null;
  }

  #dropPeer() {
    const peer = this.#peer;
    this.#peer = null;
    if (!peer) return;
    this.#channels.detach();
    this.#emitRemoved(peer.slots.clear());
    peer.close();
  }

  #emitRemoved(removed) {
    for (const { participantId, kind } of removed) {
      this.#emit("participant-media", { participantId, kind, stream: null, hasAudio: false, hasVideo: false });
    }
  }

  #refreshState() {
    if (!this.#seat || this.#state === "lost" || this.#state === "left") return;
    if (this.#socket?.isOpen && !this.#recovery.isRunning && this.#peer?.isUp) {
      this.#wasConnected = true;
      this.#setState("connected");
    } else {
      this.#setState(this.#wasConnected ? "reconnecting" : "connecting");
    }
  }

  #setState(state, reason = null, message = null) {
    const previous = this.#state;
    const signaling = this.#socket?.isOpen ? "open" : "closed";
    const media = this.#peer?.isUp ? "up" : "down";
    if (previous === state && this.#lastStatus === `${signaling} ${media} ${reason}`) return;
    this.#state = state;
    this.#lastStatus = `${signaling} ${media} ${reason}`;
    this.#emit("state", { state, previous, reason, message, signaling, media });
  }
  #lastStatus = "";

  async #request(message) {
    for (let attempt = 0; ; attempt += 1) {
      if (!this.#socket) throw new RoostError("connection-lost", "There is no connection to the server.");
      try {
        return await this.#socket.request(message, this.#options.requestTimeout * 1000);
      } catch (error) {
        // The request was not taken; the server's allowance grows again within a second.
        if (error.code !== "rate-limited" || attempt === 3) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  }

  #emitAll(events) {
    for (const [type, detail] of events) this.#emit(type, detail);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
