/** The review screen of a mock exam: the clock, what is still unsent, and the end. */
import { Clock } from "./clock.js";
import { endAtZero, pause } from "./ending.js";
import { Outbox } from "./outbox.js";
import { addresses, showNotice, shownNotice } from "./page.js";
import { onReturn } from "./returning.js";
import { get } from "./server.js";

const PAUSE_MS = 3_000;
/** Somebody is asked something, which no other notice may replace. */
const ASKING = ["unsent-one", "unsent-more"];

/** Whether somebody has asked for an end that is not refused yet. */
let isEnding = false;

const clock = new Clock(async () => void endAtZero(clock, await opened));
const opened = openOutbox();

async function openOutbox() {
  for (;;) {
    const reply = await get(addresses.state).catch(() => null);
    if (reply?.status === 200) return new Outbox(startOf(reply.data), listeners);
    await pause(PAUSE_MS);
  }
}

/**
 * @param {{ epoch: number, acknowledged: number, opened_by: string }} state
 * @returns {import("./outbox.js").Start}
 */
const startOf = ({ epoch, acknowledged, opened_by }) => ({
  epoch,
  acknowledged,
  openedBy: opened_by,
  isReload: false,
});

/** @type {import("./outbox.js").Listeners} */
const listeners = {
  state: () => undefined,
  trouble: (name, values) => {
    // Nothing is answered here, so there is nothing to keep.
    if (name !== "memory" && !ASKING.includes(shownNotice())) showNotice(name, values);
  },
  time: (remainingMs) => clock.set(remainingMs),
  // Another tab may be open on a question; ending is the student's own act wherever it is asked.
  elsewhere: () => undefined,
  over: () => location.replace(addresses.result),
  // To show what is stored now must not cut short what was asked for meanwhile.
  restored: () => void (isEnding || location.reload()),
};

for (const form of document.querySelectorAll("form")) {
  const isLast = form.action.endsWith("/submit/");
  if (isLast || form.action.endsWith("/sections/next/")) {
    form.addEventListener("submit", (event) => end(event, form, isLast));
  }
}

/**
 * Neither a section nor the exam ends while an answer is on its way; the exam does by one's own word.
 * @param {SubmitEvent} event
 * @param {HTMLFormElement} form
 * @param {boolean} isLast
 */
async function end(event, form, isLast) {
  event.preventDefault();
  if (isEnding) return;
  isEnding = true;
  const outbox = await Promise.race([opened, pause(PAUSE_MS)]);
  const isSent = !(outbox instanceof Outbox) || (await outbox.flush());
  // The event is perhaps not over yet: the form would not hear of a second one.
  if (isSent) return form.submit();
  isEnding = false;
  if (isLast) askToEnd(form, outbox.unsent);
  else showNotice("unsent-section");
}

/**
 * @param {HTMLFormElement} form
 * @param {number} n
 */
function askToEnd(form, n) {
  const button = showNotice(n === 1 ? "unsent-one" : "unsent-more", { n })?.querySelector("button");
  button?.addEventListener("click", () => form.submit());
  button?.focus();
}

// A page out of the browser's memory shows old states.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
onReturn(async () => {
  const [outbox, reply] = await Promise.all([opened, get(addresses.state).catch(() => null)]);
  outbox.wake();
  if (reply?.status !== 200) return;
  if (reply.data.status === "open") clock.set(reply.data.remaining_ms);
  else if (!isEnding) location.replace(addresses.result);
});
