/**
 * A request that failed, or a connection that could not be kept.
 *
 * `code` is stable and meant for programs: one of the server's codes (docs/signaling-protocol.md, "Errors"), or one of
 * the client's own: `connection-lost`, `connect-failed`, `timeout`, `not-joined`, `not-accepted`, `media-unreachable`,
 * `superseded`, `closed`, `too-large`, `too-fast`.
 * `message` is a sentence meant for people.
 */
export class RoostError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {object} [details] anything that helps to understand this one failure
   */
  constructor(code, message, details = {}) {
    super(message);
    this.name = "RoostError";
    this.code = code;
    this.details = details;
  }
}

/** Codes after which trying again by itself cannot help: a person has to change something first. */
const FINAL_CODES = new Set([
  "already-joined", "bad-message", "bad-name", "bad-room-name", "bad-sdp", "bad-offer", "room-full", "room-not-found",
  "unknown-type",
]);

/**
 * Whether an error is one that will come back however often the same request is made.
 * @param {unknown} error
 * @returns {boolean}
 */
export function isFinal(error) {
  return error instanceof RoostError && FINAL_CODES.has(error.code);
}

/**
 * Swallows the failure of a change that was made while the connection is interrupted: it is made up for when that is
 * back. Any other error is thrown on.
 * @param {RoostError} error
 */
export function ignoreInterruption(error) {
  if (!["connection-lost", "timeout", "closed"].includes(error.code)) throw error;
}
