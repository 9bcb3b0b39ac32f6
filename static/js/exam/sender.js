/**
 * What a page says to the portal about its entries, one request at a time, and what it hears.
 *
 * Nothing is sent before it is known who is signed in, and one bad entry never holds up the others.
 */
import { MOST_ENTRIES, Pause, bodyOf, nextBatch } from "./batch.js";
import { TAKEN } from "./ledger.js";
import { addresses, userId } from "./page.js";
import { get, post, token } from "./server.js";

const SIGNED_OUT_PAUSE_MS = 5_000;
const ASIDE = ["superseded", "late", "closed", "conflict", "refused"];

/**
 * @typedef {import("./store.js").Entry} Entry
 * @typedef {{ epoch: number, acknowledged: number, openedBy: string, isReload: boolean }} Start
 * @typedef {"saving" | "saved" | "aside" | "device" | "waiting"} State
 * @typedef {object} Listeners
 * @property {(state: State, savedAt?: string, count?: number) => void} state
 * @property {(trouble: string, values?: Record<string, string>) => void} trouble
 *   a name of a notice; "" when all is well again
 * @property {(remainingMs: number | null) => void} time
 * @property {(notice: "elsewhere" | "other-tab") => void} elsewhere  another page writes now
 * @property {() => void} over  the attempt is closed
 * @property {() => void} [restored]  what another page had left is sent: show what is stored now
 */

export class Sender {
  pause = new Pause();
  epoch;
  /** Whether this page is the one of this browser that sends. */
  isActive = false;
  isReadOnly = false;
  isOver = false;
  /** Whether what is unsent was entered on an earlier page, or was lost by the server. */
  isRestoring = false;
  /** Whether a person wants to write here. */
  isAsked = false;
  mustCheck;
  #opensEpoch;
  #token = token();
  #batchLimit = MOST_ENTRIES;
  #ledger;
  #on;

  /**
   * @param {import("./ledger.js").Ledger} ledger
   * @param {Start} start
   * @param {Listeners} listeners
   */
  constructor(ledger, start, listeners) {
    this.#ledger = ledger;
    this.#on = listeners;
    this.epoch = start.epoch;
    ledger.note(start.epoch, start.acknowledged);
    // An epoch that a plain form opened takes no entries of a script.
    this.#opensEpoch = start.openedBy === "form";
    // The page before a reload may still have been sending when this one was made.
    this.mustCheck = start.isReload;
  }

  get hasWork() {
    if (!this.isActive || this.isOver) return false;
    const isFresh = !this.isReadOnly && this.#ledger.hasFresh;
    return this.isAsked || this.mustCheck || isFresh || this.#ledger.unsent.length > 0;
  }

