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
  blocked: (what) => `Your browser blocks the ${what}. Allow it with the icon in the address bar, then try again.`,
  none: (what) => `No ${what} was found.`,
  busy: (what) => `The ${what} is in use by another program, or does not answer.`,
  insecure: (what) => `Browsers give the ${what} only to pages with https. Ask for this server's https address.`,
  unplugged: (what) => `The ${what} was unplugged.`,
  unknown: (what) => `The ${what} could not be started.`,
};

/**
 * One sentence on one problem.
 * @param {DeviceProblem} problem
 * @param {string} what "camera", "microphone" or "camera and microphone"
 * @returns {string}
 */
export function sentenceOf(problem, what) {
  const sentence = SENTENCES[problem](what);
  return what.includes(" and ") && problem === "none" ? "Neither camera nor microphone was found." : sentence.replace(
    what.includes(" and ") ? /Allow it/ : /$^/, "Allow them");
}

/**
 * One sentence, or two, on everything that is wrong, or null when nothing is.
 * @param {DeviceProblem|null} microphone
 * @param {DeviceProblem|null} camera
 * @returns {string|null}
 */
export function describeProblems(microphone, camera) {
  if (microphone && microphone === camera) return sentenceOf(microphone, "camera and microphone");
  const sentences = [];
  if (camera) sentences.push(sentenceOf(camera, "camera"));
  if (microphone) sentences.push(sentenceOf(microphone, "microphone"));
  return sentences.join(" ") || null;
}
