/** The page of one question of a mock exam: saves at once, moves without posting the form. */
import { enhance, isComplete, readAnswer, readStruck } from "./card.js";
import { Clock, timeOfDay } from "./clock.js";
import { endAtZero } from "./ending.js";
import { listenToKeys } from "./keys.js";
import { Outbox } from "./outbox.js";
import { addresses, byId, say, showNotice, showSaved, shownNotice } from "./page.js";
import { showPlace } from "./places.js";
import { get, speak } from "./server.js";

const TYPING_PAUSE_MS = 600;
const SAVING_SHOWN_AFTER_MS = 400;
const AWAY_MS = 5_000;
/** Notices that go by themselves once something was saved again. */
const PASSING = ["signed-out", "csrf", "missing", "busy"];

const form = byId("answer", HTMLFormElement);
const fields = byId("fields", HTMLFieldSetElement);
const leaveDialog = byId("leave", HTMLDialogElement);
const position = Number(form.dataset.n);
const total = Number(form.dataset.total);
const kind = form.dataset.kind ?? "";

const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (
  performance.getEntriesByType("navigation")
);
let isLeaving = false;
let isEnding = false;

// --- Saving -------------------------------------------------------------------------------

/** @type {ReturnType<typeof setTimeout> | undefined} */
let savingShown;

const outbox = new Outbox(
  {
    epoch: Number(form.dataset.epoch),
    acknowledged: Number(form.dataset.acknowledged),
    openedBy: form.dataset.openedBy ?? "",
    isReload: navigation?.type === "reload" || navigation?.type === "back_forward",
  },
  {
    state: showState,
    trouble: (name) => {
      if (isEnding) return;
      if (name) showNotice(name);
      else if (PASSING.includes(shownNotice())) showNotice();
    },
    time: (remainingMs) => clock.set(remainingMs),
    elsewhere: becomeReadOnly,
    over: () => go(addresses.result),
  },
);

/**
 * @param {"saving" | "saved" | "waiting"} state
 * @param {string} [savedAt]
 */
function showState(state, savedAt = "") {
  clearTimeout(savingShown);
  // Most saves are over before one could read that they have begun.
  if (state === "saving") savingShown = setTimeout(showSaved, SAVING_SHOWN_AFTER_MS, "saving");
  else showSaved(state, savedAt && timeOfDay(savedAt));
}

let sentAnswer = JSON.stringify(readAnswer(form, kind));
let changes = 0;
let visibleMs = 0;
let visibleSince = performance.now();

function saveAnswer() {
  clearTimeout(typing);
  typing = undefined;
  // Disabled fields read as no answer, and one that loses the focus by it still tells of a change.
  if (fields.disabled) return;
  const answer = readAnswer(form, kind);
  const text = JSON.stringify(answer);
  if (text === sentAnswer) return;
  sentAnswer = text;
  changes += 1;
  const visible_ms = Math.round(visibleMs + performance.now() - visibleSince);
  outbox.add("answer", { item: position, answer, meta: { visible_ms, changes } });
  showHere();
}

