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
  form.addEventListener("change", () => {
    hint.textContent = "";
    isWarned = false;
  });
  form.addEventListener("submit", (event) => {
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (button?.value === "next" || isWarned) return;
    if (isComplete(form, readAnswer(form, form.dataset.kind ?? ""))) return;
    // The check is final; not to know is an answer too, so the second press goes through.
    isWarned = true;
    event.preventDefault();
    hint.textContent = form.dataset.unfinished ?? "";
  });
}

// After "Check my answer" one wants to read what became of it, not to search for it.
document.getElementById("verdict")?.focus({ preventScroll: true });
