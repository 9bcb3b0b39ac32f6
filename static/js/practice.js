/**
 * A practice question: the gentle stop at "Choose TWO", buttons for order, a second look before an
 * unfinished answer is checked, focus on the verdict.
 */
import { enhance, isComplete, readAnswer } from "./exam/card.js";

const form = document.getElementById("answer");
const hint = document.getElementById("hint");

if (form instanceof HTMLFormElement && hint) {
  enhance(form, (most) => {
    hint.textContent = (form.dataset.most ?? "").replace("{most}", String(most));
  });
  let isWarned = false;
  // At "input": a hint that goes when a field is left would move the button away from under a press.
  form.addEventListener("input", () => {
    hint.textContent = "";
    isWarned = false;
  });
  form.addEventListener("submit", (event) => {
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    // A sample can be answered again at once: there the server says what is missing.
    if (form.dataset.unfinished === undefined) return;
    if (button?.value === "next" || isWarned) return;
    if (isComplete(form, readAnswer(form, form.dataset.kind ?? ""))) return;
    // The check is final; not to know is an answer too, so the second press goes through.
    isWarned = true;
    event.preventDefault();
    hint.textContent = form.dataset.unfinished;
  });
}

// After "Check my answer" one wants to read what became of it, not to search for it.
const outcome = document.getElementById("verdict") ?? document.getElementById("error");
const landing = outcome ?? document.getElementById("stem");
landing?.focus({ preventScroll: true });
outcome?.scrollIntoView({ block: "nearest" });
