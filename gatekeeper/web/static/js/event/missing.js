/** Who has not come: by part of a name and by group, VIPs first; asked again when somebody has arrived. */

import { get } from "../ask.js";
import { byId, el, listState, portrait, setText } from "../dom.js";
import { page, t } from "../texts.js";

const TYPING_MS = 200;
/** A full list is asked for again at most this often while guests stream in. */
const AGAIN_MS = 4000;
const STEP = 50;

export class Missing {
  #list = byId("missing");
  #input = /** @type {HTMLInputElement} */ (byId("search"));
  #group = /** @type {HTMLSelectElement} */ (byId("missing-group"));
  #limit = STEP;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #askedAt = -Infinity;
  /** @type {AbortController | null} */
  #asking = null;

  constructor() {
    this.#input.addEventListener("input", () => this.#later(TYPING_MS, true));
    this.#group.addEventListener("change", () => this.#later(0, true));
    byId("missing-form").addEventListener("submit", (event) => { event.preventDefault(); this.#later(0, true); });
    byId("missing-more").addEventListener("click", () => { this.#limit += STEP; this.#later(0, true); });
  }

  /** Somebody arrived, or the page has just come to life. */
  refresh() {
    if (this.#timer === undefined) this.#later(Math.max(0, AGAIN_MS - (performance.now() - this.#askedAt)), false);
  }

  /** @param {number} wait @param {boolean} anew a person asked: what is on its way no longer counts */
  #later(wait, anew) {
    if (anew) { clearTimeout(this.#timer); this.#asking?.abort(); }
    this.#timer = setTimeout(() => { this.#timer = undefined; this.#ask(); }, wait);
  }

  async #ask() {
    const asking = new AbortController();
    this.#asking = asking;
    this.#askedAt = performance.now();
    const query = new URLSearchParams({ q: this.#input.value.trim(), group: this.#group.value, offset: "0", limit: String(this.#limit) });
    try {
      this.#show(await get(`${page.urls.missing}?${query}`, asking.signal));
    } catch (error) {
      if (!asking.signal.aborted) this.#list.replaceChildren(listState("failed", "stop", t("missing_failed")));
    }
  }

  /** @param {any} answer */
  #show(answer) {
    this.#groups(answer.groups ?? []);
    setText(byId("missing-count"), t("missing_count", { n: answer.total }));
    byId("missing-more").hidden = answer.total <= answer.guests.length;
    const narrowed = this.#input.value.trim() || this.#group.value;
    if (answer.guests.length) this.#list.replaceChildren(...answer.guests.map(guestRow));
    else this.#list.replaceChildren(listState("empty", narrowed ? "search" : "check", t(narrowed ? "missing_nobody" : "missing_none")));
  }

  /** @param {{group: string, missing: number}[]} groups */
  #groups(groups) {
    const chosen = this.#group.value;
    const options = groups.map(({ group, missing }) => {
      const option = /** @type {HTMLOptionElement} */ (el("option", { value: group, text: `${group || t("no_group")} (${missing})` }));
      option.selected = group === chosen;
      return option;
    });
    this.#group.replaceChildren(el("option", { value: "", text: t("all_groups") }), ...options);
    if (chosen && this.#group.value !== chosen) this.#group.value = "";
  }
}

/** @param {any} guest */
function guestRow({ holder, reply, pass_id }) {
  const reading = reply === "declined" || reply === "no_reply" ? t(reply) : "";
  return el("li", { class: "guest", dataset: { testid: "missing-guest", pass: pass_id ?? "" } },
    portrait(holder),
    el("div", { class: "read-text" },
      el("p", { class: "read-name" }, holder.vip && el("span", { class: "vip", text: "VIP" }), " ", holder.name),
      el("p", { class: "read-what", text: [reading, holder.position, holder.organisation].filter(Boolean).join(" · ") })),
    el("p", { class: "read-when" },
      holder.table && el("span", { class: "read-seat", text: t("table_of", { table: holder.table }) }),
      holder.seat && t("seat_of", { seat: holder.seat })));
}
