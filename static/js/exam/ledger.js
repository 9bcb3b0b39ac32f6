/**
 * Everything that was entered into a sitting in this browser, and what became of it.
 *
 * An entry has its number from the start and keeps it, so that sending it again changes nothing.
 * What the server has confirmed stays too: a server that came back from a backup asks for it again.
 */
import { openStore } from "./store.js";

/** @typedef {import("./store.js").Entry} Entry */
/** @typedef {{ subject: string, payload: Record<string, any>, device_time: string }} Said */
/** @typedef {{ seq: number, outcome: string, saved_at: string | null }} Reply */
/** @typedef {{ epoch: number, acknowledged: number, answers: Record<string, object> }} State */

/** Another page wrote in its place. */
export const TAKEN = ["superseded", "conflict"];

/** Whether it only tells that a question was seen: it goes with the next answer. @param {Said} said */
const isQuiet = ({ payload: { mark } }) =>
  mark !== undefined && Object.keys(mark).join() === "seen";

/** The last word on each subject, in order. @template {Said} T @param {T[]} said */
function lastOfEach(said) {
  const last = new Map();
  for (const one of said) {
    last.delete(one.subject);
    last.set(one.subject, one);
  }
  return /** @type {T[]} */ ([...last.values()]);
}

/** @param {Said} entry */
const saidOf = ({ subject, payload, device_time }) => ({ subject, payload, device_time });

export class Ledger {
  /** @type {Entry[]} */
  entries = [];
  /** What has no number yet: the device is not ready, or this page may not write. @type {Said[]} */
  #fresh = [];
  /** Entries of this page that the server has not accepted. @type {Set<Entry>} */
  #mine = new Set();
  #user;
  #attempt;
  /** @type {import("./store.js").Store | undefined} */
  #store;
  /** @type {Set<Entry>} */
  #onDevice = new Set();
  /** The highest number the server knows of, by epoch. @type {Map<number, number>} */
  #known = new Map();

  /**
   * @param {string} user
   * @param {string} attempt
   */
  constructor(user, attempt) {
    this.#user = user;
    this.#attempt = attempt;
  }

  /** Find what earlier pages left. */
  async open() {
    this.#store = await openStore(this.#user, this.#attempt);
    await this.reload();
  }

