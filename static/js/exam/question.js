/** The page of one question of a mock exam: saves at once, moves without asking the portal. */
import { enhance } from "./card.js";
import { Clock } from "./clock.js";
import { endAtZero } from "./ending.js";
import { listenToKeys, offerHelp } from "./keys.js";
import { Leaving } from "./leaving.js";
import { Outbox } from "./outbox.js";
import { addNotice, addedNotice, addresses, byId, say, showNotice, shownNotice } from "./page.js";
import { onReturn } from "./returning.js";
import { sayState } from "./saved.js";
import { offerScratchpad } from "./scratchpad.js";
import { get, speak } from "./server.js";
import { Sheet } from "./sheet.js";

const TYPING_PAUSE_MS = 600;
const AWAY_MS = 5_000;
/** Time that is granted shows within half a minute, also where nothing is saved. */
const LONGEST_SILENCE_MS = 20_000;
/** Notices that go by themselves once something was saved again. */
const PASSING = ["signed-out", "csrf", "missing", "busy"];
/** Notices with the only way on: others go below them. */
const STANDING = ["elsewhere", "other-tab"];

const sheet = new Sheet();
const { form, fields } = sheet;
const frameLanguage = sheet.language;
const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (
  performance.getEntriesByType("navigation")
);
let isEnding = false;
let heardAt = performance.now();

// --- Saving -------------------------------------------------------------------------------

const outbox = new Outbox(
  {
    epoch: Number(form.dataset.epoch),
    acknowledged: Number(form.dataset.acknowledged),
    openedBy: form.dataset.openedBy ?? "",
    isReload: navigation?.type === "reload" || navigation?.type === "back_forward",
  },
  {
    state: sayState,
    trouble: (name, values) => {
      if (isEnding) return;
      if (name) tellStudent(name, values);
      else if (PASSING.includes(addedNotice())) addNotice();
      else if (PASSING.includes(shownNotice())) showNotice();
    },
    time: setClock,
    elsewhere: becomeReadOnly,
    over: () => leaving.go(addresses.result),
    restored: () => {
      if (!isEnding) leaving.go(location.pathname, { reload: true });
    },
  },
);
const leaving = new Leaving(outbox);

/**
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 */
function tellStudent(name, values) {
  if (STANDING.includes(shownNotice())) addNotice(name, values);
  else showNotice(name, values);
}

/** Questions that were first seen without the portal, which hears of them with the next batch. */
const sights = new Set();

/**
 * @param {string} about
 * @param {object} what
 */
function tell(about, what) {
  outbox.add(`${about}:${sheet.here.n}`, { item: sheet.here.n, ...what });
  tellSights();
}

function tellSights() {
  for (const item of sights) outbox.add(`seen:${item}`, { item, mark: { seen: true } });
  sights.clear();
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;

function saveAnswer() {
  clearTimeout(typing);
  typing = undefined;
  // Disabled fields read as no answer, and one that loses the focus by it still tells of a change.
  if (fields.disabled || !sheet.takeAnswer()) return;
  const { answer, changes } = sheet.here;
  tell("answer", { answer, meta: { visible_ms: sheet.visibleMs, changes } });
  sheet.tellPlace();
}

function saveTyped() {
  if (typing) saveAnswer();
}

form.addEventListener("input", ({ target }) => {
  const isTyped = target instanceof HTMLInputElement && ["text", "value"].includes(target.name);
  if (!isTyped) return;
  clearTimeout(typing);
  typing = setTimeout(saveAnswer, TYPING_PAUSE_MS);
});

form.addEventListener("change", (event) => {
  byId("hint").textContent = "";
  const { name } = /** @type {HTMLInputElement} */ (event.target);
  if (name !== "flag" && name !== "struck") return saveAnswer();
  saveMarks();
});

function saveMarks() {
  const { flag, struck } = sheet.here;
  sheet.takeMarks();
  const now = sheet.here;
  if (now.flag !== flag) tell("flag", { mark: { flag: now.flag } });
  if (String(now.struck) !== String(struck)) tell("struck", { mark: { struck: now.struck } });
  sheet.tellPlace();
}

// --- Written elsewhere ----------------------------------------------------------------------

/** @param {"elsewhere" | "other-tab"} notice */
function becomeReadOnly(notice) {
  if (isEnding) return;
  saveTyped();
  fields.disabled = true;
  sayState("stopped");
  const button = showNotice(notice)?.querySelector("button");
  button?.addEventListener("click", () => void answerHere(button));
}

/** @param {HTMLButtonElement} button */
async function answerHere(button) {
  button.disabled = true;
  const isWritten = await outbox.takeOver().catch(() => false);
  button.disabled = false;
  // The other page may have changed this very question: show what is stored now.
  if (isWritten) leaving.go(location.pathname, { reload: true });
}

/** Compare with the server: somebody else may write, the time may differ. */
async function lookAgain() {
  outbox.wake();
  const reply = await get(addresses.state).catch(() => null);
  if (reply?.status !== 200) return;
  setClock(reply.data.remaining_ms);
  if (reply.data.status !== "open") leaving.go(addresses.result);
  else if (reply.data.epoch > outbox.epoch && !outbox.isStopped) {
    outbox.stop();
    becomeReadOnly("elsewhere");
  }
}

// --- Moving ---------------------------------------------------------------------------------

/** @param {number} n */
function turnTo(n) {
  const item = sheet.paper.item(n);
  if (!item) return;
  if (!item.seen) sights.add(n);
  item.seen = true;
  sheet.turnTo(item);
  if (shownNotice().startsWith("granted")) showNotice();
}

/** @param {number} n */
async function goTo(n) {
  if (n < sheet.first || isEnding || leaving.isLeaving) return;
  if (n > sheet.last) return leaveTo(addresses.review);
  saveTyped();
  if (!sheet.paper.has(n)) return leaveTo(addresses.question(n));
  if (n === sheet.here.n) return sheet.focus();
  if (!(await leaving.maySwap())) return;
  history.pushState(null, "", addresses.question(n));
  turnTo(n);
}

/** @param {string} url */
function leaveTo(url) {
  if (isEnding) return;
  saveTyped();
  tellSights();
  void leaving.leaveTo(url);
}

const numberIn = (/** @type {string} */ path) => Number(/\/q\/(\d+)\/$/.exec(path)?.[1]);

window.addEventListener("popstate", () => {
  const n = numberIn(location.pathname);
  if (n === sheet.here.n || isEnding) return;
  saveTyped();
  if (sheet.paper.has(n)) turnTo(n);
  else leaving.go(location.pathname, { reload: true });
});

const moves = {
  next: () => goTo(sheet.here.n + 1),
  previous: () => goTo(sheet.here.n - 1),
  review: () => leaveTo(addresses.review),
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  const where = button?.value ?? "next";
  if (where in moves) moves[/** @type {keyof typeof moves} */ (where)]();
  else if (button) void changeLanguage(button);
});

