import { RoostError } from "./roost-errors.js";

/**
 * One WebSocket to the server: requests with their replies, events, and keep-alive.
 *
 * A socket is used once. What happens after it is lost is decided elsewhere, in RoostClient.
 *
 * Events: `message` (detail: the server's event), `close` (detail: `{code, reason}`).
 */
export class SignalingSocket extends EventTarget {
  #webSocket = null;
  #nextId = 1;
  #waiting = new Map();
  #keepAliveTimer = null;
  #lastHeard = 0;
  #closed = false;

  /** Whether messages can be sent now. */
  get isOpen() {
    return !this.#closed && this.#webSocket?.readyState === WebSocket.OPEN;
  }

  /**
   * Opens the connection.
   * @param {string} url a ws: or wss: address
   * @param {number} [timeout] milliseconds until the attempt counts as failed
   * @returns {Promise<void>} rejects with `connect-failed`
   */
  open(url, timeout = 8000) {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new RoostError("connect-failed", "The server cannot be reached."));
      let webSocket;
      try {
        webSocket = new WebSocket(url);
      } catch {
        fail();
        return;
      }
      this.#webSocket = webSocket;
      const timer = setTimeout(() => { fail(); this.#finish(1006, "no answer"); }, timeout);
      webSocket.onopen = () => { clearTimeout(timer); this.#lastHeard = performance.now(); resolve(); };
      webSocket.onmessage = (event) => this.#receive(event.data);
      webSocket.onclose = (event) => { clearTimeout(timer); fail(); this.#finish(event.code, event.reason); };
    });
  }

  /**
   * Sends a request and waits for the message that carries the same id.
   * @param {object} message without `id`
   * @param {number} [timeout] milliseconds
   * @returns {Promise<object>} the reply; rejects with the server's code, `timeout` or `connection-lost`
   */
  request(message, timeout = 10000) {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) {
        reject(new RoostError("connection-lost", "There is no connection to the server."));
        return;
      }
      const id = this.#nextId++;
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new RoostError("timeout", `The server did not answer "${message.type}" in time.`));
      }, timeout);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#webSocket.send(JSON.stringify({ ...message, id }));
    });
  }

  /**
   * Pings as the join reply asks for it, and closes the socket when nothing has been heard for too long.
   * @param {{intervalSeconds: number, timeoutSeconds: number}} keepAlive
   */
  keepAlive({ intervalSeconds = 5, timeoutSeconds = 15 } = {}) {
    clearInterval(this.#keepAliveTimer);
    this.#keepAliveTimer = setInterval(() => {
      const silence = performance.now() - this.#lastHeard;
      if (silence > timeoutSeconds * 1000) {
        this.close(4002, "no sign of life");
      } else if (this.isOpen) {
        // The pong itself says nothing new; whatever is heard counts.
        this.request({ type: "ping" }, timeoutSeconds * 1000).catch(() => {});
      }
    }, intervalSeconds * 1000);
  }

  /**
   * Closes the connection. The `close` event comes at once: a dead network would make us wait for minutes.
   * @param {number} [code]
   * @param {string} [reason]
   */
  close(code = 1000, reason = "") {
    try {
      this.#webSocket?.close(code, reason);
    } catch {
      // Closing before it was open: some engines throw, and it does not matter.
    }
    this.#finish(code, reason);
  }

  #receive(data) {
    this.#lastHeard = performance.now();
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    const waiting = message.id === undefined || message.id === null ? undefined : this.#waiting.get(message.id);
    if (!waiting) {
      // An answer that nobody waits for any more has an id: it is late, and dropped here.
      if (message.id === undefined || message.type === "error") {
        this.dispatchEvent(new CustomEvent("message", { detail: message }));
      }
      return;
    }
    this.#waiting.delete(message.id);
    clearTimeout(waiting.timer);
    if (message.type === "error") {
      const { code = "internal-error", message: text = "The server refused." } = message;
      waiting.reject(new RoostError(code, text, message));
    } else {
      waiting.resolve(message);
    }
  }

  #finish(code, reason) {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#keepAliveTimer);
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new RoostError("connection-lost", "The connection to the server was lost."));
    }
    this.#waiting.clear();
    this.dispatchEvent(new CustomEvent("close", { detail: { code, reason } }));
  }
}

/**
 * The ws: or wss: address that goes with an address of any kind.
 * @param {string|URL} url
 * @returns {string}
 */
export function socketAddress(url) {
  const address = new URL(url, globalThis.location?.href);
  address.protocol = address.protocol.replace(/^http/, "ws");
  return address.href;
}
