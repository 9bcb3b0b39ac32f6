/**
 * What is not saved yet, for as long as the document lives.
 *
 * One page of this browser sends for a sitting, one request at a time; what happens meanwhile goes
 * with the next one. It never gives up.
 */
import { Ledger } from "./ledger.js";
import { SenderLock } from "./locks.js";
import { attemptId, userId } from "./page.js";
import { Sender } from "./sender.js";

/** A page that is being left still holds the lock for a moment. */
const OTHER_TAB_AFTER_MS = 1_000;

/**
 * @typedef {import("./sender.js").Start} Start
 * @typedef {import("./sender.js").Listeners} Listeners
 */

export class Outbox {
  #ledger = new Ledger(userId, attemptId);
  #lock = new SenderLock(`sitting ${userId} ${attemptId}`, () => this.#lost());
  #sender;
  #on;
  #ready;
  #isRunning = false;
  /** @type {((saved: boolean) => void)[]} */
  #waiting = [];

  /**
   * @param {Start} start
   * @param {Listeners} listeners
   */
  constructor(start, listeners) {
    this.#sender = new Sender(this.#ledger, start, listeners);
    this.#on = listeners;
    this.#ready = this.#open();
    void this.#ready.then(() => this.#run());
  }

  get isEmpty() {
    return this.unsent === 0;
  }

  /** How many questions have something that is not sent. */
  get unsent() {
    return this.#ledger.questions;
  }

  /** Whether this page may not write: another one does, or the attempt is closed. */
  get isStopped() {
    return this.#sender.isReadOnly || this.#sender.isOver;
  }

  get epoch() {
    return this.#sender.epoch;
  }

  /**
   * Put something down to be sent.
   * @param {string} subject  what it is about, with the number of its question: answer:12
   * @param {Record<string, any>} payload
   */
  add(subject, payload) {
    if (!this.#ledger.say(subject, payload)) return;
    this.#sender.number();
    void this.#run();
  }

  /**
   * Send now. Resolves to true once no answer is left, to false when a try fails.
   * @returns {Promise<boolean>}
   */
  async flush() {
    await this.#ready;
    this.#sender.number();
    // The page that sends may be another one: what has become of it stands in the store.
    if (!this.#sender.isActive) await this.#ledger.reload();
    void this.#run();
    if (!this.#sender.isAsked) {
      if (this.isStopped) return this.isEmpty;
      if (this.isEmpty && !this.#ledger.unsent.length) return true;
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.wake();
    });
  }

  /** Resolves to true once nothing would be lost with this page: it is on the device or sent. */
  async secure() {
    await this.#ready;
    if (this.isEmpty) return true;
    return (this.#ledger.isDurable && !this.#ledger.hasFresh) || this.flush();
  }

  /** Try again at once instead of after the pause. */
  wake() {
    this.#sender.pause.end();
  }

  /** Send everything without waiting for the answer: the page goes away. */
  sendAndForget() {
    this.#sender.sendAndForget();
  }

  /** Write nothing any more; what is not sent is still sent, as what it was. */
  stop() {
    this.#sender.isReadOnly = true;
    this.#settle(false);
  }

  /** Write from this page; what it could not save is said once more. */
  async takeOver() {
    if (!this.#sender.isActive) {
      await this.#lock.steal();
      await this.#ledger.reload();
      this.#sender.isActive = true;
    }
    this.#sender.isAsked = this.#sender.mustCheck = true;
    const isDone = await this.flush();
    if (!isDone) this.#sender.isAsked = false;
    return isDone;
  }

  /** Everything that is not sent, as a file that the portal reads. */
  file() {
    return this.#ledger.file();
  }

  async #open() {
    await this.#ledger.open();
    if (!this.#ledger.isDurable) this.#on.trouble("memory");
    const turn = this.#lock.wait();
    const tooLate = new Promise((resolve) => setTimeout(resolve, OTHER_TAB_AFTER_MS, "late"));
    if ((await Promise.race([turn, tooLate])) === "late") return this.#standBack(turn);
    await this.#ledger.reload();
    this.#sender.isRestoring = this.#ledger.unsent.length > 0;
    this.#sender.mustCheck ||= this.#ledger.entries.length > 0;
    this.#sender.isActive = true;
    this.#sender.number();
  }

  #lost() {
    this.#standBack(this.#lock.wait());
  }

  /** @param {Promise<void>} turn */
  #standBack(turn) {
    this.#sender.isActive = false;
    this.stop();
    this.#on.elsewhere("other-tab");
    // Once the other page is gone, this one can show what that one has written, and go on.
    void turn.then(() => this.#on.restored?.());
  }

  async #run() {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#sender.hasWork) {
      if (await this.#try()) this.#sender.pause.failures = 0;
      else if (this.#sender.hasWork) await this.#sender.pause.begin();
    }
    this.#isRunning = false;
  }

  /** @returns {Promise<boolean>} whether the server took something */
  async #try() {
    if (!this.isStopped && !this.isEmpty) this.#on.state("saving");
    const isTaken = await this.#sender.step();
    const isAsked = this.#sender.isAsked;
    if (this.isEmpty && !isAsked) this.#allSent();
    else if (!isTaken || (this.isStopped && !isAsked)) {
      this.#sender.sayWaiting();
      this.#settle(false);
    }
    return isTaken;
  }

  #allSent() {
    this.#settle(!this.#sender.isOver);
    // First sights may still be unsent: then this page would be asked for without network.
    if (!this.#sender.isRestoring || this.isStopped || this.#ledger.unsent.length) return;
    this.#sender.isRestoring = false;
    this.#on.restored?.();
  }

  /** @param {boolean} isSaved */
  #settle(isSaved) {
    for (const resolve of this.#waiting.splice(0)) resolve(isSaved);
  }
}
