import { Wait, backoffDelay } from "./roost-backoff.js";
import { isFinal } from "./roost-errors.js";

/** Close codes after which the server does not want this client back by itself, and the reasons they stand for. */
export const FAREWELL_CODES = { 4000: "replaced", 4003: "rate-limited", 4004: "removed", 4006: "room-closed" };

/** Reasons for giving up that a working network undoes. */
const NETWORK_CODES = new Set(["connect-failed", "connection-lost", "timeout", "media-unreachable"]);

/**
 * Whether it makes sense to begin anew when the network comes back.
 * @param {string} reason why the client gave up
 */
export function isNetworkReason(reason) {
  return NETWORK_CODES.has(reason);
}

/** Tries to come back, again and again, until it works, the time is up, or the server has a final word. */
export class Recovery {
  #wait = new Wait();
  #current = null;
  #seconds;

  /** @param {number} seconds until the last failure is taken for an answer */
  constructor(seconds) {
    this.#seconds = seconds;
  }

  /** Whether it is at work. */
  get isRunning() {
    return this.#current !== null;
  }

  /**
   * @param {() => Promise<void>} attempt
   * @returns {Promise<{outcome: "back"|"failed"|"abandoned", error?: Error}>}
   */
  async run(attempt) {
    const current = (this.#current = {});
    const deadline = performance.now() + this.#seconds * 1000;
    for (let number = 0; ; number += 1) {
      await this.#wait.sleep(backoffDelay(number));
      if (current !== this.#current) return { outcome: "abandoned" };
      let error = null;
      try {
        await attempt();
      } catch (failure) {
        error = failure;
      }
      if (current !== this.#current) return { outcome: "abandoned" };
      if (!error || isFinal(error) || performance.now() > deadline) {
        this.#current = null;
        return error ? { outcome: "failed", error } : { outcome: "back" };
      }
    }
  }

  /** Tries now instead of waiting. */
  hurry() {
    this.#wait.wake();
  }

  /** Stops trying. */
  abandon() {
    this.#current = null;
    this.#wait.wake();
  }
}
