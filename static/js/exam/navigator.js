/** The navigator: a link to each question of the open section, its state, and which are shown. */
import { byId, fill } from "./page.js";

const CLASSES = /** @type {Record<string, string>} */ ({ c: "is-done", i: "is-part", u: "" });

/** @typedef {{ link: HTMLAnchorElement, state: string, isFlagged: boolean }} Place */

export class Navigator {
  #list = byId("places");
  #sums = byId("sums");
  /** @type {Map<number, Place>} */
  #places = new Map();
  #here = 0;
  #shown = "all";

  /**
   * @param {number} first  the number of the first question
   * @param {string} letters  one a question: c(omplete), i(ncomplete), u(nseen); capital: flagged
   */
  constructor(first, letters) {
    [...letters].forEach((letter, index) => {
      const link = document.createElement("a");
      link.href = `../${first + index}/`;
      const state = letter.toLowerCase();
      this.#places.set(first + index, { link, state, isFlagged: letter !== state });
    });
    for (const n of this.#places.keys()) this.#draw(n);
    this.#list.replaceChildren(...[...this.#places.values()].map(({ link }) => inRow(link)));
    byId("navigator").hidden = false;
    byId("filters").addEventListener("click", ({ target }) => {
      const button = /** @type {Element} */ (target).closest("[data-show]");
      if (button instanceof HTMLElement) this.#filter(button);
    });
    this.#count();
  }

  get last() {
    return Math.max(...this.#places.keys());
  }

  /** @param {import("./paper.js").Item} item */
  show({ n, complete, seen, flag }) {
    const place = this.#places.get(n);
    if (!place) return;
    place.state = complete ? "c" : seen ? "i" : "u";
    place.isFlagged = flag;
    this.#draw(n);
    this.#count();
  }

  /** @param {number} n */
  goTo(n) {
    this.#places.get(this.#here)?.link.removeAttribute("aria-current");
    this.#here = n;
    this.#places.get(n)?.link.setAttribute("aria-current", "step");
    this.#hide();
  }

  /** @param {number} n */
  #draw(n) {
    const { link, state, isFlagged } = /** @type {Place} */ (this.#places.get(n));
    link.className = `${CLASSES[state]} ${isFlagged ? "flagged" : ""}`.trim();
    const words = [this.#list.dataset[state]];
    if (isFlagged) words.push(this.#list.dataset.flagged);
    const label = document.createElement("span");
    label.className = "vh";
    label.textContent = `, ${words.join(", ")}`;
    link.replaceChildren(String(n), label);
  }

  #count() {
    const count = (/** @type {string} */ letter) =>
      [...this.#places.values()].filter(({ state }) => state === letter).length;
    const values = { done: count("c"), part: count("i"), unseen: count("u") };
    this.#sums.textContent = fill(this.#sums.dataset.words ?? "", values);
    this.#hide();
  }

  /** @param {HTMLElement} button */
  #filter(button) {
    this.#shown = button.dataset.show ?? "all";
    for (const other of byId("filters").querySelectorAll("[data-show]")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    this.#hide();
  }

  /** Show what the filter asks for, and always where one is. */
  #hide() {
    for (const [n, { link, state, isFlagged }] of this.#places) {
      const isMeant = this.#shown === "open" ? state !== "c" : this.#shown === "all" || isFlagged;
      const row = link.parentElement;
      if (row) row.hidden = !isMeant && n !== this.#here;
    }
  }
}

/** @param {HTMLElement} link */
function inRow(link) {
  const row = document.createElement("li");
  row.append(link);
  return row;
}