/** The card at once, the words around it as soon as the portal can be asked. */
async function changeLanguage(/** @type {HTMLButtonElement} */ button) {
  saveTyped();
  tellSights();
  const isBack = sheet.language === button.value;
  const language = isBack ? frameLanguage : button.value;
  if (sheet.paper.has(sheet.here.n)) {
    sheet.speak(language, isBack ? document.documentElement.lang : button.lang);
  }
  if (isBack || isEnding || (!(await outbox.flush()) && !outbox.isStopped)) return;
  try {
    await speak(button.dataset.speak ?? "", language);
    leaving.go(location.pathname, { reload: true });
  } catch {
    // The card is in that language, and the button takes it back.
  }
}

document.addEventListener("click", (event) => {
  const link = /** @type {Element} */ (event.target).closest("a[href]");
  if (!(link instanceof HTMLAnchorElement) || link.target || link.hash) return;
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const n = numberIn(link.pathname);
  if (n) void goTo(n);
  else leaveTo(link.href);
});

// --- The time ---------------------------------------------------------------------------------

/** @param {number | null} remainingMs */
function setClock(remainingMs) {
  heardAt = performance.now();
  const minutes = clock.set(remainingMs);
  if (minutes && !isEnding) tellStudent(minutes === 1 ? "granted-one" : "granted", { n: minutes });
}

const clock = new Clock(async () => {
  if (isEnding) return;
  saveTyped();
  tellSights();
  isEnding = true;
  const wasDisabled = fields.disabled;
  fields.disabled = true;
  leaving.stopAsking();
  if (!(await endAtZero(clock, outbox))) {
    isEnding = false;
    fields.disabled = wasDisabled;
  }
});

setInterval(() => {
  const isQuiet = performance.now() - heardAt > LONGEST_SILENCE_MS;
  if (!isQuiet || document.visibilityState === "hidden" || isEnding) return;
  heardAt = performance.now();
  tellSights();
  void lookAgain();
}, AWAY_MS);

// --- The page comes and goes --------------------------------------------------------------------

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden") return sheet.startWatch();
  sheet.stopWatch();
  saveTyped();
  tellSights();
  void outbox.flush();
});

onReturn(() => {
  if (!isEnding) void lookAgain();
});

window.addEventListener("pagehide", () => {
  saveTyped();
  tellSights();
  outbox.sendAndForget();
});

window.addEventListener("pageshow", async (event) => {
  if (!event.persisted) return;
  // A page out of the browser's memory shows old answers: only the server knows the present ones.
  fields.disabled = true;
  while ((await get(addresses.state).catch(() => null)) === null) {
    sayState("waiting");
    await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
  }
  leaving.go(location.pathname, { reload: true });
});

window.addEventListener("beforeunload", (event) => {
  if (!leaving.isLeaving && !isEnding && !outbox.isEmpty && !outbox.isStopped) {
    event.preventDefault();
  }
});

enhance(form, (most) => {
  byId("hint").textContent = say("most", { most });
});
listenToKeys(form, moves);
// What was entered before this script was there has told nobody of itself.
saveAnswer();
saveMarks();
if (!location.hash) sheet.focus();
// First what an earlier page left behind: the paper tells what the portal holds.
void outbox.flush().then(async () => {
  if (!(await sheet.loadPaper())) return;
  offerHelp();
  offerScratchpad();
});
