/** The review screen of a mock exam: the clock, and the end when the time is up. */
import { Clock } from "./clock.js";
import { endAtZero } from "./ending.js";

const clock = new Clock(() => void endAtZero(clock));

// A page out of the browser's memory shows old states.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
