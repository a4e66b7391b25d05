/**
 * What can keep a microphone or camera from working, and how to say it.
 * @typedef {"blocked"|"none"|"busy"|"insecure"|"unplugged"|"unknown"} DeviceProblem
 */

/**
 * The problem behind a failed getUserMedia.
 * @param {Error} error
 * @returns {DeviceProblem}
 */
export function problemOf(error) {
  switch (error.name) {
    case "NotAllowedError":
    case "SecurityError":
      return "blocked";
    case "NotFoundError":
    case "OverconstrainedError":
      return "none";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "unknown";
  }
}

const SENTENCES = {
  blocked: (what, isPair) =>
    `Your browser blocks the ${what}. Allow ${isPair ? "them" : "it"} with the icon in the address bar, then try again.`,
  none: (what, isPair) => isPair ? "Neither camera nor microphone was found." : `No ${what} was found.`,
  busy: (what, isPair) =>
    `The ${what} ${isPair ? "are" : "is"} in use by another program, or ${isPair ? "do" : "does"} not answer.`,
  insecure: (what) => `Browsers give the ${what} only to pages with https. Ask for this server’s https address.`,
  unplugged: (what, isPair) => `The ${what} ${isPair ? "were" : "was"} unplugged.`,
  unknown: (what) => `The ${what} could not be started.`,
};

const BOTH = "camera and microphone";

/**
 * One sentence on one problem.
 * @param {DeviceProblem} problem
 * @param {string} what "camera", "microphone" or "camera and microphone"
 * @returns {string}
 */
export function sentenceOf(problem, what) {
  return SENTENCES[problem](what, what === BOTH);
}

/**
 * One sentence, or two, on everything that is wrong, or null when nothing is.
 * @param {DeviceProblem|null} microphone
 * @param {DeviceProblem|null} camera
 * @returns {string|null}
 */
export function describeProblems(microphone, camera) {
  if (microphone && microphone === camera) return sentenceOf(microphone, BOTH);
  const sentences = [];
  if (camera) sentences.push(sentenceOf(camera, "camera"));
  if (microphone) sentences.push(sentenceOf(microphone, "microphone"));
  return sentences.join(" ") || null;
}
