import { toast } from "./toasts.js";

/** Those who come, or go, within this time are named together, in milliseconds. */
const TOGETHER = 700;

/** Gathers the names of those to whom the same happens, so that a whole class gets one notice. */
class Gathering {
  #key;
  #word;
  #names = [];
  #timer = null;

  constructor(key, word) {
    this.#key = key;
    this.#word = word;
  }

  add(name) {
    this.#names.push(name);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      toast(`${list(this.#names)} ${this.#word}.`, { key: this.#key });
      this.#names = [];
    }, TOGETHER);
  }

  forget() {
    clearTimeout(this.#timer);
    this.#names = [];
  }
}

const arrivals = new Gathering("arrivals", "came in");
const departures = new Gathering("departures", "left");

/** Tells that somebody came in. @param {string} name */
export const tellArrival = (name) => arrivals.add(name);

/** Tells that somebody left. @param {string} name */
export const tellDeparture = (name) => departures.add(name);

/** Forgets whoever has not been told of. */
export function forgetComings() {
  arrivals.forget();
  departures.forget();
}

function list(all) {
  if (all.length === 1) return all[0];
  if (all.length <= 3) return `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
  return `${all[0]}, ${all[1]} and ${all.length - 2} others`;
}
