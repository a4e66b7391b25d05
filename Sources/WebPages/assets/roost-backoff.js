/** How long to wait before each attempt to come back, in milliseconds; the last step repeats. */
const LADDER = [0, 300, 1200, 2700, 4800, 7000];

/**
 * The wait before attempt number `attempt` (0 is the first), in milliseconds. Up to a quarter is added by chance, so
 * that a whole room that lost its server does not come back in the same instant.
 * @param {number} attempt
 * @param {() => number} [random] returns 0 ≤ x < 1
 * @returns {number}
 */
export function backoffDelay(attempt, random = Math.random) {
  const step = LADDER[Math.min(attempt, LADDER.length - 1)];
  return Math.round(step + random() * Math.max(step, 200) * 0.25);
}

/** A wait that can be cut short, because the network has come back or because nobody is interested any more. */
export class Wait {
  #timer;
  #finish;

  /**
   * Resolves after `milliseconds`, or as soon as `wake()` is called.
   * @param {number} milliseconds
   * @returns {Promise<void>}
   */
  sleep(milliseconds) {
    this.wake();
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#timer = setTimeout(resolve, milliseconds);
    });
  }

  /** Ends the wait now. */
  wake() {
    clearTimeout(this.#timer);
    this.#finish?.();
    this.#finish = undefined;
  }
}
