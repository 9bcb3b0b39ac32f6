/**
 * The paper of the open section: fetched once, then kept in memory, so that moving between
 * questions needs no network. What is told of each question is kept here, too.
 */
import { addresses, copyOf } from "./page.js";
import { get } from "./server.js";

const PAUSE_MS = 15_000;

/**
 * @typedef {object} Item  one question as it stands on this page
 * @property {number} n
 * @property {string} kind
 * @property {number} choose
 * @property {Record<string, any> | null} answer
 * @property {boolean} complete
 * @property {boolean} flag
 * @property {string[]} struck
 * @property {boolean} seen
 * @property {number} [changes]  how often its answer was changed on this page
 * @property {number} [visibleMs]  how long it was looked at on this page
 */

/** The portal's own pieces are the only HTML that a page of an exam may make of a text. */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("paper", {
  createHTML: (/** @type {string} */ html) => html,
});

export class Paper {
  /** @type {Map<number, Item>} */
  #items = new Map();
  /** @type {Map<number, Record<string, string>>} */
  #cards = new Map();

  /** @param {Item} served  the question that the page came with */
  constructor(served) {
    this.#items.set(served.n, served);
  }

  /** Try until it is there. @returns {Promise<Item[]>} every question that can be shown now */
  async load() {
    for (;;) {
      const reply = await get(addresses.paper).catch(() => null);
      if (reply?.status === 200) return this.#keep(reply.data);
      // Without it the page still moves, by asking for the next one.
      if (reply && reply.status < 500) return [];
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  /** @param {{ dialogs?: string, items?: (Item & { html: Record<string, string> })[] }} paper */
  #keep({ dialogs = "", items = [] }) {
    document.body.append(partsOf(dialogs));
    for (const { html, ...item } of items) {
      this.#cards.set(item.n, html);
      // What was told on this page since is newer.
      if (!this.#items.has(item.n)) this.#items.set(item.n, item);
    }
    return [...this.#items.values()];
  }

  /** Whether this question can be shown without asking the portal. @param {number} n */
  has(n) {
    return this.#cards.has(n);
  }

  /** @param {number} n */
  item(n) {
    return this.#items.get(n);
  }

  /**
   * The card of a question, without an answer in it.
   * @param {number} n
   * @param {string} language
   */
  card(n, language) {
    const card = partsOf(this.#cards.get(n)?.[language] ?? "");
    for (const strike of card.querySelectorAll(".strike")) {
      strike.append(...(copyOf("[data-icon=strike]")?.childNodes ?? []));
    }
    return card;
  }
}

/** @param {string} html  of the portal */
function partsOf(html) {
  const template = document.createElement("template");
  template.innerHTML = policy ? policy.createHTML(html) : html;
  return template.content;
}
