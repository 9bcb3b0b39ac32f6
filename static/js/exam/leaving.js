/** Going to another page: first everything is saved, and where that cannot be, one is asked. */
import { byId } from "./page.js";

const RETRY_MS = 1_000;

export class Leaving {
  #dialog = byId("leave", HTMLDialogElement);
  #outbox;
  isLeaving = false;

  /** @param {import("./outbox.js").Outbox} outbox */
  constructor(outbox) {
    this.#outbox = outbox;
  }

  /**
   * @param {string} url
   * @param {{ reload?: boolean }} [how]
   */
  go(url, { reload = false } = {}) {
    this.isLeaving = true;
    if (reload) location.reload();
    else location.assign(url);
  }

  /** Save what is not saved, then leave; ask where that cannot be done. @param {string} url */
  async leaveTo(url) {
    if (this.isLeaving) return;
    if (this.#outbox.isStopped || (await this.#outbox.flush()) || (await this.#mayLeaveUnsaved())) {
      this.go(url);
    }
  }

  /** Another question of this page: only where the device keeps nothing must the portal have it. */
  async maySwap() {
    return this.#outbox.isStopped || (await this.#outbox.secure()) || this.#mayLeaveUnsaved();
  }

  /** Ask nothing any more: the time is up. */
  stopAsking() {
    if (this.#dialog.open) this.#dialog.close();
  }

  /** @returns {Promise<boolean>} also true when it was saved while the question stood */
  #mayLeaveUnsaved() {
    const dialog = this.#dialog;
    if (dialog.open) return Promise.resolve(false);
    dialog.returnValue = "";
    dialog.showModal();
    const retry = setInterval(async () => {
      if (dialog.open && (await this.#outbox.flush())) dialog.close("go");
    }, RETRY_MS);
    return new Promise((resolve) => {
      const closed = () => {
        clearInterval(retry);
        resolve(dialog.returnValue === "go");
      };
      dialog.addEventListener("close", closed, { once: true });
    });
  }
}
