/**
 * A question card: reads its answer, and adds what plain inputs cannot do (a gentle stop at
 * "Choose TWO", buttons that move a row, strike-out by right click). Used in exams and in practice.
 */

/** @typedef {HTMLInputElement | HTMLSelectElement} Field */

/**
 * The answer as the portal takes it; null when there is none.
 * @param {HTMLFormElement} form
 * @param {string} kind
 * @returns {object | null}
 */
export function readAnswer(form, kind) {
  const data = new FormData(form);
  const text = (/** @type {string} */ name) => String(data.get(name) ?? "");
  switch (kind) {
    case "single":
    case "true_false":
      return data.has("choice") ? { choice: text("choice") } : null;
    case "multiple":
      return data.has("choices") ? { choices: data.getAll("choices") } : null;
    case "ordering":
      return readOrder(form);
    case "matching":
      return readPairs(data);
    case "numeric":
      return text("value").trim() ? { value: text("value").trim() } : null;
    default:
      return text("text").trim() ? { text: text("text") } : null;
  }
}

/** @param {HTMLFormElement} form */
function readOrder(form) {
  const placed = placesOf(form).filter((select) => select.value);
  placed.sort((one, other) => Number(one.value) - Number(other.value));
  const order = placed.map((select) => select.name.replace("order-", ""));
  return order.length ? { order } : null;
}

/** @param {FormData} data */
function readPairs(data) {
  const pairs = [...data]
    .filter(([name, value]) => name.startsWith("pair-") && value)
    .map(([name, value]) => [name.replace("pair-", ""), value]);
  return pairs.length ? { pairs: Object.fromEntries(pairs) } : null;
}

/**
 * Whether every part is answered, as far as a page can tell.
 * @param {HTMLFormElement} form
 * @param {object | null} answer
 */
export function isComplete(form, answer) {
  if (answer === null) return false;
  if ("choices" in answer) {
    const most = Number(form.dataset.choose);
    return most === 0 || /** @type {string[]} */ (answer.choices).length === most;
  }
  return [...form.querySelectorAll(".q-fields select")].every(
    (select) => /** @type {HTMLSelectElement} */ (select).value,
  );
}

/** @param {HTMLFormElement} form @returns {string[]} */
export function readStruck(form) {
  return new FormData(form).getAll("struck").map(String);
}

/**
 * Put an answer into the fields of a card that has none yet.
 * @param {HTMLFormElement} form
 * @param {Record<string, any> | null} answer  as `readAnswer` gives it
 * @param {string[]} struck
 */
