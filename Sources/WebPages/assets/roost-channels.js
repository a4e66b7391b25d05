import { RoostError } from "./roost-errors.js";

/**
 * How fast this client may send, as the server counts it: bursts at once, then the rate. It is told with the join.
 * @typedef {{messagesPerSecond: number, messageBurst: number, bytesPerSecond: number, byteBurst: number}} Rates
 */

/** The label of the channel for messages that name no other; it is opened with the connection. */
export const DEFAULT_LABEL = "messages";
/** Bytes of a message while there is no answer that says so. */
const MAX_MESSAGE_BYTES = 65536;
/** Messages that wait for a channel to open, for each channel. */
const MOST_WAITING = 64;
/** Bytes that may wait to be sent before a message is refused: the line is slower than what is given to it. */
const MOST_BUFFERED = 1048576;

/**
 * Data channels of one seat, over all its connections: opened again after a new connection, with what waited meanwhile.
 *
 * A channel that is opened here carries messages to everybody in the room, or to one member when its protocol says
 * `to:<participant>`. What others send comes on channels that the server opens, whose protocol says whom it is from.
 *
 * Events: `message` {from, label, protocol, data, isDirect}; `ended` when the server has ended the association, and with it
 * all channels in both directions: a connection cannot get another one.
 */
export class Channels extends EventTarget {
  #connection = null;
  #outgoing = new Map();
  #isOver = false;
  #messages = new Allowance();
  #bytes = new Allowance();

  /**
   * Opens the channels on a new connection; before its first offer, so that they are part of it.
   * @param {RTCPeerConnection} connection
   */
  attach(connection) {
    this.#connection = connection;
    connection.addEventListener("datachannel", ({ channel }) => this.#receive(channel));
    if (!this.#outgoing.has(DEFAULT_LABEL)) this.#outgoing.set(DEFAULT_LABEL, new OutgoingChannel(DEFAULT_LABEL, {}));
    for (const channel of this.#outgoing.values()) channel.open(connection);
    // The first to be opened is within all limits: when it ends, all do.
    this.#outgoing.get(DEFAULT_LABEL).onClosed = () => this.#end(connection);
  }

  /** Lets go of the connection; messages wait for the next. */
  detach() {
    this.#connection = null;
    this.#isOver = false;
    for (const channel of this.#outgoing.values()) channel.detach();
  }

  /** Whether the connection's association has ended. */
  get isOver() {
    return this.#isOver;
  }

  #end(connection) {
    if (connection !== this.#connection) return;
    this.#isOver = true;
    this.dispatchEvent(new Event("ended"));
  }

  /**
   * Takes over how fast the server lets this client send.
   * @param {Rates} [rates] without them there is no bound
   */
  setRates({ messagesPerSecond, messageBurst, bytesPerSecond, byteBurst } = {}) {
    this.#messages.set(messagesPerSecond, messageBurst);
    this.#bytes.set(bytesPerSecond, byteBurst);
  }

  /** Forgets everything. */
  clear() {
    this.detach();
    this.#outgoing.clear();
    this.#messages = new Allowance();
    this.#bytes = new Allowance();
  }

  /**
   * Sends a message.
   * @param {string|ArrayBuffer|ArrayBufferView} data
   * @param {object} [options]
   * @param {string} [options.to] a participant id; everybody in the room without it
   * @param {string} [options.label]
   * @param {string} [options.protocol] passed on to the receivers
   * @param {boolean} [options.ordered]
   * @param {number} [options.maxRetransmits]
   * @param {number} [options.maxPacketLifeTime] milliseconds
   */
  send(data, { to, label = DEFAULT_LABEL, protocol = "", ...reliability } = {}) {
    // What the server's answer says; a larger message would end the association.
    const most = this.#connection?.sctp?.maxMessageSize ?? MAX_MESSAGE_BYTES;
    const size = typeof data === "string" ? new TextEncoder().encode(data).length : data.byteLength;
    if (size > most) throw new RoostError("too-large", "That message is too long.");
    const isPlain = to === undefined && protocol === "" && Object.keys(reliability).length === 0;
    if (this.#isOver) throw closed();
    // The server would drop it, or end the line.
    if (!this.#messages.has(1) || !this.#bytes.has(size)) throw tooFast();
    const key = isPlain ? label : JSON.stringify([label, to, protocol, reliability]);
    let channel = this.#outgoing.get(key);
    if (!channel) {
      const address = to === undefined ? protocol : [`to:${to}`, protocol].filter(Boolean).join(";");
      channel = new OutgoingChannel(label, { ...reliability, protocol: address });
      this.#outgoing.set(key, channel);
      if (this.#connection) channel.open(this.#connection);
    }
    channel.send(data);
    this.#messages.take(1);
    this.#bytes.take(size);
  }

  #receive(channel) {
    const address = /^(direct-)?from:([^;]*);?(.*)$/s.exec(channel.protocol);
    if (!address) return;
    channel.binaryType = "arraybuffer";
    channel.addEventListener("message", ({ data }) => this.dispatchEvent(new CustomEvent("message", {
      detail: {
        from: address[2], label: channel.label, protocol: address[3], data, isDirect: address[1] !== undefined,
      },
    })));
  }
}

/** A rate with room for bursts. Without numbers there is enough of everything. */
class Allowance {
  #rate = Infinity;
  #burst = Infinity;
  #left = Infinity;
  #at = 0;

  /** @param {number} [rate] a second @param {number} [burst] at once */
  set(rate = Infinity, burst = Infinity) {
    if (rate === this.#rate && burst === this.#burst) return;
    this.#rate = rate;
    this.#burst = burst;
    this.#left = burst;
    this.#at = performance.now();
  }

  has(count) {
    const now = performance.now();
    this.#left = Math.min(this.#burst, this.#left + ((now - this.#at) / 1000) * this.#rate);
    this.#at = now;
    return this.#left >= count;
  }

  take(count) {
    this.#left -= count;
  }
}

/** One channel of ours, whichever connection it is on now. */
class OutgoingChannel {
  #label;
  #options;
  #channel = null;
  #waiting = [];
  /** Called when the channel, which was open, has ended at the other end. */
  onClosed = null;

  constructor(label, options) {
    this.#label = label;
    this.#options = options;
  }

  open(connection) {
    const channel = connection.createDataChannel(this.#label, this.#options);
    this.#channel = channel;
    let wasOpen = false;
    channel.addEventListener("open", () => {
      wasOpen = true;
      if (channel !== this.#channel) return;
      for (const data of this.#waiting.splice(0)) channel.send(data);
    });
    channel.addEventListener("close", () => wasOpen && channel === this.#channel && this.onClosed?.());
  }

  detach() {
    this.#channel = null;
  }

  send(data) {
    const channel = this.#channel;
    if (channel?.readyState === "closing" || channel?.readyState === "closed") {
      throw closed();
    }
    if (channel?.readyState === "open") {
      if (channel.bufferedAmount > MOST_BUFFERED) throw tooFast();
      channel.send(data);
    } else {
      if (this.#waiting.length >= MOST_WAITING) throw tooFast();
      this.#waiting.push(data);
    }
  }
}

function closed() {
  return new RoostError("closed", "The server has closed this connection’s line for messages.");
}

function tooFast() {
  return new RoostError("too-fast", "Messages cannot be sent so fast; try again in a moment.");
}
