const MOODS = [
  "amber", "autumn", "breezy", "bright", "calm", "cedar", "clever", "copper", "cosy", "early", "gentle", "golden",
  "hazel", "kind", "maple", "merry", "misty", "mossy", "quiet", "russet", "sunny", "velvet", "warm", "willow",
];
const BIRDS = [
  "avocet", "bunting", "chough", "dipper", "dove", "finch", "heron", "hoopoe", "jay", "lark", "linnet", "magpie",
  "martin", "oriole", "owl", "plover", "robin", "siskin", "starling", "swift", "tern", "thrush", "wagtail", "wren",
];
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";

/** A room name that is easy to say, like `amber-wren-k3f9xq`; the last part keeps strangers from guessing it. */
export function inventRoomName() {
  const random = crypto.getRandomValues(new Uint32Array(8));
  const suffix = [...random.slice(2)].map((value) => LETTERS[value % LETTERS.length]).join("");
  return `${MOODS[random[0] % MOODS.length]}-${BIRDS[random[1] % BIRDS.length]}-${suffix}`;
}

/** Whether the server takes this as the name of a room (docs/signaling-protocol.md, "create-room"). */
export function isRoomName(text) {
  return /^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$/.test(text);
}

/** What somebody probably meant: spaces become hyphens, a pasted link becomes its room. */
export function tidyRoomName(text) {
  const link = /\/room\/([^/?#]+)/.exec(text);
  return (link ? decodeURIComponent(link[1]) : text).trim().replace(/\s+/g, "-");
}
