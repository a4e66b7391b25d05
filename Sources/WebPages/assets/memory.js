/**
 * What outlives the page: names and choices for this browser, or for this tab only. Private windows may refuse; what
 * was to be remembered then lasts as long as the page.
 */
const fallback = new Map();
const storeOf = (perTab) => (perTab ? window.sessionStorage : window.localStorage);

/**
 * @param {string} key
 * @param {{perTab?: boolean}} [options]
 * @returns {string} "" when nothing is remembered
 */
export function recall(key, { perTab = false } = {}) {
  try {
    return storeOf(perTab).getItem(`roost.${key}`) ?? "";
  } catch {
    return fallback.get(key) ?? "";
  }
}

/**
 * @param {string} key
 * @param {string} value
 * @param {{perTab?: boolean}} [options]
 */
export function remember(key, value, { perTab = false } = {}) {
  try {
    storeOf(perTab).setItem(`roost.${key}`, value);
  } catch {
    fallback.set(key, value);
  }
}
