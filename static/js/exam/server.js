/** Requests of a sitting: JSON in and out, never longer than eight seconds. */
import { byId } from "./page.js";

const LONGEST_MS = 8_000;

/**
 * @typedef {{ status: number, data: any, retryAfterMs: number }} Reply
 * A reply of the portal itself. No reply at all is an exception.
 */

/** The token changes when somebody signs in again in another tab, so it is read anew each time. */
export function token() {
  const name = byId("clock").dataset.cookie ?? "csrftoken";
  const pair = document.cookie.split("; ").find((cookie) => cookie.startsWith(`${name}=`));
  if (pair) return decodeURIComponent(pair.slice(name.length + 1));
  return document.querySelector("input[name=csrfmiddlewaretoken]")?.getAttribute("value") ?? "";
}

/**
 * @param {string} url
 * @param {RequestInit} [options]
 * @returns {Promise<Reply>}
 */
async function ask(url, options = {}) {
  const response = await fetch(url, {
    ...options,
    headers: { Accept: "application/json", ...options.headers },
    redirect: "error",
    cache: "no-store",
    signal: AbortSignal.timeout(LONGEST_MS),
  });
  const data = await response.json().catch(() => null);
  // A page of a proxy or of a public network in between is no answer of the portal.
  if (response.ok && data === null) throw new Error("not an answer of the portal");
  const seconds = Number(response.headers.get("Retry-After"));
  return { status: response.status, data, retryAfterMs: seconds > 0 ? seconds * 1000 : 0 };
}

/** @param {string} url */
export const get = (url) => ask(url);

/**
 * Post JSON. The request outlives the page, so that what is on its way arrives.
 * @param {string} url
 * @param {object} body
 */
export function post(url, body) {
  return ask(url, {
    method: "POST",
    keepalive: true,
    headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
    body: JSON.stringify(body),
  });
}

/**
 * Choose the language of the pages that follow.
 * @param {string} url
 * @param {string} language
 */
export function speak(url, language) {
  return fetch(url, {
    method: "POST",
    redirect: "manual",
    headers: { "X-CSRFToken": token() },
    body: new URLSearchParams({ language, next: location.pathname }),
    signal: AbortSignal.timeout(LONGEST_MS),
  });
}
