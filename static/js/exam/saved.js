/** Says in the bar how the saving stands, always in words. */
import { timeOfDay } from "./clock.js";
import { copyOf, fill } from "./page.js";

const SAVING_SHOWN_AFTER_MS = 400;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let savingShown;

/**
 * @param {"saved" | "saving" | "device" | "waiting" | "aside" | "stopped"} state
 * @param {string} [savedAt]  the server's time
 * @param {number} [count]  how many answers wait
 */
export function sayState(state, savedAt = "", count = 0) {
  clearTimeout(savingShown);
  const values = { time: savedAt && timeOfDay(savedAt), n: count };
  const name = state === "device" && count === 1 ? "device-one" : state;
  // Most saves are over before one could read that they have begun.
  if (state === "saving") savingShown = setTimeout(show, SAVING_SHOWN_AFTER_MS, name, values);
  else show(name, values);
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} values
 */
function show(name, values) {
  const place = document.getElementById("saved");
  const copy = copyOf(`[data-state="${name}"]`);
  if (!place || !copy) return;
  const text = copy.querySelector("span");
  if (text) text.textContent = fill(text.textContent ?? "", values);
  place.className = `saved push ${copy.className}`.trim();
  place.replaceChildren(...copy.childNodes);
}
