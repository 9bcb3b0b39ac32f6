/** Keeps the navigator true to what was just answered or flagged on this page. */
import { byId, fill } from "./page.js";

/**
 * @param {{ complete: boolean, flagged: boolean }} state of the question that is shown
 */
export function showPlace({ complete, flagged }) {
  const places = byId("places");
  const here = places.querySelector("[aria-current]");
  if (!here) return;
  here.classList.toggle("is-done", complete);
  here.classList.toggle("is-part", !complete);
  here.classList.toggle("flagged", flagged);
  const words = [complete ? places.dataset.complete : places.dataset.incomplete];
  if (flagged) words.push(places.dataset.flagged);
  const label = here.querySelector(".vh");
  if (label) label.textContent = `, ${words.join(", ")}`;

  const sums = byId("sums");
  const count = (/** @type {string} */ selector) => places.querySelectorAll(selector).length;
  const [done, part] = [count(".is-done"), count(".is-part")];
  sums.textContent = fill(sums.dataset.words ?? "", { done, part, unseen: count("a") - done - part });
}
