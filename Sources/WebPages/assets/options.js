/**
 * What the address of the page presets. docs/client-library.md, "Parameters of the page", lists them.
 * @typedef {object} PageOptions
 * @property {string} name
 * @property {string} room
 * @property {boolean} autojoin go straight in, without the lobby
 * @property {boolean} camera whether the camera is wanted
 * @property {boolean} microphone
 * @property {number} [width] of the camera picture
 * @property {number} [height]
 * @property {number} [fps]
 * @property {number} [pairs] receive pairs of the first offer
 * @property {boolean} relay only through TURN
 * @property {string} [videoCodec] of the camera
 * @property {string} [scalabilityMode] of the camera
 */

/**
 * @param {URL|Location} address
 * @returns {PageOptions}
 */
export function readOptions(address) {
  const query = new URLSearchParams(address.search);
  const number = (key) => {
    const value = Number.parseInt(query.get(key) ?? "", 10);
    return value > 0 ? value : undefined;
  };
  return {
    name: query.get("name") ?? "",
    room: roomOfPath(address.pathname) || query.get("room") || "",
    autojoin: query.get("autojoin") === "1",
    camera: query.get("cam") !== "0",
    microphone: query.get("mic") !== "0",
    width: number("width"),
    height: number("height"),
    fps: number("fps"),
    pairs: number("pairs"),
    relay: query.get("relay") === "1",
    videoCodec: query.get("codec") ?? undefined,
    scalabilityMode: query.get("mode") ?? undefined,
  };
}

/** The address under which others reach a room. */
export function linkOf(room) {
  return new URL(`/room/${encodeURIComponent(room)}`, window.location.href).href;
}

function roomOfPath(path) {
  const match = /^\/room\/([^/]+)\/?$/.exec(path);
  if (!match) return "";
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return match[1];
  }
}