  /** Give what was said its numbers and put it down, where this page may write. */
  number() {
    // Where nothing is kept, only the server knows which numbers the page before has used.
    const isKnown = this.#ledger.isDurable || !this.mustCheck;
    const mayWrite = this.isActive && isKnown && !this.isReadOnly && !this.#opensEpoch;
    const entries = mayWrite ? this.#ledger.number(this.epoch) : [];
    if (!entries.length) return;
    void this.#keep(entries).then(() => {
      if (this.pause.failures > 0) this.sayWaiting();
    });
  }

  /** Say how many answers wait, and where. */
  sayWaiting() {
    const count = this.#ledger.questions;
    if (this.isReadOnly || !count) return;
    const isKept = this.#ledger.isDurable && this.#ledger.isOnDevice;
    this.#on.state(isKept ? "device" : "waiting", "", count);
  }

  /** Send without waiting for the answer: the page goes away. */
  sendAndForget() {
    this.number();
    const batch = nextBatch(this.#ledger.unsent, MOST_ENTRIES);
    // Whoever is signed in now may be somebody else: only the next page can ask.
    if (!batch.length || !this.isActive || this.isOver || this.#token !== token()) return;
    void post(addresses.answers, bodyOf(batch)).catch(() => undefined);
  }

  /** @returns {Promise<boolean>} whether the server took what there was to do next */
  async step() {
    try {
      return await this.#step();
    } catch {
      // No network, no answer in time, or nothing that the portal said: ask what it holds first.
      this.mustCheck = true;
      return false;
    }
  }

  async #step() {
    // Whoever signs in gets a new token.
    if ((this.mustCheck || this.#token !== token()) && !(await this.#check())) return false;
    const needsEpoch = this.isAsked || (this.#opensEpoch && !this.isReadOnly);
    if (needsEpoch && !this.#ledger.unsent.length && !(await this.#takeOver())) return false;
    this.number();
    return this.isOver || !this.#ledger.unsent.length || this.#send();
  }

  async #check() {
    const reply = await get(addresses.state);
    if (reply.status !== 200) return this.#failed(reply);
    const state = reply.data;
    if (state.user !== userId) return this.#failed({ ...reply, status: 404 });
    this.#token = token();
    this.mustCheck = false;
    this.#on.trouble("");
    this.#on.time(state.remaining_ms);
    if (state.status !== "open") return this.#closed();
    if (state.epoch === this.epoch) this.isRestoring ||= this.#ledger.compare(state);
    else if (state.epoch < this.epoch) await this.#bringBack(state.epoch);
    else if (this.isAsked) this.epoch = state.epoch;
    else this.#elsewhere();
    return true;
  }

  /** The server came back from a backup older than this page. @param {number} epoch */
  async #bringBack(epoch) {
    this.#opensEpoch = true;
    await this.#keep(this.#ledger.sayAgainAbove(epoch));
  }

  async #takeOver() {
    const reply = await post(addresses.takeOver, {});
    if (reply.status !== 200) return this.#failed(reply);
    this.epoch = reply.data.epoch;
    // No new epoch: the attempt is closed, or the server has to count up to it once more.
    this.mustCheck = this.epoch <= this.#ledger.highestEpoch;
    if (this.mustCheck) return true;
    this.isAsked = this.#opensEpoch = this.isReadOnly = false;
    this.#ledger.sayAgain();
    return true;
  }

  async #send() {
    const batch = nextBatch(this.#ledger.unsent, this.#batchLimit);
    const reply = await post(addresses.answers, bodyOf(batch));
    if (reply.status === 400 || reply.status === 413) return this.#unreadable(batch);
    if (reply.status !== 200) return this.#failed(reply);
    this.#batchLimit = MOST_ENTRIES;
    this.#on.trouble("");
    this.#on.time(reply.data.remaining_ms);
    const settled = this.#ledger.settle(batch[0]?.epoch ?? 0, reply.data.entries);
    await this.#keep(settled);
    this.#tell(settled);
    if (reply.data.status !== "open") return this.#closed();
    if (reply.data.epoch > this.epoch) this.#elsewhere();
    return settled.length > 0;
  }

  /**
   * The request as a whole was refused: find the entry to blame by sending them one by one.
   * @param {Entry[]} batch
   */
  async #unreadable(batch) {
    if (batch.length > 1) {
      this.#batchLimit = 1;
      return true;
    }
    for (const entry of batch) entry.outcome = "refused";
    await this.#keep(batch);
    this.#tell(batch);
    return true;
  }

  /** @param {Entry[]} settled */
  #tell(settled) {
    const savedAt = settled.filter(({ outcome }) => !ASIDE.includes(outcome)).at(-1)?.saved_at;
    if (!this.isReadOnly) this.#on.state(savedAt ? "saved" : "aside", savedAt);
    for (const name of ASIDE) {
      const aside = settled.filter(({ outcome }) => outcome === name);
      const places = [...new Set(aside.map(({ payload }) => payload.item))].join(", ");
      if (TAKEN.includes(name) && aside.some(({ epoch }) => epoch === this.epoch)) this.#elsewhere();
      if (aside.length) this.#on.trouble(name, { places });
    }
  }

  /** @param {import("./server.js").Reply} reply */
  #failed(reply) {
    this.pause.leastMs = reply.retryAfterMs;
    if (reply.status === 401) {
      this.pause.leastMs = SIGNED_OUT_PAUSE_MS;
      this.#on.trouble("signed-out");
    } else if (reply.status === 403) {
      // The token is read anew for the next try; only a second refusal is worth a word.
      if (this.pause.failures > 0) this.#on.trouble("csrf");
    } else this.#on.trouble(reply.status === 404 ? "missing" : "busy");
    this.mustCheck ||= reply.status !== 429;
    return false;
  }

  /** @param {Entry[]} entries */
  #keep(entries) {
    return this.#ledger.keep(entries).catch(() => this.#on.trouble("memory"));
  }

  #elsewhere() {
    if (this.isReadOnly) return;
    this.isReadOnly = true;
    this.#on.elsewhere("elsewhere");
  }

  /** The attempt is closed: what is left goes as evidence, then this page is done. */
  #closed() {
    this.isReadOnly = true;
    this.isAsked = false;
    if (this.#ledger.unsent.length) return true;
    this.isOver = true;
    this.#on.over();
    return true;
  }
}
