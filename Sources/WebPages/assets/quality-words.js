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

const LEVELS = { fair: "Fair connection", poor: "Poor connection", lost: "Connection lost" };

/**
 * What to say of a connection where there is room for little: on a tile. Null while it is fair or better.
 * @param {import("./roost-participants.js").Quality} [quality]
 * @returns {string|null}
 */
export function describeQuality(quality) {
  return quality?.level === "fair" ? null : describeQualityFully(quality);
}

/**
 * The same where there is room: in the list of people. Null while it is good.
 * @param {import("./roost-participants.js").Quality} [quality]
 * @returns {string|null}
 */
export function describeQualityFully(quality) {
  const words = LEVELS[quality?.level];
  return words ? `${words}${colonAnd(quality.reasons)}` : null;
}

/**
 * The score as it is written: from 1.0 to 5.0; null while none is known.
 * @param {import("./roost-participants.js").Quality} [quality]
 * @returns {string|null}
 */
export function writeScore(quality) {
  return typeof quality?.score === "number" ? quality.score.toFixed(1) : null;
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