  /** Read again what another page of this browser may have written. */
  async reload() {
    if (!this.#store) return;
    this.entries = await this.#store.all();
    this.#onDevice = new Set(this.entries);
  }

  /** Whether entries outlive this page. */
  get isDurable() {
    return this.#store !== undefined;
  }

  get unsent() {
    return this.entries.filter(({ outcome }) => outcome === "");
  }

  /** Whether nothing would be lost with this page. */
  get isOnDevice() {
    return !this.hasFresh && this.unsent.every((entry) => this.#onDevice.has(entry));
  }

  get hasFresh() {
    return this.#fresh.some((said) => !isQuiet(said));
  }

  /** How many questions have something that is not sent. */
  get questions() {
    const loud = [...this.#fresh, ...this.unsent].filter((said) => !isQuiet(said));
    return new Set(loud.map(({ payload }) => payload.item)).size;
  }

  get highestEpoch() {
    return Math.max(0, ...this.entries.map(({ epoch }) => epoch));
  }

  /** Numbers from here on are free. @param {number} epoch @param {number} acknowledged */
  note(epoch, acknowledged) {
    this.#known.set(epoch, Math.max(acknowledged, this.#known.get(epoch) ?? 0));
  }

  /**
   * @param {string} subject
   * @param {Record<string, any>} payload
   * @returns {boolean} whether it is worth a request of its own
   */
  say(subject, payload) {
    const said = { subject, payload, device_time: new Date().toISOString() };
    this.#fresh.push(said);
    return !isQuiet(said);
  }

  /**
   * Give what was said its numbers.
   * @param {number} epoch
   */
  number(epoch) {
    const own = this.entries.filter((entry) => entry.epoch === epoch).map(({ seq }) => seq);
    let seq = Math.max(0, this.#known.get(epoch) ?? 0, ...own);
    const owner = { user: this.#user, attempt: this.#attempt };
    const entries = this.#fresh.splice(0).map((said) => {
      seq += 1;
      return { ...owner, epoch, seq, ...said, outcome: "", saved_at: "" };
    });
    this.entries.push(...entries);
    for (const entry of entries) this.#mine.add(entry);
    return entries;
  }

  /** Say once more, under new numbers, what this page said in vain. */
  sayAgain() {
    const isTaken = (/** @type {Entry} */ { outcome }) => TAKEN.includes(outcome);
    this.#say([...this.#mine].filter(isTaken));
    this.#mine.clear();
  }

  /**
   * The server has never heard of the epochs above this one: it came back from a backup.
   * @param {number} epoch
   */
  sayAgainAbove(epoch) {
    const gone = this.entries.filter((entry) => entry.epoch > epoch);
    for (const entry of gone) {
      entry.outcome = "superseded";
      this.#mine.delete(entry);
    }
    this.#say(gone);
    return gone;
  }

  /** @param {Entry[]} entries */
  #say(entries) {
    this.#fresh = lastOfEach([...entries.map(saidOf), ...this.#fresh]);
  }

  /**
   * Resolves once they are on this device; from a failure on nothing is kept but by this page.
   * @param {Entry[]} entries
   */
  async keep(entries) {
    if (!this.#store) return;
    try {
      await this.#store.put(entries);
      for (const entry of entries) this.#onDevice.add(entry);
    } catch (error) {
      this.#store = undefined;
      throw error;
    }
  }

  /**
   * Write down what the server made of them.
   * @param {number} epoch
   * @param {Reply[]} replies
   * @returns {Entry[]} those it has spoken of
   */
  settle(epoch, replies) {
    const settled = [];
    for (const { seq, outcome, saved_at } of replies) {
      const entry = this.entries.find((one) => one.epoch === epoch && one.seq === seq);
      if (!entry) continue;
      entry.outcome = outcome;
      entry.saved_at = saved_at ?? "";
      if (outcome === "accepted" || outcome === "stale") this.#mine.delete(entry);
      settled.push(entry);
    }
    return settled;
  }

  /**
   * Send again what the server has confirmed and does not hold: it came back from a backup.
   * @param {State} state
   * @returns {boolean} whether it has forgotten its latest
   */
  compare({ epoch, acknowledged, answers }) {
    const own = this.entries.filter((entry) => entry.epoch === epoch && entry.outcome === "accepted");
    const lost = new Set();
    for (const { subject, payload } of lastOfEach(own)) {
      if ("answer" in payload && text(payload.answer) !== text(answers[payload.item])) lost.add(subject);
    }
    const above = own.filter(({ seq }) => seq > acknowledged);
    for (const entry of own) {
      if (above.includes(entry) || lost.has(entry.subject)) entry.outcome = "";
    }
    this.note(epoch, acknowledged);
    return above.length > 0;
  }

  /** Everything that is not sent, as a file that the portal reads. */
  file() {
    const entries = this.unsent.map(({ epoch, seq, payload, device_time }) => ({
      epoch,
      seq,
      ...payload,
      device_time,
    }));
    const [epoch] = entries.map((entry) => entry.epoch).reverse();
    const content = JSON.stringify({ attempt: this.#attempt, epoch: epoch ?? 1, entries }, null, 1);
    return new Blob([content], { type: "application/json" });
  }

  async forget() {
    await this.#store?.forget();
  }
}

/**
 * An answer as text, the same whatever the order of its fields and choices.
 * @param {any} answer
 */
function text(answer) {
  const fields = Object.entries(answer ?? {}).map(([name, value]) =>
    name === "choices" ? [name, [...value].sort()] : [name, value],
  );
  return JSON.stringify(fields.sort(([one], [other]) => (one < other ? -1 : 1)));
}
