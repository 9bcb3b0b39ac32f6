/** A practice question: the gentle stop at "Choose TWO", buttons for order, focus on the verdict. */
import { enhance } from "./exam/card.js";

const form = document.getElementById("answer");
const hint = document.getElementById("hint");

if (form instanceof HTMLFormElement && hint) {
  enhance(form, (most) => {
    hint.textContent = (form.dataset.most ?? "").replace("{most}", String(most));
  });
  form.addEventListener("change", () => (hint.textContent = ""));
}

// After "Check my answer" one wants to read what became of it, not to search for it.
document.getElementById("verdict")?.focus({ preventScroll: true });
