/**
 * Keys of the question card. They act only while the focus is inside the card, never in a field
 * to type in, never with a modifier or while an input method composes; a switch turns them off.
 */
import { byId, recall, remember } from "./page.js";
import { strike } from "./card.js";

const SETTING = "exam-keys";
const LETTERS = "abcdefghi";

/**
 * @param {HTMLFormElement} form
 * @param {{ next: () => void, previous: () => void, review: () => void }} moves
 */
export function listenToKeys(form, moves) {
  const card = /** @type {HTMLElement} */ (form.closest(".q"));
  byId("keys-line").hidden = !isOn;
  const actions = {
    f: () => flag(form),
    x: () => strikeFocused(),
    n: moves.next,
    arrowright: moves.next,
    p: moves.previous,
    arrowleft: moves.previous,
    r: moves.review,
    "?": showHelp,
  };
  document.addEventListener("keydown", (event) => {
    if (!isOn || !isOurs(event, card)) return;
    const key = event.key.toLowerCase();
    const action = actions[/** @type {keyof typeof actions} */ (key)];
    if (action) action();
    else if (!choose(form, key)) return;
    event.preventDefault();
  });
}

let isOn = recall("local", SETTING) !== "off";

/** The help and the switch, once the paper has brought them. */
export function offerHelp() {
  const open = byId("help-open");
  const setting = byId("keys-on", HTMLInputElement);
  setting.checked = isOn;
  setting.addEventListener("change", () => {
    isOn = setting.checked;
    remember("local", SETTING, isOn ? undefined : "off");
    byId("keys-line").hidden = !isOn;
  });
  open.hidden = false;
  open.addEventListener("click", showHelp);
  if (isHelpAwaited) showHelp();
}

/** Somebody asked for help before it was there. */
let isHelpAwaited = false;

function showHelp() {
  const help = document.getElementById("help");
  if (help instanceof HTMLDialogElement) help.showModal();
  else isHelpAwaited = true;
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} card
 */
function isOurs(event, card) {
  if (event.defaultPrevented || event.repeat || event.isComposing || event.keyCode === 229) {
    return false;
  }
  if (event.ctrlKey || event.altKey || event.metaKey) return false;
  if (event.shiftKey && event.key !== "?") return false;
  const focused = document.activeElement;
  if (!focused || !card.contains(focused)) return false;
  if (focused.matches("select, textarea, input:not([type=radio], [type=checkbox])")) return false;
  // Arrows choose inside a group of radio buttons.
  return !(event.key.startsWith("Arrow") && focused.matches("[type=radio]"));
}

/**
 * Choose an option by digit or letter. F is the flag, so the sixth is chosen with 6.
 * @param {HTMLFormElement} form
 * @param {string} key
 */
function choose(form, key) {
  const index = /^[1-9]$/.test(key) ? Number(key) - 1 : key.length === 1 ? LETTERS.indexOf(key) : -1;
  const inputs = form.querySelectorAll(".option > label > input");
  const input = index >= 0 ? inputs[index] : undefined;
  if (!(input instanceof HTMLInputElement) || input.matches(":disabled")) return false;
  input.focus();
  input.click();
  return true;
}

/** @param {HTMLFormElement} form */
function flag(form) {
  const box = form.elements.namedItem("flag");
  if (box instanceof HTMLInputElement && !box.matches(":disabled")) box.click();
}

function strikeFocused() {
  const row = document.activeElement?.closest(".option");
  if (row && !row.querySelector(":disabled")) strike(row);
}
