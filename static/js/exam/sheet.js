/** The question that is shown: its card in the form, its number, its place among the others. */
import { enhanceCard, isComplete, readAnswer, readStruck, writeAnswer } from "./card.js";
import { Navigator } from "./navigator.js";
import { byId, say } from "./page.js";
import { Paper } from "./paper.js";

export class Sheet {
  form = byId("answer", HTMLFormElement);
  fields = byId("fields", HTMLFieldSetElement);
  language = this.form.dataset.language ?? "en";
  #card = byId("card");
  #flag = /** @type {HTMLInputElement} */ (this.form.elements.namedItem("flag"));
  #total = Number(this.form.dataset.total);
  #navigator = new Navigator(Number(this.form.dataset.first), this.form.dataset.places ?? "");
  #since = performance.now();

  constructor() {
    this.here = this.#served();
    /** The answer as it was last told. */
    this.told = JSON.stringify(this.here.answer);
    this.paper = new Paper(this.here);
    this.#place();
  }

  /**
   * The question as the portal sent it. Somebody may have answered it since, before this script
   * was there; told is what the portal knows.
   * @returns {import("./paper.js").Item}
   */
  #served() {
    const { n, kind = "", choose } = this.form.dataset;
    const served = /** @type {HTMLFormElement} */ (this.form.cloneNode(true));
    served.reset();
    const answer = readAnswer(served, kind);
    return {
      n: Number(n),
      kind,
      choose: Number(choose),
      answer,
      complete: isComplete(served, answer),
      flag: this.#flag.defaultChecked,
      struck: readStruck(served),
      seen: true,
    };
  }

  get first() {
    return Number(this.form.dataset.first);
  }

  get last() {
    return this.#navigator.last;
  }

  /** Take what the form says now; false when the answer is as it was told before. */
  takeAnswer() {
    const text = this.#text();
    if (text === this.told) return false;
    this.told = text;
    this.here.answer = JSON.parse(text);
    this.here.complete = isComplete(this.form, this.here.answer);
    this.here.changes = (this.here.changes ?? 0) + 1;
    return true;
  }

  takeMarks() {
    this.here.flag = this.#flag.checked;
    this.here.struck = readStruck(this.form);
  }

  #text() {
    return JSON.stringify(readAnswer(this.form, this.here.kind));
  }

  /** How it stands, for the navigator. */
  tellPlace() {
    this.#navigator.show(this.here);
  }

  /** The time that this question was looked at, up to now. */
  get visibleMs() {
    const now = document.visibilityState === "hidden" ? this.#since : performance.now();
    return Math.round((this.here.visibleMs ?? 0) + now - this.#since);
  }

  /** The time before this counts for the question, the time away does not. */
  stopWatch() {
    this.here.visibleMs = (this.here.visibleMs ?? 0) + performance.now() - this.#since;
    this.#since = performance.now();
  }

  startWatch() {
    this.#since = performance.now();
  }

  /** Fetch the other questions. @returns {Promise<boolean>} false where they cannot be had */
  async loadPaper() {
    for (const item of await this.paper.load()) this.#navigator.show(item);
    return this.paper.has(this.here.n);
  }

  /**
   * Show another question in place of this one.
   * @param {import("./paper.js").Item} item
   */
  turnTo(item) {
    this.stopWatch();
    this.here = item;
    this.#draw();
    const values = { n: item.n, total: this.#total };
    document.title = [say("title", values), ...document.title.split(" · ").slice(-1)].join(" · ");
    byId("place").textContent = say("place", values);
    this.#place();
    scrollTo(0, 0);
    this.focus();
  }

  /** Show the same question in another language. @param {string} language @param {string} tag */
  speak(language, tag) {
    this.language = language;
    this.#card.lang = tag;
    this.#draw();
  }

  #draw() {
    const { n, kind, choose, answer, struck, flag } = this.here;
    this.#card.replaceChildren(this.paper.card(n, this.language));
    Object.assign(this.form.dataset, { n: String(n), kind, choose: String(choose) });
    this.#flag.checked = flag;
    byId("hint").textContent = "";
    writeAnswer(this.form, answer, struck);
    enhanceCard(this.form);
    this.told = this.#text();
  }

  #place() {
    const { n } = this.here;
    this.#navigator.show(this.here);
    this.#navigator.goTo(n);
    const button = (/** @type {string} */ go) =>
      /** @type {HTMLButtonElement} */ (document.querySelector(`.exam-foot [value=${go}]`));
    button("previous").disabled = n === this.first;
    button("next").hidden = n === this.last;
    button("review").hidden = n !== this.last;
  }

  focus() {
    document.getElementById("stem")?.focus({ preventScroll: true });
  }
}
