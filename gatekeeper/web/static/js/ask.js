/** Requests of a page to its server; a refusal comes back as a sentence in the page's language. */

import { t } from "./texts.js";

const TIMEOUT_MS = 6000;
const TOKEN = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";

/** What the server refused, or that it could not be reached. */
export class Refusal extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** @param {string} url @param {AbortSignal} [signal] */
export const get = (url, signal) => ask(url, { headers: { Accept: "application/json" } }, signal);

/** @param {string} url @param {object} body */
export const post = (url, body) => ask(url, {
  method: "POST",
  headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": TOKEN },
  body: JSON.stringify(body),
});

/** Post what carries a nonce: where no answer came it is said once more, and counted once all the same.
 * @param {string} url @param {object} body */
export async function insist(url, body) {
  try {
    return await post(url, body);
  } catch (error) {
    if (error instanceof Refusal && error.code === "unreachable") return post(url, body);
    throw error;
  }
}

/**
 * @param {string} url @param {RequestInit} options @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
async function ask(url, options, signal) {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const either = signal ? AbortSignal.any([limit, signal]) : limit;
  let answer;
  try {
    answer = await fetch(url, { credentials: "same-origin", ...options, signal: either });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refusal("unreachable", t("unreachable"));
  }
  if (answer.ok) return answer.json();
  const problem = await answer.json().catch(() => ({}));
  throw new Refusal(problem.code ?? "fault", problem.detail || problem.title || t("refused", { status: answer.status }));
}

/** Fresh identity of one act, so that a repeat is counted once. */
export const nonce = () => (crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint8Array(16))]
  .map((byte) => byte.toString(16).padStart(2, "0")).join(""));
