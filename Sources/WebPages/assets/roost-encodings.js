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

/**
 * A screen is sent sharp rather than smooth, and once more small: a page that changes takes many times what one that
 * stands takes, and who has no room for that then sees it smaller instead of not at all.
 */
export const SCREEN_ENCODINGS = [
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 400_000, maxFramerate: 5 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 2_500_000, maxFramerate: 15 },
];

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
 *
 * A picture with a mode of several spatial layers is one encoding that holds all sizes. One of a single spatial layer goes
 * for each encoding of simulcast. VP9 and AV1 name a mode in any case: without one Chromium would make three encodings of
 * VP9 into one stream of its own making.
 * @param {import("./roost-publications.js").Source} source
 * @param {MediaStreamTrack|null} track
 * @param {{videoCodec?: string, scalabilityMode?: string}} [choice]
 * @returns {RTCRtpEncodingParameters[]}
 */
export function encodingsFor(source, track, { videoCodec, scalabilityMode } = {}) {
  const encodings = source === "camera" ? cameraEncodings(track?.getSettings() ?? {})
    : OTHER_ENCODINGS[source].map((encoding) => ({ ...encoding }));
  if (source !== "camera" && source !== "screen") return encodings;
  const mode = scalabilityMode ?? (/^(vp9|av1)$/i.test(videoCodec ?? "") ? "L1T3" : undefined);
  if (!mode) return encodings;
  if (/^L1/.test(mode)) return encodings.map((encoding) => ({ ...encoding, scalabilityMode: mode }));
  const { maxBitrate } = encodings.at(-1);
  return [{ maxBitrate, scalabilityMode: mode }];
}

/**
 * Has a transceiver offer one codec only, where the browser can send it: of several the server would choose.
 * @param {RTCRtpTransceiver} transceiver
 * @param {string} [name] such as "VP9"
 */
export function offerOnly(transceiver, name) {
  const codecs = RTCRtpSender.getCapabilities("video")?.codecs ?? [];
  const isOf = (...names) => ({ mimeType }) => names.some((wanted) => mimeType.toLowerCase() === `video/${wanted}`);
  const chosen = name ? codecs.filter(isOf(name.toLowerCase())) : [];
  if (chosen.length > 0) transceiver.setCodecPreferences([...chosen, ...codecs.filter(isOf("rtx", "red", "ulpfec"))]);
}

/**
 * Fits the encodings of a sender to a camera of another size. How many there are was settled by the offer: those too
 * many for a small picture rest, and the picture's full size goes to the last that does not.
 * @param {RTCRtpSender} sender
 * @param {MediaStreamTrack} track
 * @param {string[]} [needed] the RIDs of those that somebody would show; the others rest
 * @returns {Promise<string[]>} the RIDs of those that are made of such a picture, whether they rest or not
 */
export async function fitEncodings(sender, track, needed) {
  const parameters = sender.getParameters();
  const wanted = encodingsFor("camera", track).slice(-parameters.encodings.length);
  const made = parameters.encodings.slice(0, wanted.length);
  let isNews = false;
  parameters.encodings.forEach((encoding, index) => {
    const { scaleResolutionDownBy = 1, maxBitrate } = wanted[index] ?? {};
    const isMade = index < wanted.length;
    const active = isMade && isNeeded(encoding, needed);
    isNews ||= encoding.active !== active || (encoding.scaleResolutionDownBy ?? 1) !== scaleResolutionDownBy;
    Object.assign(encoding, { active, scaleResolutionDownBy }, isMade ? { maxBitrate } : {});
  });
  if (isNews) await sender.setParameters(parameters);
  resting.set(sender, new Set(made.filter((encoding) => !isNeeded(encoding, needed)).map(({ rid }) => rid)));
  return made.map(({ rid }) => rid);
}

/** RIDs of encodings that have been put to rest here, by sender: those that rest for another reason stay so. */
const resting = new WeakMap();

/**
 * Lets the encodings rest that nobody would show, and wakes those that somebody would again.
 * @param {RTCRtpSender} sender
 * @param {string[]} needed RIDs
 * @returns {Promise<void>}
 */
