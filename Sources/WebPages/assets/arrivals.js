import { toast } from "./toasts.js";

/** Those who come within this time are named together, in milliseconds. */
const TOGETHER = 700;

let names = [];
let timer = null;

/**
 * Tells that somebody came in; a whole class that arrives at once gets one notice.
 * @param {string} name
 */
export function tellArrival(name) {
  names.push(name);
  clearTimeout(timer);
  timer = setTimeout(() => {
    toast(`${list(names)} came in.`, { key: "arrivals" });
    names = [];
  }, TOGETHER);
}

/** Forgets whoever has not been told of. */
export function forgetArrivals() {
  clearTimeout(timer);
  names = [];
}

function list(all) {
  if (all.length === 1) return all[0];
  if (all.length <= 3) return `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
  return `${all[0]}, ${all[1]} and ${all.length - 2} others`;
}
