/**
 * What this client does with the pictures that it receives: how large each is shown, and whether at all. The server sends
 * what is of use, and nothing of what nobody looks at.
 */

/** Changes within this time go out together, in milliseconds: a layout glides to its new shape. */
const DEBOUNCE = 200;
/**
 * A picture may be sent so many times as large as it is drawn: just less than the step from one layer to the next, so that
 * the smallest that need not be blown up is sent.
 */
const TOLERANCE = 1.9;
/** More pixels than this for each CSS pixel are not seen in a face. */
const MOST_PIXELS_PER_PIXEL = 2;
/** Sizes are told in steps of so many pixels, so that a wobble is no news. */
const STEP = 30;
/**
 * A page may be in the background for so long, in milliseconds, before its pictures count as unseen: a glance at another
 * tab costs neither a keyframe nor a pause.
 */
const GLANCE = 5000;
/** Whether this browser says what is shown picture in picture, over other windows and while its page is hidden. */
const TELLS_PICTURE_IN_PICTURE = "pictureInPictureElement" in (globalThis.Document?.prototype ?? {});
/** Which source's picture each kind shows. */
const SOURCES = { person: "camera", screen: "screen" };

export class Subscriptions {
  /** By `participant/kind`: `{element, width, height, isVisible, isPaused}`. */
  #entries = new Map();
  #keys = new WeakMap();
  /** By track: what the server was told last, as JSON. */
  #told = new Map();
  #toldStage = "[]";
  #stage = [];
  /** The most cameras to receive; null for as many as there are slots. */
  #lastN = null;
  #toldLastN = null;
  #assigned = [];
  #send;
  #timer = 0;
  #sizes;
  #views;
  /** Whether something lies over all pictures. */
  #isCovered = false;
  /** Whether the page is in the background, for longer than a glance. */
  #isAway = false;
  #awayTimer = 0;
  #listening = new AbortController();