function showHere() {
  const flag = /** @type {HTMLInputElement} */ (form.elements.namedItem("flag"));
  showPlace({ complete: isComplete(form, readAnswer(form, kind)), flagged: flag.checked });
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;

form.addEventListener("input", (event) => {
  if (!isTyped(event.target)) return;
  clearTimeout(typing);
  typing = setTimeout(saveAnswer, TYPING_PAUSE_MS);
});

form.addEventListener("change", (event) => {
  byId("hint").textContent = "";
  const field = /** @type {HTMLInputElement} */ (event.target);
  if (field.name === "flag") {
    outbox.add("flag", { item: position, mark: { flag: field.checked } });
    showHere();
  } else if (field.name === "struck") {
    outbox.add("struck", { item: position, mark: { struck: readStruck(form) } });
  } else saveAnswer();
});

/** @param {EventTarget | null} target */
function isTyped(target) {
  return target instanceof HTMLInputElement && ["text", "value"].includes(target.name);
}

// --- Written elsewhere ----------------------------------------------------------------------

function becomeReadOnly() {
  if (isEnding) return;
  if (typing) saveAnswer();
  fields.disabled = true;
  clearTimeout(savingShown);
  showSaved("stopped");
  const button = showNotice("elsewhere")?.querySelector("button");
  button?.addEventListener("click", () => void answerHere(button));
}

/** @param {HTMLButtonElement} button */
async function answerHere(button) {
  button.disabled = true;
  const written = await outbox.takeOver().catch(() => false);
  button.disabled = false;
  // The other page may have changed this very question: show what is stored now.
  if (written) go(location.pathname, { reload: true });
}

/** Compare with the server after time away: somebody else may write, the time may differ. */
async function lookAgain() {
  outbox.wake();
  const reply = await get(addresses.state).catch(() => null);
  if (reply?.status !== 200) return;
  clock.set(reply.data.remaining_ms);
  if (reply.data.status !== "open") go(addresses.result);
  else if (reply.data.epoch > outbox.epoch && !outbox.isStopped) {
    outbox.stop();
    becomeReadOnly();
  }
}

// --- Moving ---------------------------------------------------------------------------------

/**
 * @param {string} url
 * @param {{ reload?: boolean }} [how]
 */
function go(url, { reload = false } = {}) {
  isLeaving = true;
  if (reload) location.reload();
  else location.assign(url);
}

/** Save what is not saved, then leave; ask where that cannot be done. @param {() => unknown} move */
async function leave(move) {
  if (isLeaving || isEnding) return;
  if (typing) saveAnswer();
  if (outbox.isStopped || (await outbox.flush()) || (await mayLeaveUnsaved())) {
    isLeaving = true;
    await move();
  }
}

/** @returns {Promise<boolean>} also true when it was saved while the question stood */
function mayLeaveUnsaved() {
  if (leaveDialog.open) return Promise.resolve(false);
  leaveDialog.returnValue = "";
  leaveDialog.showModal();
  const retry = setInterval(async () => {
    if (leaveDialog.open && (await outbox.flush())) leaveDialog.close("go");
  }, 1_000);
  return new Promise((resolve) => {
    const closed = () => {
      clearInterval(retry);
      resolve(leaveDialog.returnValue === "go");
    };
    leaveDialog.addEventListener("close", closed, { once: true });
  });
}

const moveTo = (/** @type {string} */ url) => leave(() => location.assign(url));
const moves = {
  next: () =>
    void moveTo(position < total ? addresses.question(position + 1) : addresses.review),
  previous: () => void (position > 1 && moveTo(addresses.question(position - 1))),
  review: () => void moveTo(addresses.review),
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  const where = button?.value ?? "next";
  if (where in moves) moves[/** @type {keyof typeof moves} */ (where)]();
  else void leave(() => changeLanguage(button));
});

/** @param {HTMLButtonElement | null} button */
async function changeLanguage(button) {
  try {
    await speak(button?.dataset.speak ?? "", button?.value ?? "");
    location.reload();
  } catch {
    isLeaving = false;
    showState("waiting");
  }
}

document.addEventListener("click", (event) => {
  const link = /** @type {Element} */ (event.target).closest("a[href]");
  if (!(link instanceof HTMLAnchorElement) || link.target || link.hash) return;
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  void moveTo(link.href);
});

// --- The time ---------------------------------------------------------------------------------

const clock = new Clock(async () => {
  if (isEnding) return;
  if (typing) saveAnswer();
  isEnding = true;
  const wasDisabled = fields.disabled;
  fields.disabled = true;
  if (leaveDialog.open) leaveDialog.close();
  if (!(await endAtZero(clock, outbox))) {
    isEnding = false;
    fields.disabled = wasDisabled;
  }
});

// --- The page comes and goes --------------------------------------------------------------------

let hiddenAt = 0;
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") {
    hiddenAt = performance.now();
    visibleMs += hiddenAt - visibleSince;
    if (typing) saveAnswer();
    void outbox.flush();
  } else {
    visibleSince = performance.now();
    if (visibleSince - hiddenAt > AWAY_MS || !outbox.isEmpty) void lookAgain();
  }
});

window.addEventListener("pagehide", () => {
  if (typing) saveAnswer();
  outbox.sendAndForget();
});

window.addEventListener("pageshow", async (event) => {
  if (!event.persisted) return;
  // A page out of the browser's memory shows old answers: only the server knows the present ones.
  fields.disabled = true;
  while ((await get(addresses.state).catch(() => null)) === null) {
    showSaved("waiting");
    await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
  }
  go(location.pathname, { reload: true });
});

window.addEventListener("online", () => outbox.wake());

window.addEventListener("beforeunload", (event) => {
  if (!isLeaving && !isEnding && !outbox.isEmpty && !outbox.isStopped) event.preventDefault();
});

enhance(form, (most) => {
  byId("hint").textContent = say("most", { most });
});
listenToKeys(form, moves);
if (!location.hash) byId("stem").focus({ preventScroll: true });
