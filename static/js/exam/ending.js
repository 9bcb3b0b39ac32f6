/** The end when the time is up: send what is left, ask the server to close, show the result. */
import { addresses, showNotice } from "./page.js";
import { get, post } from "./server.js";

/** A class that ends in the same second does not arrive in the same second. */
const SPREAD_MS = 10_000;
/** Longer than the grace: nothing sent later would count. */
const LONGEST_FLUSH_MS = 40_000;
const PAUSE_MS = 3_000;
const LONGEST_PAUSE_MS = 15_000;

/** @param {number} ms */
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @param {import("./clock.js").Clock} clock
 * @param {import("./outbox.js").Outbox} outbox
 * @returns {Promise<boolean>} false when the server says that there is time left
 */
export async function endAtZero(clock, outbox) {
  showNotice("time-up");
  const zero = performance.now();
  const spread = Math.random() * SPREAD_MS;
  const sayUnsent = unsentTeller(outbox);
  for (let tries = 0; ; tries += 1) {
    const left = await timeLeft();
    if (left !== null && left > 0) {
      clock.set(left);
      showNotice();
      return false;
    }
    const isSaved = (await outbox.flush()) || outbox.isStopped;
    const mayClose = isSaved || performance.now() - zero > LONGEST_FLUSH_MS;
    if (mayClose && left !== null) {
      await pause(Math.max(0, spread - (performance.now() - zero)));
      if (await closed()) return true;
    }
    sayUnsent();
    await pause(Math.min(PAUSE_MS * (tries + 1), LONGEST_PAUSE_MS));
  }
}

/**
 * Says that the portal cannot be reached, and offers what is not sent as a file.
 * @param {import("./outbox.js").Outbox} outbox
 */
function unsentTeller(outbox) {
  let said = -1;
  return () => {
    const n = outbox.unsent;
    // Said again, it would be read out again.
    if (n === said) return;
    said = n;
    const name = { 0: "closing", 1: "closing-one" }[n] ?? "closing-more";
    const link = showNotice(name, { n })?.querySelector("a");
    if (!link) return;
    link.href = URL.createObjectURL(outbox.file());
    // The page would take it for a way out of the question.
    link.addEventListener("click", (event) => event.stopPropagation());
  };
}

/** The server's milliseconds, 0 when over or closed, null when it cannot be reached. */
async function timeLeft() {
  try {
    const { status, data } = await get(addresses.state);
    if (status !== 200) return null;
    return data.status === "open" ? data.remaining_ms : 0;
  } catch {
    return null;
  }
}

async function closed() {
  try {
    const { status, data } = await post(addresses.submit, {});
    if (status !== 200) return false;
    location.replace(data.result);
    return true;
  } catch {
    return false;
  }
}
