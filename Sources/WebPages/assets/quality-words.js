/** The quality of a connection as people say it. */

const REASONS = {
  disconnected: "sound and picture are cut off",
  "no-media": "no sound or picture gets through",
  "uplink-loss": "losing packets on the way up",
  "downlink-loss": "losing packets on the way down",
  "high-round-trip": "long delays",
  jitter: "uneven delays",
  "low-bandwidth": "too little bandwidth",
};

/**
 * What to say of a connection, or null while it is fair or better.
 * @param {import("./roost-participants.js").Quality} [quality]
 * @returns {string|null}
 */
export function describeQuality(quality) {
  if (quality?.level !== "poor" && quality?.level !== "lost") return null;
  return `${quality.level === "lost" ? "Connection lost" : "Poor connection"}${colonAnd(quality.reasons)}`;
}

/**
 * The same of one's own.
 * @param {import("./roost-participants.js").Quality} [quality]
 * @returns {string|null}
 */
export function describeOwnQuality(quality) {
  if (quality?.level === "poor") return `Your connection is poor${colonAnd(quality.reasons)}.`;
  if (quality?.level === "lost") return "Nothing of your sound and picture gets through at the moment.";
  return null;
}

/** Two reasons are enough; codes of a newer server have no words. */
function colonAnd(reasons = []) {
  const words = reasons.map((reason) => REASONS[reason]).filter(Boolean).slice(0, 2);
  return words.length ? `: ${words.join(" and ")}` : "";
}
