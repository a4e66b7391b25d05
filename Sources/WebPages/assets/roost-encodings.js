/**
 * How each source is encoded. A camera is sent in up to three sizes at once (simulcast), so that the server can give
 * each receiver the one that fits; how many depends on how large its picture is.
 */

/**
 * From this many pixels on a picture is sent in so many sizes, as Chromium has it: of more encodings than that it leaves
 * out the *last*, the large ones. Three of a 640x360 camera would therefore never be seen larger than 320x180.
 * Smallest size first; bit rates in bit/s for 30 frames a second.
 */
const CAMERA_SIZES = [
  { pixels: 960 * 540, encodings: [
    { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
    { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000 },
    { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
  ] },
  { pixels: 480 * 270, encodings: [
    { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 200_000 },
    { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 700_000 },
  ] },
  { pixels: 0, encodings: [{ rid: "f", scaleResolutionDownBy: 1, maxBitrate: 350_000 }] },
];

/** A screen is sent once, sharp rather than smooth. */
export const SCREEN_ENCODINGS = [{ maxBitrate: 2_500_000, maxFramerate: 15 }];

const OTHER_ENCODINGS = {
  microphone: [{ maxBitrate: 48_000, priority: "high" }],
  screen: SCREEN_ENCODINGS,
  "screen-audio": [{ maxBitrate: 96_000 }],
};

/**
 * The encodings of a camera picture. A size that is not known counts as large.
 * @param {{width?: number, height?: number}} size
 * @returns {RTCRtpEncodingParameters[]}
 */
export function cameraEncodings({ width, height }) {
  const pixels = width && height ? width * height : Infinity;
  return CAMERA_SIZES.find((size) => pixels >= size.pixels).encodings.map((encoding) => ({ ...encoding }));
}

/**
 * The encodings that a source's track should be sent in.
 * @param {import("./roost-publications.js").Source} source
 * @param {MediaStreamTrack|null} track
 * @returns {RTCRtpEncodingParameters[]}
 */
export function encodingsFor(source, track) {
  if (source === "camera") return cameraEncodings(track?.getSettings() ?? {});
  return OTHER_ENCODINGS[source].map((encoding) => ({ ...encoding }));
}

/**
 * Fits the encodings of a sender to a camera of another size. How many there are was settled by the offer: those too
 * many for a small picture rest, and the picture's full size goes to the last that does not.
 * @param {RTCRtpSender} sender
 * @param {MediaStreamTrack} track
 * @param {string[]} [needed] the RIDs of those that somebody would show; the others rest
 * @returns {Promise<void>}
 */
export async function fitEncodings(sender, track, needed) {
  const parameters = sender.getParameters();
  const wanted = encodingsFor("camera", track).slice(-parameters.encodings.length);
  let isNews = false;
  parameters.encodings.forEach((encoding, index) => {
    const { scaleResolutionDownBy = 1, maxBitrate } = wanted[index] ?? {};
    const isWanted = index < wanted.length;
    const active = isWanted && isNeeded(encoding, needed);
    isNews ||= encoding.active !== active || (encoding.scaleResolutionDownBy ?? 1) !== scaleResolutionDownBy;
    Object.assign(encoding, { active, scaleResolutionDownBy }, isWanted ? { maxBitrate } : {});
  });
  if (isNews) await sender.setParameters(parameters);
}

/** RIDs of encodings that `restEncodings` has put to rest, by sender: those that rest for another reason stay so. */
const resting = new WeakMap();

/**
 * Lets the encodings rest that nobody would show, and wakes those that somebody would again.
 * @param {RTCRtpSender} sender
 * @param {string[]} needed RIDs
 * @returns {Promise<void>}
 */
export async function restEncodings(sender, needed) {
  const parameters = sender.getParameters();
  const asleep = resting.get(sender) ?? new Set();
  let isNews = false;
  for (const encoding of parameters.encodings) {
    if (encoding.active && !isNeeded(encoding, needed)) {
      asleep.add(encoding.rid);
      encoding.active = false;
      isNews = true;
    } else if (!encoding.active && isNeeded(encoding, needed) && asleep.delete(encoding.rid)) {
      encoding.active = true;
      isNews = true;
    }
  }
  resting.set(sender, asleep);
  if (isNews) await sender.setParameters(parameters);
}

function isNeeded({ rid }, needed) {
  return !needed || rid === undefined || needed.includes(rid);
}
