/** The state of the connection as people say it. */
import { RoostError } from "./roost-client.js";

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

/** Failures to join in words of this page; the server's own sentences on other codes are meant for people as well. */
const REFUSED = {
  "connect-failed": "The server cannot be reached. Check your network, then try again.",
  "connection-lost": "The connection to the server broke off. Try again.",
  timeout: "The server does not answer. Try again in a moment.",
  "room-not-found": "There is no room of this name. Check the link that you were given.",
  "not-allowed": "There is no room of this name. Check the link that you were given.",
  draining: "The server is about to be restarted. Try again in a minute.",
};

/**
 * Why somebody could not come in, as a sentence.
 * @param {Error} error
 * @returns {string}
 */
export function describeRefusal(error) {
  if (typeof RTCPeerConnection === "undefined") {
    return "This browser cannot make calls. Firefox, Chrome, Edge and Safari can.";
  }
  if (!(error instanceof RoostError)) {
    return `Something went wrong in this browser. Reload the page, then try again. (${error.message})`;
  }
  return REFUSED[error.code] ?? error.message;
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
    "The server answers, but no sound or picture gets through. A firewall may be in the way: try another network.",
};

/** Where it was somebody's decision, and not the network. */
const TITLES = {
  replaced: "You joined from elsewhere",
  removed: "You were removed",
  "room-closed": "The call is over",
};

/**
 * The heading over that sentence, and whether it was somebody's decision that one is out.
 * @param {string|null} reason
 * @returns {{title: string, isMeant: boolean}}
 */
export function titleOfLoss(reason) {
  return { title: TITLES[reason] ?? "You are disconnected", isMeant: reason in TITLES };
}

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

/** What happened to somebody who is no longer there; null when they simply left. */
export function describeTrouble(name, reason) {
  if (reason === "connection-lost" || reason === "media-failed") return `${name} lost the connection.`;
  return reason === "removed" ? `${name} was removed.` : null;
}
