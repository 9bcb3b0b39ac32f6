/** Paper to scribble on, kept in this tab only. */
import { attemptId, byId, recall, remember } from "./page.js";

const KEY = `pad ${attemptId}`;

export function offerScratchpad() {
  const pad = byId("pad", HTMLDialogElement);
  const text = byId("pad-text", HTMLTextAreaElement);
  const opener = byId("pad-open");
  text.value = recall("session", KEY) ?? "";
  text.addEventListener("input", () => remember("session", KEY, text.value));

  const close = () => {
    pad.close();
    opener.setAttribute("aria-expanded", "false");
    opener.focus();
  };
  opener.hidden = false;
  opener.addEventListener("click", () => {
    if (pad.open) return close();
    // Not modal: one writes while reading the question.
    pad.show();
    opener.setAttribute("aria-expanded", "true");
    text.focus();
  });
  byId("pad-close").addEventListener("click", close);
  pad.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    close();
  });
}
