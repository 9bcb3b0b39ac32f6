/**
 * Counts down the server's time left. Only the server decides; this only shows.
 *
 * Time is measured with performance.now(), so changing the clock of the device changes nothing.
 */
import { byId, recall, remember, say } from "./page.js";

const MINUTE_MS = 60_000;
const ANNOUNCED = [30, 15, 5, 1];
const COMES_BACK_MINUTES = 5;
const TICK_MS = 250;
/** Less is the way of the network, and no time that somebody granted. */
const LEAST_GRANT_MS = 20_000;

export class Clock {
  #box = byId("clock");
  #face = /** @type {HTMLElement} */ (this.#box.querySelector("[role=timer]"));
  #button = /** @type {HTMLButtonElement} */ (this.#box.querySelector("button"));
  #voice = /** @type {HTMLElement} */ (this.#box.querySelector("[role=status]"));
  #endsAt = Number.POSITIVE_INFINITY;
  #announced = Number.POSITIVE_INFINITY;
  #isOver = false;
  #onZero;

  /** @param {() => void} onZero called once each time the countdown reaches zero */
  constructor(onZero) {
    this.#onZero = onZero;
    const [navigation] = performance.getEntriesByType("navigation");
    // The figure on the page is as old as the page's first byte.
    const madeAt = /** @type {PerformanceNavigationTiming} */ (navigation)?.responseStart ?? 0;
    this.#endsAt = madeAt + Number(this.#box.dataset.remainingMs);
    this.#announced = this.#alreadyAnnounced();
    this.#button.hidden = false;
    this.#button.addEventListener("click", () => this.#setHidden(!this.#isHidden));
    if (recall("session", this.#key("hidden")) === this.#season) this.#setHidden(true);
    setInterval(() => this.#tick(), TICK_MS);
    // Not at once: whoever makes a clock needs to hold it when it reaches zero.
    queueMicrotask(() => this.#tick());
  }

  get remainingMs() {
    return Math.max(0, this.#endsAt - performance.now());
  }

  /**
   * Set the clock by the server's word.
   * @param {number | null} remainingMs
   * @returns {number} the minutes that were granted since; mostly 0
   */
  set(remainingMs) {
    if (remainingMs === null) return 0;
    const gainedMs = performance.now() + remainingMs - this.#endsAt;
    this.#endsAt += gainedMs;
    if (remainingMs > 0) this.#isOver = false;
    const isGranted = gainedMs >= LEAST_GRANT_MS;
    // The marks that lie ahead once more are worth their words once more.
    if (isGranted) this.#announced = this.#passedMark();
    this.#tick();
    return isGranted ? Math.max(1, Math.round(gainedMs / MINUTE_MS)) : 0;
  }

  #tick() {
    const left = this.remainingMs;
    const text = faceOf(left);
    if (this.#face.textContent !== text) this.#face.textContent = text;
    this.#announce(Math.ceil(left / MINUTE_MS));
    if (left === 0 && !this.#isOver) {
      this.#isOver = true;
      this.#onZero();
    }
  }

  /** @param {number} minutes */
  #announce(minutes) {
    const due = ANNOUNCED.filter((mark) => minutes <= mark).pop();
    if (due === undefined || due >= this.#announced || minutes < 1) return;
    this.#announced = due;
    remember("session", this.#key("announced"), String(due));
    this.#voice.textContent = due === 1 ? say("left-one") : say("left", { n: minutes });
    if (due === COMES_BACK_MINUTES) this.#setHidden(false);
  }

  /** The lowest mark that needs no words any more, also when the exam is shorter than it. */
  #alreadyAnnounced() {
    const stored = recall("session", this.#key("announced"));
    return stored ? Number(stored) : this.#passedMark();
  }

  #passedMark() {
    const minutes = Math.ceil(this.remainingMs / MINUTE_MS);
    const passed = ANNOUNCED.filter((mark) => minutes <= mark).pop() ?? ANNOUNCED[0] + 1;
    remember("session", this.#key("announced"), String(passed));
    return passed;
  }

  /** A clock hidden early comes back once; hidden again near the end it stays so. */
  get #season() {
    return this.remainingMs <= COMES_BACK_MINUTES * MINUTE_MS ? "late" : "early";
  }

  get #isHidden() {
    return this.#face.classList.contains("is-hidden");
  }

  /** @param {boolean} hidden */
  #setHidden(hidden) {
    this.#face.classList.toggle("is-hidden", hidden);
    this.#button.setAttribute("aria-pressed", String(hidden));
    const label = this.#button.querySelector(".vh");
    if (label) label.textContent = say(hidden ? "show" : "hide");
    if (hidden) remember("session", this.#key("hidden"), this.#season);
    else remember("session", this.#key("hidden"));
  }

  /** @param {string} name */
  #key(name) {
    return `clock-${name} ${location.pathname.split("/")[2]}`;
  }
}

/** The time left as on the page: 51:24 or 1:51:24. @param {number} ms */
function faceOf(ms) {
  const seconds = Math.ceil(ms / 1000);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  if (hours) return `${hours}:${two(minutes)}:${two(seconds % 60)}`;
  return `${minutes}:${two(seconds % 60)}`;
}

/**
 * A moment of the server as the reader's clock shows it: 10:42:07.
 * @param {string} iso
 */
export function timeOfDay(iso) {
  const zone = byId("clock").dataset.zone;
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeStyle: "medium" });
  return format.format(new Date(iso));
}