  /** @param {(settings: {tracks: object[], onStage?: string[], lastN?: number|null}) => Promise<void>} send rejects when it was not taken */
  constructor(send) {
    this.#send = send;
    // Where there is no layout, every picture counts as shown in any size.
    if (!globalThis.ResizeObserver || !globalThis.IntersectionObserver) return;
    this.#sizes = new ResizeObserver((changes) => {
      for (const { target, contentRect: { width, height } } of changes) this.#note(target, { width, height });
    });
    this.#views = new IntersectionObserver((changes) => {
      for (const { target, isIntersecting } of changes) this.#note(target, { isVisible: isIntersecting });
    });
    const { signal } = this.#listening;
    document.addEventListener("visibilitychange", () => this.#noteBackground(), { signal });
    for (const type of ["enterpictureinpicture", "leavepictureinpicture"]) {
      document.addEventListener(type, () => this.#schedule(), { signal });
    }
    this.#noteBackground();
  }

  /** Follows the size and the visibility of the element that shows a picture; null stops that. */
  watch(element, participantId, kind) {
    const key = `${participantId}/${kind}`;
    if (!element && !this.#entries.has(key)) return;
    const entry = this.#entry(key);
    if (entry.element === element) return;
    if (entry.element) {
      this.#sizes?.unobserve(entry.element);
      this.#views?.unobserve(entry.element);
      this.#keys.delete(entry.element);
    }
    Object.assign(entry, { element, width: undefined, height: undefined, isVisible: true });
    if (element) {
      this.#keys.set(element, key);
      this.#sizes?.observe(element);
      this.#views?.observe(element);
    } else if (!entry.isPaused) {
      this.#entries.delete(key);
    }
    this.#schedule();
  }

  /** Pauses what is received of a participant, sound and picture, or goes on. */
  setPaused(participantId, kind, isPaused) {
    this.#entry(`${participantId}/${kind}`).isPaused = isPaused;
    this.#schedule();
  }

  /** Says who is in the large picture, the most important first. */
  setStage(participantIds) {
    this.#stage = [...participantIds];
    this.#schedule();
  }

  /** Says how many cameras are received at most, null for as many as there are slots. */
  setLastN(count) {
    this.#lastN = count;
    this.#schedule();
  }

  /** Says whether something lies over all pictures. */
  setCovered(isCovered) {
    if (this.#isCovered === isCovered) return;
    this.#isCovered = isCovered;
    this.#schedule();
  }

  /** Takes over what is received now. */
  setAssigned(assigned) {
    this.#assigned = assigned;
    const tracks = new Set(assigned.map(({ track }) => track));
    for (const track of this.#told.keys()) if (!tracks.has(track)) this.#told.delete(track);
    this.#schedule();
  }

  /** Tells everything anew: the server may have forgotten it. */
  restart() {
    this.#told.clear();
    this.#toldStage = "[]";
    // Unknown, unless it never was anything but the default.
    if (this.#toldLastN !== null) this.#toldLastN = undefined;
    this.#schedule();
  }

  /** Forgets everything. */
  clear() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    for (const { element } of this.#entries.values()) {
      if (!element) continue;
      this.#sizes?.unobserve(element);
      this.#views?.unobserve(element);
    }
    this.#entries.clear();
    this.#told.clear();
    this.#toldStage = "[]";
    this.#stage = [];
    this.#lastN = null;
    this.#toldLastN = null;
    this.#assigned = [];
    this.#isCovered = false;
  }

  /** Stops looking at the page. */
  close() {
    this.#listening.abort();
    clearTimeout(this.#awayTimer);
  }

  #noteBackground() {
    clearTimeout(this.#awayTimer);
    if (document.hidden) {
      this.#awayTimer = setTimeout(() => this.#setAway(true), GLANCE);
    } else if (this.#isAway) {
      this.#setAway(false);
    }
  }

  /** Without the wait for a layout to settle: it has not changed, and somebody looks. */
  #setAway(isAway) {
    this.#isAway = isAway;
    clearTimeout(this.#timer);
    this.#tell();
  }

  #entry(key) {
    if (!this.#entries.has(key)) this.#entries.set(key, { element: null, isVisible: true, isPaused: false });
    return this.#entries.get(key);
  }

  #note(element, change) {
    const entry = this.#entries.get(this.#keys.get(element));
    if (!entry) return;
    Object.assign(entry, change);
    this.#schedule();
  }

  #schedule() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(), DEBOUNCE);
  }

  /** Sends what the server does not know yet. What is not taken is told again with the next change, or a resumption. */
  #tell() {
    this.#timer = 0;
    const news = new Map();
    for (const { track, participant, source } of this.#assigned) {
      const settings = this.#settingsOf(participant, source);
      const text = JSON.stringify(settings);
      if (text !== (this.#told.get(track) ?? "{}")) news.set(track, { settings, text });
    }
    const stage = JSON.stringify(this.#stage);
    const isOtherStage = stage !== this.#toldStage;
    const lastN = this.#lastN;
    const isOtherLastN = lastN !== this.#toldLastN;
    if (news.size === 0 && !isOtherStage && !isOtherLastN) return;
    for (const [track, { text }] of news) this.#told.set(track, text);
    this.#toldStage = stage;
    this.#toldLastN = lastN;
    const tracks = [...news].map(([track, { settings }]) => ({ track, ...settings }));
    const limits = { ...(isOtherStage ? { onStage: this.#stage } : {}), ...(isOtherLastN ? { lastN } : {}) };
    this.#send({ tracks, ...limits }).catch(() => {
      for (const [track, { text }] of news) if (this.#told.get(track) === text) this.#told.delete(track);
      if (this.#toldStage === stage) this.#toldStage = "[]";
      if (isOtherLastN && this.#toldLastN === lastN) this.#toldLastN = undefined;
    });
  }

  /** The settings of one track; fields that say nothing are left out. */
  #settingsOf(participant, source) {
    const kind = source.startsWith("screen") ? "screen" : "person";
    const entry = this.#entries.get(`${participant}/${kind}`);
    const settings = {};
    if (!entry) return settings;
    if (entry.isPaused) settings.paused = true;
    if (source !== SOURCES[kind] || !entry.element || entry.width === undefined) return settings;
    // In a window of its own it is seen whatever becomes of the page, and has another size than in it.
    if (isApart(entry.element)) return settings;
    const isSeen = entry.isVisible && !this.#isCovered && entry.width >= 1 && entry.height >= 1;
    if (!isSeen || (this.#isAway && TELLS_PICTURE_IN_PICTURE)) settings.visible = false;
    // It may be shown picture in picture all the same: then small and moving is better than frozen.
    else settings.maxHeight = this.#isAway ? STEP : heightFor(entry);
    return settings;
  }
}

/** Whether a picture is in a window of its own: picture in picture, alone or with its element. */
function isApart(element) {
  const { ownerDocument } = element;
  return ownerDocument !== document || element.contains(ownerDocument.pictureInPictureElement ?? null);
}

/**
 * The shorter side, in device pixels, of the largest picture that is of use in an element: the element may crop it, so the
 * picture is taken for one of 16:9 that covers it.
 */
function heightFor({ width, height }) {
  const [long, short] = width > height ? [width, height] : [height, width];
  const drawn = Math.max(short, (long * 9) / 16);
  const pixels = drawn * Math.min(globalThis.devicePixelRatio || 1, MOST_PIXELS_PER_PIXEL) * TOLERANCE;
  return Math.max(STEP, Math.floor(pixels / STEP) * STEP);
}
