/** One page of this browser sends for a sitting; others wait, or take that over when asked to. */

export class SenderLock {
  #name;
  #onLost;
  #queue = new AbortController();
  isHeld = false;

  /**
   * @param {string} name
   * @param {() => void} onLost another page has taken over
   */
  constructor(name, onLost) {
    this.#name = name;
    this.#onLost = onLost;
  }

  /**
   * Wait for the page that sends now to go away.
   * @returns {Promise<void>} resolves when this page is the one that sends
   */
  wait() {
    this.#queue = new AbortController();
    return this.#request({ signal: this.#queue.signal });
  }

  /** Become the sender now; the page that was it learns of that. */
  steal() {
    this.#queue.abort();
    return this.#request({ steal: true });
  }

  /**
   * @param {LockOptions} options
   * @returns {Promise<void>}
   */
  #request(options) {
    return new Promise((resolve) => {
      const granted = () => {
        this.isHeld = true;
        resolve();
        return new Promise(() => undefined);
      };
      // Without locks (an old browser, plain http) the server's epochs still keep pages apart.
      if (!navigator.locks) void granted();
      else navigator.locks.request(this.#name, options, granted).catch(() => this.#lost(options));
    });
  }

  /** @param {LockOptions} options */
  #lost(options) {
    // A page that stopped waiting has lost nothing.
    if (options.signal?.aborted || !this.isHeld) return;
    this.isHeld = false;
    this.#onLost();
  }
}
