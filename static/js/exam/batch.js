/** Requests that carry entries: how many fit, and how long to wait after one that failed. */

/** @typedef {import("./store.js").Entry} Entry */

export const MOST_ENTRIES = 50;
/** Below what browsers let outlive a page, with room for the frame of the request. */
const MOST_BYTES = 48 * 1024;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** An entry as the portal takes it. @param {Entry} entry */
const wireOf = ({ seq, payload, device_time }) => ({ seq, ...payload, device_time });

/**
 * The oldest entries that fit into one request; they are all of one epoch.
 * @param {Entry[]} unsent
 * @param {number} most
 */
export function nextBatch(unsent, most) {
  const [first] = unsent;
  const batch = [];
  let bytes = 0;
  for (const entry of unsent.slice(0, most)) {
    bytes += new Blob([JSON.stringify(wireOf(entry))]).size + 1;
    if (entry.epoch !== first?.epoch || (batch.length && bytes > MOST_BYTES)) break;
    batch.push(entry);
  }
  return batch;
}

/** @param {Entry[]} batch */
export const bodyOf = (batch) => ({ epoch: batch[0]?.epoch, entries: batch.map(wireOf) });

/** The wait after a request that failed, longer each time: a class does not come back at once. */
export class Pause {
  failures = 0;
  /** What the server asked for. */
  leastMs = 0;
  /** @type {(() => void) | undefined} */
  #done;

  begin() {
    const longest = Math.min(FIRST_PAUSE_MS * 2 ** this.failures, LONGEST_PAUSE_MS);
    const wait = Math.max(longest * (0.5 + Math.random() / 2), this.leastMs);
    this.failures += 1;
    this.leastMs = 0;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.end(), wait);
      this.#done = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  }

  /** Try again at once. */
  end() {
    this.#done?.();
    this.#done = undefined;
  }
}
