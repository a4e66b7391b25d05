/** A tile may be as wide as a television and as narrow as a portrait; in between it takes the shape that fills best. */
const WIDEST = 16 / 9;
const NARROWEST_IN_WIDE = 4 / 3;
const NARROWEST_IN_TALL = 3 / 4;

/**
 * Finds the number of columns, and the size of the tiles, with which `count` tiles fill a rectangle best.
 * @param {number} count
 * @param {number} width CSS pixels
 * @param {number} height
 * @param {number} gap between tiles
 * @param {number} [narrowest] width by height of the slimmest tile
 * @returns {{columns: number, rows: number, width: number, height: number}}
 */
export function layOut(count, width, height, gap, narrowest = width < height ? NARROWEST_IN_TALL : NARROWEST_IN_WIDE) {
  let best = { columns: 1, rows: Math.max(1, count), width: 0, height: 0, score: -1 };
  for (let columns = 1; columns <= Math.max(1, count); columns += 1) {
    const rows = Math.ceil(count / columns);
    let tileWidth = (width - gap * (columns - 1)) / columns;
    let tileHeight = (height - gap * (rows - 1)) / rows;
    if (tileWidth <= 0 || tileHeight <= 0) continue;
    tileWidth = Math.min(tileWidth, tileHeight * WIDEST);
    tileHeight = Math.min(tileHeight, tileWidth / narrowest);
    // Nearly as large and with a full last row looks better than the largest with a hole.
    const holes = columns * rows - count;
    const score = tileWidth * tileHeight * (1 - 0.03 * holes);
    if (score > best.score) best = { columns, rows, width: tileWidth, height: tileHeight, score };
  }
  return { columns: best.columns, rows: best.rows, width: Math.floor(best.width), height: Math.floor(best.height) };
}