export async function restEncodings(sender, needed) {
  const parameters = sender.getParameters();
  const rest = takeRest(sender, parameters, (encoding) => isNeeded(encoding, needed));
  if (rest.isNews) await rest.set();
}

/**
 * Marks in `parameters` which encodings rest. What was put to rest is noted once it is true: a browser may refuse.
 * @returns {{isNews: boolean, set: () => Promise<void>}}
 */
function takeRest(sender, parameters, isAwake) {
  const asleep = new Set(resting.get(sender));
  let isNews = false;
  for (const encoding of parameters.encodings) {
    if (encoding.active && !isAwake(encoding)) {
      asleep.add(encoding.rid);
      encoding.active = false;
      isNews = true;
    } else if (!encoding.active && isAwake(encoding) && asleep.delete(encoding.rid)) {
      encoding.active = true;
      isNews = true;
    }
  }
  const set = async () => {
    await sender.setParameters(parameters);
    resting.set(sender, asleep);
  };
  return { isNews, set };
}

/** What a sender was told to send before `restSpatialLayers` first made it less, by sender. */
const whole = new WeakMap();

/**
 * Lets the sizes within one stream rest that nobody would show, and wakes them when somebody would again. Where the browser
 * knows no modes, or the stream has one size, it is the whole stream or nothing.
 *
 * A mode of fewer spatial layers would have them share out the whole picture, so the picture is made smaller by as much.
 * @param {RTCRtpSender} sender
 * @param {number} count how many are needed, from the smallest; 0 for nothing at all
 * @returns {Promise<void>}
 */
export async function restSpatialLayers(sender, count) {
  const parameters = sender.getParameters();
  const [encoding] = parameters.encodings;
  if (parameters.encodings.length !== 1) return;
  const rest = takeRest(sender, parameters, () => count > 0);
  const { scalabilityMode, scaleResolutionDownBy = 1, maxBitrate } = whole.get(sender) ?? encoding;
  const step = scalabilityMode?.includes("h") ? 1.5 : 2;
  const layers = spatialLayersOf(scalabilityMode, sender.track, scaleResolutionDownBy, step);
  const left = layers - Math.min(Math.max(count, 1), layers);
  const mode = left > 0 ? modeOf(scalabilityMode, layers - left) : scalabilityMode;
  if (mode === encoding.scalabilityMode) {
    if (rest.isNews) await rest.set();
    return;
  }
  encoding.scalabilityMode = mode;
  encoding.scaleResolutionDownBy = scaleResolutionDownBy * step ** left;
  // About what the sizes of simulcast differ by.
  if (maxBitrate) encoding.maxBitrate = Math.round(maxBitrate / 3 ** left);
  await rest.set();
  if (left > 0) whole.set(sender, { scalabilityMode, scaleResolutionDownBy, maxBitrate });
  else whole.delete(sender);
}

/** The smallest picture that Chromium makes a spatial layer of: of a small camera it leaves out the lower ones. */
const SMALLEST_LAYER = { long: 240, short: 135 };

/** How many spatial layers are made of a track in a mode. */
function spatialLayersOf(mode, track, scale, step) {
  const { width = Infinity, height = Infinity } = track?.getSettings() ?? {};
  const room = Math.min(
    Math.max(width, height) / SMALLEST_LAYER.long, Math.min(width, height) / SMALLEST_LAYER.short) / scale;
  const named = Number(/^[LS]([23])T/.exec(mode ?? "")?.[1] ?? 1);
  // A little less than a whole step does for sizes that were rounded.
  return Math.max(1, Math.min(named, Math.floor(Math.log(room * 1.01) / Math.log(step)) + 1));
}

/** A mode with fewer spatial layers: of one there are no dependencies between layers to choose. */
function modeOf(mode, layers) {
  const [, kind, temporal, rest] = /^([LS])\d(T\d)(.*)$/.exec(mode);
  return layers > 1 ? `${kind}${layers}${temporal}${rest}` : `L1${temporal}`;
}

function isNeeded({ rid }, needed) {
  return !needed || rid === undefined || needed.includes(rid);
}
