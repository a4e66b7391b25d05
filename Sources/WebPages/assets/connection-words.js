/** The state of the connection as people say it. */

/**
 * @param {{state: string, signaling: string, media: string}} status the detail of the client's `state` event
 * @returns {{word: string, tone: "good"|"waiting"|"bad", hint: string|null}} `hint` is one more sentence
 */
export function describeConnection({ state, signaling, media }) {
  switch (state) {
    case "connected":
      return { word: "Connected", tone: "good", hint: null };
    case "reconnecting":
      return {
        word: "Reconnecting…",
        tone: "waiting",
        hint: media === "up" && signaling !== "open"
          ? "The line to the server was interrupted. You can still be seen and heard."
          : "The connection was interrupted. You will be back by yourself.",
      };
    case "lost":
      return { word: "Connection lost", tone: "bad", hint: null };
    case "left":
      return { word: "Left", tone: "bad", hint: null };
    default:
      return { word: "Connecting…", tone: "waiting", hint: null };
  }
}

const LOST = {
  replaced: "You joined this room from another tab or device, and that one took your seat.",
  removed: "You were removed from the room.",
  "keep-alive-timeout": "The server has not heard from this browser for too long.",
  "room-closed": "The room was closed.",
  "server-shutdown": "The server was shut down.",
  "rate-limited": "This browser sent more messages than the server allows.",
  "room-full": "The room is full now.",
  "room-not-found": "The room is gone.",
  "media-unreachable":
    "The server answers, but no sound or picture gets through. A firewall on this network may be blocking it.",
};

/** Reasons with which an operator may have sent a sentence of their own. */
const BY_OPERATOR = new Set(["removed", "room-closed"]);

/**
 * Why a connection was given up, as a sentence.
 * @param {string|null} reason
 * @param {string|null} message what the server said about it
 * @returns {string}
 */
export function describeLoss(reason, message) {
  if (BY_OPERATOR.has(reason) && message) return message;
  return LOST[reason] ?? message ?? "The server cannot be reached. Check your network, then try again.";
}

/** What happened to somebody who is no longer there. */
export function describeDeparture(name, reason) {
  if (reason === "connection-lost" || reason === "media-failed") return `${name} lost the connection.`;
  return reason === "removed" ? `${name} was removed.` : `${name} left.`;
}
