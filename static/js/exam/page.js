/** Where things are on a page of a sitting: addresses, elements, words. */

/** Every page of a sitting lives below /attempts/<id>/. */
const base = location.pathname.replace(/(q\/\d+|review|result)\/$/, "");

export const attemptId = base.split("/")[2] ?? "";

export const addresses = {
  answers: `${base}answers/`,
  state: `${base}state/`,
  paper: `${base}paper/`,
  takeOver: `${base}take-over/`,
  submit: `${base}submit/`,
  review: `${base}review/`,
  result: `${base}result/`,
  /** @param {number} position */
  question: (position) => `${base}q/${position}/`,
};

/**
 * The element with this id, which the template promises.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} [type]
 * @returns {T}
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (!element || (type && !(element instanceof type))) throw new Error(`no #${id}`);
  return /** @type {T} */ (element);
}

/** Who this page was made for: nothing is kept for or sent as anybody else. */
export const userId = byId("clock").dataset.user ?? "";

const words = byId("words", HTMLTemplateElement);

/**
 * A sentence of the page in the reader's language, its placeholders filled.
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 */
export function say(name, values = {}) {
  const found = words.content.querySelector(`[data-say="${name}"]`);
  return fill(found?.textContent ?? "", values);
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
}

/** @param {string} selector */
export function copyOf(selector) {
  return /** @type {HTMLElement | undefined} */ (
    words.content.querySelector(selector)?.cloneNode(true)
  );
}

const notice = byId("notice");

/**
 * Show one notice above the question, or none.
 * @param {string} [name]
 * @param {Record<string, string | number>} [values]
 * @returns {HTMLElement | undefined}
 */
export function showNotice(name, values) {
  if (notice.dataset.shown === (name ?? "") && !values) return;
  notice.dataset.shown = name ?? "";
  const copy = framed(name, values);
  notice.replaceChildren(...(copy ? [copy] : []));
  notice.hidden = !copy;
  return copy;
}

/**
 * Say something below the notice that is shown, which stays; no name takes it back.
 * @param {string} [name]
 * @param {Record<string, string | number>} [values]
 */
export function addNotice(name, values) {
  const [first] = notice.children;
  const copy = framed(name, values);
  notice.replaceChildren(...[first, copy].filter((one) => one !== undefined));
  notice.dataset.added = name ?? "";
}

/** The name of what was added to the notice, if anything. */
export const addedNotice = () => (notice.children.length > 1 ? notice.dataset.added : "") ?? "";

/**
 * @param {string} [name]
 * @param {Record<string, string | number>} [values]
 * @returns {HTMLElement | undefined}
 */
function framed(name, values) {
  const said = name ? copyOf(`[data-notice="${name}"]`) : undefined;
  const copy = said && copyOf("#frame");
  if (!copy) return undefined;
  copy.removeAttribute("id");
  copy.append(said);
  for (const gap of copy.querySelectorAll("[data-gap]")) {
    gap.textContent = fill(gap.textContent ?? "", values ?? {});
  }
  return copy;
}

/** The name of the notice that is shown now, if any. */
export const shownNotice = () => notice.dataset.shown ?? "";

/**
 * Remember something of this tab; without storage (some private windows) it is simply forgotten.
 * @param {"session" | "local"} where
 * @param {string} key
 * @param {string} [value] none forgets it
 */
export function remember(where, key, value) {
  try {
    const storage = where === "local" ? localStorage : sessionStorage;
    if (value === undefined) storage.removeItem(key);
    else storage.setItem(key, value);
  } catch {
    // A convenience only: nothing depends on it.
  }
}

/**
 * @param {"session" | "local"} where
 * @param {string} key
 * @returns {string | null}
 */
export function recall(where, key) {
  try {
    return (where === "local" ? localStorage : sessionStorage).getItem(key);
  } catch {
    return null;
  }
}
