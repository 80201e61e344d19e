/**
 * One field for names (either script) and card numbers (any printed form); keyboard and touch.
 * A card number followed by Enter is decided at once, as a scanner that types would have it; a name is
 * chosen from a list first. What is typed stays until it was used or cleared: a new verdict never takes it.
 */

import { get, Refusal } from "../ask.js";
import { isCard } from "../card_text.js";
import { byId, el, icon, listState, portrait } from "../dom.js";
import { both, page, t } from "../texts.js";
import { minute } from "../time.js";
import { closePanel, openPanel, showPanel } from "./panels.js";

const WAIT_MS = 140;
const LEAST_LETTERS = 2;

/** @typedef {{pass_id: string, credential: string | null, state: string, invitation: string, arrived_at: string | null,
 *   inside: boolean, companions: number, holder: import("../types.js").Holder, by_number?: boolean, old_issue?: boolean,
 *   would?: {reason: string, class: string, sentence: import("../types.js").Pair, next_step: import("../types.js").Pair} | null}} Found */

export class Search {
  #input = /** @type {HTMLInputElement} */ (byId("search"));
  #list = byId("results");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {AbortController | null} */
  #asking = null;
  #chosen = -1;

  /** @param {{onGuest: (found: Found) => void, onCard: (card: string) => void}} handlers */
  constructor(handlers) {
    this.handlers = handlers;
    this.#input.addEventListener("input", () => this.#typed());
    this.#input.addEventListener("focus", () => { if (this.text && openPanel() === "reads") this.#typed(); });
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    byId("search-form").addEventListener("submit", (event) => { event.preventDefault(); this.#enter(); });
    byId("search-clear").addEventListener("click", () => { this.clear(); this.#input.focus(); });
  }

  get text() { return this.#input.value.trim(); }

  focus() { this.#input.focus(); this.#input.select(); }

  clear() {
    this.#input.value = "";
    this.#typed();
  }

  /** The pass whose number this is; null where there is none. @param {string} number @returns {Promise<Found | null>} */
  async byNumber(number) {
    const answer = await get(`${page.urls.search}?q=${encodeURIComponent(number)}&limit=1`);
    return answer.results.find((/** @type {Found} */ one) => one.by_number) ?? null;
  }

  #typed() {
    const { text } = this;
    clearTimeout(this.#timer);
    this.#asking?.abort();
    byId("search-clear").hidden = !this.#input.value;
    this.#choose(-1);
    if (!text) {
      if (openPanel() === "results") showPanel("reads");
      this.#input.setAttribute("aria-expanded", "false");
      return;
    }
    showPanel("results");
    this.#input.setAttribute("aria-expanded", "true");
    if (isCard(text)) this.#list.replaceChildren(this.#cardRow(text));
    else if (!this.#list.querySelector("[data-pass]")) this.#list.replaceChildren(listState("loading", "search", t("search_loading")));
    if (text.length >= LEAST_LETTERS && page.may.search) this.#timer = setTimeout(() => this.#ask(text), WAIT_MS);
  }

  /** @param {string} text */
  async #ask(text) {
    const asking = new AbortController();
    this.#asking = asking;
    const card = isCard(text) ? [this.#cardRow(text)] : [];
    try {
      const answer = await get(`${page.urls.search}?q=${encodeURIComponent(text)}&limit=20`, asking.signal);
      const rows = answer.results.map((/** @type {Found} */ one) => this.#guestRow(one));
      if (!rows.length && !card.length) rows.push(listState("empty", "search", t("search_none")));
      this.#list.replaceChildren(...card, ...rows);
      this.#choose(-1);
    } catch (error) {
      if (asking.signal.aborted) return;
      const text = error instanceof Refusal && error.code !== "store_down" ? error.message : t("search_failed");
      this.#list.replaceChildren(...card, listState("failed", "stop", text));
    }
  }

  /** @param {string} card */
  #cardRow(card) {
    return this.#row([icon("nfc"),
      el("span", {}, el("span", { class: "read-name", text: t("use_card", { card }) }),
        el("span", { class: "read-what", text: t("use_card_hint") })), icon("chevron")],
    () => this.handlers.onCard(card));
  }

  /** @param {Found} found */
  #guestRow(found) {
    const { holder } = found;
    const where = [found.by_number && holder.number, holder.organisation || holder.position, holder.table && t("table_of", { table: holder.table })];
    const row = this.#row([portrait(holder),
      el("span", {},
        el("span", { class: "read-name" }, holder.vip && el("span", { class: "vip", text: "VIP" }), " ", holder.name),
        el("span", { class: "read-what", text: where.filter(Boolean).join(" · ") }),
        el("span", { class: "read-what", text: standing(found) })), icon("chevron")],
    () => this.handlers.onGuest(found));
    row.dataset.pass = found.pass_id;
    return row;
  }

  /** @param {(Node | string)[]} content @param {() => void} use */
  #row(content, use) {
    return el("li", { class: "read", role: "option", "aria-selected": "false", on: { click: use } }, ...content);
  }

  #rows() { return /** @type {HTMLElement[]} */ ([...this.#list.querySelectorAll('[role="option"]')]); }

  /** @param {number} index */
  #choose(index) {
    const rows = this.#rows();
    this.#chosen = rows.length ? Math.min(Math.max(index, -1), rows.length - 1) : -1;
    rows.forEach((row, at) => {
      row.id = `result-${at}`;
      row.setAttribute("aria-selected", String(at === this.#chosen));
    });
    if (this.#chosen >= 0) {
      this.#input.setAttribute("aria-activedescendant", `result-${this.#chosen}`);
      rows[this.#chosen].scrollIntoView({ block: "nearest" });
    } else this.#input.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.#choose(this.#chosen + step);
    } else if (event.key === "Escape") {
      event.preventDefault(); // the browser would empty the field; what is typed is kept
      closePanel();
    }
  }

  #enter() {
    const rows = this.#rows();
    if (this.#chosen >= 0) rows[this.#chosen].click();
    else if (isCard(this.text)) this.handlers.onCard(this.text);
    else if (rows.length === 1) rows[0].click();
  }
}

/** How it stands with this guest, in words. @param {Found} found */
export function standing(found) {
  if (found.by_number) return found.old_issue ? t("old_issue") : found.would ? both(found.would.sentence) : t("would_unknown");
  if (found.invitation === "cancelled") return t("state_cancelled");
  if (found.state !== "active") return t(`state_${found.state}`);
  if (!found.arrived_at) return t("not_arrived");
  return t(found.inside ? "arrived_at" : "left", { time: minute(found.arrived_at) });
}
