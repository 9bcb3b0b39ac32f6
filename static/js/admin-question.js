// Adds rows for options without loading the page. Without this script the button posts the form.

const MOST_OPTIONS = 20;

/** @param {Event} event */
function addRow(event) {
  const button = /** @type {HTMLElement} */ (event.currentTarget);
  const list = document.querySelector("[data-rows]");
  const template = /** @type {HTMLTemplateElement | null} */ (
    document.querySelector("template[data-new-row]")
  );
  const total = /** @type {HTMLInputElement | null} */ (
    document.getElementById("id_options-TOTAL_FORMS")
  );
  if (!list || !template || !total) return;
  event.preventDefault();
  const number = Number(total.value);
  if (number >= MOST_OPTIONS) return;
  const row = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  for (const element of row.querySelectorAll("*")) fillIn(element, String(number));
  const letter = row.querySelector("[data-letter]");
  if (letter) letter.textContent = String.fromCharCode("A".charCodeAt(0) + number);
  list.append(row);
  total.value = String(number + 1);
  button.hidden = number + 1 >= MOST_OPTIONS;
  list.lastElementChild?.querySelector("textarea")?.focus();
}

/**
 * @param {Element} element
 * @param {string} number
 */
function fillIn(element, number) {
  for (const attribute of element.attributes) {
    attribute.value = attribute.value.replaceAll("__prefix__", number);
  }
}

document.querySelector("[data-more-rows]")?.addEventListener("click", addRow);
