let lock = null;
let isWanted = false;

/**
 * Keeps a phone's screen on during a call, where the browser can. It is taken again when the page comes back to the
 * front: hiding the page gives it up.
 * @param {boolean} wanted
 */
export async function keepAwake(wanted) {
  isWanted = wanted;
  try {
    if (!wanted) await lock?.release();
    else if (document.visibilityState === "visible") lock = await navigator.wakeLock?.request("screen");
  } catch {
    // A phone that saves its battery refuses; the call goes on.
  }
}

document.addEventListener("visibilitychange", () => {
  if (isWanted && document.visibilityState === "visible") keepAwake(true);
});
