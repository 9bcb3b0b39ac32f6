/**
 * What is not saved yet, and the one who sends it.
 *
 * One request is in flight at a time; what happens meanwhile goes with the next one. An entry that
 * was sent keeps its number and its payload for ever, so that sending it again changes nothing.
 */
import { addresses } from "./page.js";
import { get, post } from "./server.js";

const MOST_ENTRIES = 50;
const MOST_BYTES = 48 * 1024;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const SIGNED_OUT_PAUSE_MS = 5_000;

/**
 * @typedef {{ subject: string, payload: object, seq: number }} Entry  `seq` is 0 until it is sent.
 * @typedef {object} Listeners
 * @property {(state: "saving" | "saved" | "waiting", savedAt?: string) => void} state
 * @property {(trouble: string) => void} trouble  a name of a notice; "" when all is well again
 * @property {(remainingMs: number | null) => void} time
 * @property {() => void} elsewhere  another page writes now
 * @property {() => void} over  the attempt is closed
 */

export class Outbox {
  /** @type {Entry[]} */
  #queue = [];
  #seq;
  #epoch;
  #mustTakeOver;
  #mustCheck;
  #running = false;
  #stopped = false;
  #failures = 0;
  #batchLimit = MOST_ENTRIES;
  #pauseMs = 0;
  /** @type {((saved: boolean) => void)[]} */
  #waiting = [];
  /** @type {(() => void) | undefined} */
  #wake;
  #on;

  /**
   * @param {{ epoch: number, acknowledged: number, openedBy: string, isReload: boolean }} start
   * @param {Listeners} listeners
   */
  constructor(start, listeners) {
    this.#epoch = start.epoch;
    this.#seq = start.acknowledged;
    // An epoch that a plain form opened takes no entries of a script.
    this.#mustTakeOver = start.openedBy === "form";
    // The page before a reload may still have been sending when this one was made.
    this.#mustCheck = start.isReload;
    this.#on = listeners;
  }

  get isEmpty() {
    return this.#queue.length === 0;
  }

  get isStopped() {
    return this.#stopped;
  }

  get epoch() {
    return this.#epoch;
  }

  /**
   * Put something down to be sent; it replaces an unsent entry on the same subject.
   * @param {string} subject
   * @param {object} payload
   */
  add(subject, payload) {
    const unsent = this.#queue.find((entry) => entry.subject === subject && entry.seq === 0);
    if (unsent) unsent.payload = payload;
    else this.#queue.push({ subject, payload, seq: 0 });
    void this.#run();
  }