export function writeAnswer(form, answer, struck) {
  const { choice, choices = [], order = [], pairs = {}, value, text } = answer ?? {};
  const isChosen = new Set([choice, ...choices]);
  for (const box of form.querySelectorAll("[name=choice], [name=choices], [name=struck]")) {
    const { name, value: id } = /** @type {HTMLInputElement} */ (box);
    /** @type {HTMLInputElement} */ (box).checked = (
      name === "struck" ? struck.includes(id) : isChosen.has(id)
    );
  }
  order.forEach((/** @type {string} */ id, /** @type {number} */ index) => {
    write(form, `order-${id}`, String(index + 1));
  });
  for (const [prompt, option] of Object.entries(pairs)) write(form, `pair-${prompt}`, option);
  if (value !== undefined) write(form, "value", value);
  if (text !== undefined) write(form, "text", text);
  showCount(form);
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {string} value
 */
function write(form, name, value) {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = value;
}

/** @param {ParentNode} form @returns {HTMLSelectElement[]} */
const placesOf = (form) => [...form.querySelectorAll("[data-order] select")].map(asSelect);

/** @param {Element} element */
const asSelect = (element) => /** @type {HTMLSelectElement} */ (element);

/** @param {EventTarget} target */
const changed = (target) => target.dispatchEvent(new Event("change", { bubbles: true }));

/**
 * What a form needs once, and its first card.
 * @param {HTMLFormElement} form
 * @param {(most: number) => void} tooMany called when one more than "Choose TWO" was stopped
 */
export function enhance(form, tooMany) {
  stopAtMost(form, tooMany);
  strikeByRightClick(form);
  enhanceCard(form);
}

/** What each card needs. @param {HTMLFormElement} form */
export function enhanceCard(form) {
  const list = form.querySelector("[data-order]");
  if (list instanceof HTMLElement) orderByButtons(form, list);
}

/**
 * @param {HTMLFormElement} form
 * @param {(most: number) => void} tooMany
 */
function stopAtMost(form, tooMany) {
  form.addEventListener(
    "change",
    (event) => {
      const box = /** @type {HTMLInputElement} */ (event.target);
      if (box.name !== "choices") return;
      const most = Number(form.dataset.choose);
      if (most && box.checked && chosen(form) > most) {
        box.checked = false;
        event.stopPropagation();
        tooMany(most);
      }
      showCount(form);
    },
    true,
  );
}

/** @param {HTMLFormElement} form */
const chosen = (form) => form.querySelectorAll("[name=choices]:checked").length;

/** @param {HTMLFormElement} form */
function showCount(form) {
  const count = form.querySelector("[data-chosen]");
  if (!(count instanceof HTMLElement)) return;
  const values = { n: chosen(form), most: form.dataset.choose };
  count.textContent = Object.entries(values).reduce(
    (words, [name, value]) => words.replace(`{${name}}`, String(value)),
    count.dataset.chosen ?? "",
  );
}

/** @param {HTMLFormElement} form */
function strikeByRightClick(form) {
  form.addEventListener("contextmenu", (event) => {
    const row = /** @type {Element} */ (event.target).closest(".option");
    // A long press is how one selects text on a phone; Shift asks for the browser's own menu.
    const isTouch = /** @type {PointerEvent} */ (event).pointerType === "touch";
    if (!row || isTouch || event.shiftKey || form.querySelector("fieldset:disabled")) return;
    event.preventDefault();
    strike(row);
  });
}

/** Strike out the option in this row, or take that back. @param {Element} row */
export function strike(row) {
  const box = row.querySelector("[name=struck]");
  // Samples show no strike-out: what cannot be seen is not struck.
  if (box instanceof HTMLInputElement && box.offsetParent) box.click();
}

/**
 * Buttons that move a row; the places of all rows follow.
 * @param {HTMLFormElement} form
 * @param {HTMLElement} list
 */
function orderByButtons(form, list) {
  const rows = () => /** @type {HTMLElement[]} */ ([...list.children]);
  const place = (/** @type {Element} */ row) => asSelect(row.querySelector("select") ?? row);
  const sort = () => {
    const all = rows();
    if (!all.every((row) => place(row).value)) return;
    all.sort((one, other) => Number(place(one).value) - Number(place(other).value));
    const focused = document.activeElement;
    list.replaceChildren(...all);
    if (focused instanceof HTMLElement && list.contains(focused)) focused.focus();
  };
  const number = () => rows().forEach((row, index) => (place(row).value = String(index + 1)));

  for (const moves of list.querySelectorAll(".moves")) /** @type {any} */ (moves).hidden = false;
  list.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-move]");
    const row = button?.closest("li");
    if (!(button instanceof HTMLElement) || !row) return;
    const neighbour =
      button.dataset.move === "1" ? row.nextElementSibling : row.previousElementSibling;
    if (neighbour) neighbour[button.dataset.move === "1" ? "after" : "before"](row);
    button.focus();
    number();
    changed(place(row));
  });
  const before = new Map(placesOf(form).map((select) => [select, select.value]));
  list.addEventListener(
    "change",
    (event) => {
      const select = asSelect(/** @type {Element} */ (event.target));
      const other = placesOf(form).find((it) => it !== select && it.value === select.value);
      // Two items cannot share a place: they change places.
      if (other && select.value) other.value = before.get(select) ?? "";
      for (const it of placesOf(form)) before.set(it, it.value);
      sort();
    },
    true,
  );
  sort();
}
