import { layOut } from "./grid.js";

/** Below this a face is not recognised any more: the floor scrolls instead. CSS pixels. */
const SMALLEST_TILE = 96;
/** Beside a stage the strip is tall, but two people in it shall not become pillars. */
const NARROWEST_BESIDE_STAGE = 4 / 3;

/**
 * A rectangle on the floor, CSS pixels.
 * @typedef {{left: number, top: number, width: number, height: number}} Place
 */

/**
 * Where everything on the floor goes: the tiles as a grid, or, with a stage, one large and the others beside it (or
 * below it, where the floor is taller than wide).
 * @param {{count: number, hasStage: boolean, width: number, height: number, gap: number}} floor
 *   `count` tiles, the one on the stage not among them
 * @returns {{stage: Place|null, tiles: Place[], height: number}} `height`: more than the floor's if it must scroll
 */
export function planFloor({ count, hasStage, width, height, gap }) {
  const all = { left: 0, top: 0, width, height };
  if (!hasStage) return { stage: null, ...gridIn(all, count, gap, height) };
  if (count === 0) return { stage: all, tiles: [], height };
  if (width > height) {
    const side = Math.round(Math.min(Math.max(width * 0.2, 150), 300) * (count > 6 ? 1.25 : 1));
    const stage = { left: 0, top: 0, width: width - side - gap, height };
    const strip = { left: width - side, top: 0, width: side, height };
    return { stage, ...gridIn(strip, count, gap, height, NARROWEST_BESIDE_STAGE) };
  }
  const stage = { left: 0, top: 0, width, height: Math.round(Math.min(width * 0.72, height * 0.5)) };
  const rest = { left: 0, top: stage.height + gap, width, height: height - stage.height - gap };
  return { stage, ...gridIn(rest, count, gap, height) };
}

function gridIn(area, count, gap, floorHeight, narrowest) {
  let { columns, rows, width, height } = layOut(count, area.width, area.height, gap, narrowest);
  if (width < SMALLEST_TILE) {
    columns = Math.max(1, Math.floor((area.width + gap) / (SMALLEST_TILE + gap)));
    rows = Math.ceil(count / columns);
    width = Math.floor((area.width - gap * (columns - 1)) / columns);
    height = Math.round(width * 0.75);
  }
  const usedHeight = rows * height + (rows - 1) * gap;
  const top = area.top + Math.max(0, (area.height - usedHeight) / 2);
  const tiles = [];
  for (let index = 0; index < count; index += 1) {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, count - row * columns);
    const left = area.left + (area.width - (inRow * width + (inRow - 1) * gap)) / 2;
    tiles.push({
      left: Math.round(left + (index % columns) * (width + gap)),
      top: Math.round(top + row * (height + gap)),
      width,
      height,
    });
  }
  return { tiles, height: Math.max(floorHeight, area.top + usedHeight) };
}