  /**
   * Send now. Resolves to true once nothing is left, to false when a try fails.
   * @returns {Promise<boolean>}
   */
  flush() {
    if (this.isEmpty) return Promise.resolve(true);
    if (this.#stopped) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.wake();
      void this.#run();
    });
  }

  /** Try again at once instead of after the pause. */
  wake() {
    this.#wake?.();
  }

  /** Send everything without waiting for the answer: the page goes away. */
  sendAndForget() {
    if (this.isEmpty || this.#stopped || this.#mustTakeOver) return;
    void this.#post(this.#nextBatch()).catch(() => undefined);
  }

  /** Send nothing any more; what is not sent is kept. */
  stop() {
    this.#stopped = true;
    this.#settle(false);
    this.wake();
  }

  /** Write from this page again; what was not saved is sent once more. */
  async takeOver() {
    this.#mustTakeOver = true;
    this.#stopped = false;
    if (this.isEmpty) return this.#takeOver();
    return this.flush();
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    while (this.#queue.length && !this.#stopped) {
      if (await this.#try()) this.#failures = 0;
      else if (!this.#stopped) await this.#pause();
    }
    this.#running = false;
  }

  /** @returns {Promise<boolean>} whether the server took something */
  async #try() {
    this.#pauseMs = 0;
    this.#on.state("saving");
    let taken = false;
    try {
      taken = (await this.#prepare()) && (await this.#send());
    } catch {
      // No network, no answer in time, or nothing that the portal said: try again.
    }
    if (this.isEmpty) this.#settle(true);
    else if (!taken && !this.#stopped) {
      this.#on.state("waiting");
      this.#settle(false);
    }
    return taken;
  }

  async #prepare() {
    if (this.#mustTakeOver) return this.#takeOver();
    if (!this.#mustCheck) return true;
    const reply = await get(addresses.state);
    if (reply.status !== 200) return this.#failed(reply);
    this.#mustCheck = false;
    if (reply.data.status !== "open") return this.#over();
    if (reply.data.epoch !== this.#epoch) return this.#elsewhere();
    this.#seq = Math.max(this.#seq, reply.data.acknowledged);
    return true;
  }

  async #takeOver() {
    const reply = await post(addresses.takeOver, {});
    if (reply.status !== 200) return this.#failed(reply);
    this.#epoch = reply.data.epoch;
    this.#mustTakeOver = this.#mustCheck = false;
    this.#seq = 0;
    for (const entry of this.#queue) entry.seq = 0;
    return true;
  }

  /** The oldest entries that fit into one request, numbered. */
  #nextBatch() {
    const batch = [];
    let bytes = 0;
    for (const entry of this.#queue.slice(0, this.#batchLimit)) {
      bytes += new Blob([JSON.stringify(entry.payload)]).size + 40;
      if (batch.length && bytes > MOST_BYTES) break;
      entry.seq ||= ++this.#seq;
      batch.push(entry);
    }
    return batch;
  }

  /** @param {Entry[]} batch */
  #post(batch) {
    const entries = batch.map(({ seq, payload }) => ({ seq, ...payload }));
    return post(addresses.answers, { epoch: this.#epoch, entries });
  }

  async #send() {
    const batch = this.#nextBatch();
    const reply = await this.#post(batch);
    if (reply.status === 400 || reply.status === 413) return this.#unreadable(batch);
    if (reply.status !== 200) return this.#failed(reply);
    this.#batchLimit = MOST_ENTRIES;
    this.#on.trouble("");
    this.#on.time(reply.data.remaining_ms);
    this.#settleEntries(reply.data.entries);
    if (reply.data.status !== "open") return this.#over();
    return true;
  }

  /** @param {{ seq: number, outcome: string, saved_at: string | null }[]} replies */
  #settleEntries(replies) {
    let savedAt = "";
    for (const { seq, outcome, saved_at } of replies) {
      if (outcome === "superseded" || outcome === "conflict") {
        this.#elsewhere();
        continue;
      }
      this.#queue = this.#queue.filter((entry) => entry.seq !== seq);
      if (outcome === "refused" || outcome === "late") this.#on.trouble(outcome);
      if (outcome === "accepted" && saved_at) savedAt = saved_at;
    }
    if (savedAt && !this.#stopped) this.#on.state("saved", savedAt);
  }

  /**
   * The request as a whole was refused: find the entry to blame by sending them one by one.
   * @param {Entry[]} batch
   */
  #unreadable(batch) {
    if (batch.length > 1) {
      this.#batchLimit = 1;
      return true;
    }
    this.#queue = this.#queue.filter((entry) => entry !== batch[0]);
    this.#on.trouble("refused");
    return true;
  }

  /** @param {import("./server.js").Reply} reply */
  #failed(reply) {
    this.#pauseMs = reply.retryAfterMs;
    if (reply.status === 401) {
      this.#pauseMs = SIGNED_OUT_PAUSE_MS;
      this.#on.trouble("signed-out");
    } else if (reply.status === 403) {
      // The token is read anew for the next try; only a second refusal is worth a word.
      if (this.#failures > 0) this.#on.trouble("csrf");
    } else if (reply.status === 404) this.#on.trouble("missing");
    else this.#on.trouble("busy");
    return false;
  }

  #elsewhere() {
    this.stop();
    this.#on.elsewhere();
    return false;
  }

  #over() {
    this.stop();
    this.#on.over();
    return false;
  }

  /** @param {boolean} saved */
  #settle(saved) {
    for (const resolve of this.#waiting.splice(0)) resolve(saved);
  }

  #pause() {
    const backOff = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    const jittered = backOff * (0.5 + Math.random() / 2);
    return new Promise((resolve) => {
      const timer = setTimeout(done, Math.max(jittered, this.#pauseMs));
      const outbox = this;
      function done() {
        clearTimeout(timer);
        outbox.#wake = undefined;
        resolve(undefined);
      }
      this.#wake = done;
    });
  }
}
