/** Tells when a page is back: in front, out of a freeze, on a network, on a device that slept. */

const TICK_MS = 1_000;
/** Longer than timers are put off on a page that runs. */
const GAP_MS = 5_000;
/** A return has many signs, which come together. */
const ONCE_MS = 500;

/** @param {() => void} listener */
export function onReturn(listener) {
  let toldAt = Number.NEGATIVE_INFINITY;
  const tell = () => {
    if (document.visibilityState === "hidden" || performance.now() - toldAt < ONCE_MS) return;
    toldAt = performance.now();
    listener();
  };
  document.addEventListener("visibilitychange", tell);
  document.addEventListener("resume", tell);
  window.addEventListener("online", tell);
  onGap(tell);
}

/**
 * A lid that is closed over a page in front gives no sign, and on some systems performance.now()
 * stands still meanwhile, so that the clock of the device is what tells of it.
 * @param {() => void} listener
 */
function onGap(listener) {
  let last = Date.now();
  setInterval(() => {
    const now = Date.now();
    if (Math.abs(now - last) > GAP_MS) listener();
    last = now;
  }, TICK_MS);
}
