import { planFloor } from "./floor-plan.js";
import { element } from "./markup.js";

/** Between tiles, CSS pixels: less on a phone. */
const gapFor = (width) => (width < 600 ? 8 : 12);

/**
 * The tiles of the room and where they stand. Tiles are never moved in the document, only placed: a video element that
 * is moved stops for a moment.
 */
export class Floor {
  /** @type {Map<string, import("./tile.js").Tile>} */
  #tiles = new Map();
  #list = element("ul", { class: "tiles" });
  #extra = null;
  #pinned = null;
  #node;
  #scheduled = 0;
  #onStageChange;
  #onPin;
  #lastStage = null;

  /**
   * @param {HTMLElement} node
   * @param {object} [news]
   * @param {(key: string|null) => void} [news.onStageChange] when another tile, or none, is on the stage
   * @param {() => void} [news.onPin] when a tile was put there by hand, or taken off again
   */
  constructor(node, { onStageChange, onPin } = {}) {
    this.#node = node;
    this.#onStageChange = onStageChange;
    this.#onPin = onPin;
    node.replaceChildren(this.#list);
    new ResizeObserver(() => this.#place({ glides: false })).observe(node);
  }

  /** The tile of a key, or undefined. */
  get(key) {
    return this.#tiles.get(key);
  }

  /** Adds a tile; one's own stays the last. */
  add(key, tile) {
    this.#tiles.set(key, tile);
    this.#list.append(tile.node);
    const self = this.#tiles.get("self");
    if (self && key !== "self") this.#list.append(self.node);
    this.refresh();
  }

  /** Removes a tile. */
  remove(key) {
    this.#tiles.get(key)?.remove();
    this.#tiles.delete(key);
    if (this.#pinned === key) this.#pinned = null;
    this.refresh();
  }

  /** Removes everything. */
  clear() {
    for (const key of [...this.#tiles.keys()]) this.remove(key);
    this.setExtra(null);
  }

  /** A card that stands among the tiles without being one. */
  setExtra(node) {
    if (this.#extra === node) return;
    this.#extra?.remove();
    this.#extra = node;
    if (node) this.#node.append(node);
    this.refresh();
  }

  /** The key of the tile that was put on the stage by hand, or null. */
  get pinned() {
    return this.#pinned;
  }

  /** Puts a tile on the stage by hand, or takes it off again. */
  togglePin(key) {
    this.#pinned = this.#pinned === key ? null : key;
    this.#onPin?.();
    this.refresh();
  }

  /** Places everything before the next frame. */
  refresh() {
    this.#scheduled ||= requestAnimationFrame(() => this.#place());
  }

  /** The key of the tile on the stage: the pinned one, else the latest screen. */
  get onStage() {
    if (this.#pinned && this.#tiles.has(this.#pinned)) return this.#pinned;
    return [...this.#tiles.keys()].findLast((key) => this.#tiles.get(key).kind === "screen") ?? null;
  }

  /**
   * Tiles glide to a new place when somebody comes or goes. When the floor itself has another size, because the list of
   * people opened beside it or the window changed, it has it at once, and tiles still on their way would stand cut off
   * at its edge.
   */
  #place({ glides = true } = {}) {
    cancelAnimationFrame(this.#scheduled);
    this.#scheduled = 0;
    this.#list.classList.toggle("gliding", glides);
    const { clientWidth: width, clientHeight: height } = this.#node;
    if (width === 0 || height === 0) return;
    const stageKey = this.onStage;
    if (stageKey !== this.#lastStage) {
      this.#lastStage = stageKey;
      this.#onStageChange?.(stageKey);
    }
    const stage = this.#tiles.get(stageKey);
    const others = [...this.#tiles.values()].filter((tile) => tile !== stage).map((tile) => tile.node);
    others.sort((a, b) => Number(a.classList.contains("self")) - Number(b.classList.contains("self")));
    if (this.#extra) others.unshift(this.#extra);
    const plan = planFloor({ count: others.length, hasStage: Boolean(stage), width, height, gap: gapFor(width) });
    if (stage) put(stage.node, plan.stage);
    others.forEach((node, index) => put(node, plan.tiles[index]));
    this.#list.style.height = `${plan.height}px`;
    for (const [key, tile] of this.#tiles) {
      tile.node.classList.toggle("on-stage", key === stageKey);
      tile.setPinned(key === this.#pinned);
    }
  }
}

function put(node, { left, top, width, height }) {
  node.style.left = `${left}px`;
  node.style.top = `${top}px`;
  node.style.width = `${width}px`;
  node.style.height = `${height}px`;
  node.classList.toggle("small", width < 190 || height < 120);
}
