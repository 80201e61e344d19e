/**
 * A VIP is at a gate: who, where they sit, who receives them. Stays until somebody takes care of it by
 * name, which everybody sees, or for ten minutes.
 */

import { post } from "../ask.js";
import { byId, el, icon, portrait } from "../dom.js";
import { toastFault } from "../toast.js";
import { both, named, page, t } from "../texts.js";
import { ageOf, clock } from "../time.js";

const KEPT = page.wall ? 2 : 3;
const OLDEST_MS = 10 * 60_000;
const ACKED_STAYS_MS = 5000;
/** A wall is touched by nobody: there an alert goes by itself. */
const WALL_STAYS_MS = 60_000;

export class VipAlerts {
  #list = byId("vips");
  /** Who took care of which entry. @type {Map<number, string>} */
  #taken = new Map();

  /** Whether an alert was raised for it. @param {import("../types.js").Entry} entry */
  raise(entry) {
    const { holder } = entry;
    if (!holder?.vip || entry.direction === "out" || this.#taken.has(entry.seq)) return false;
    if (entry.kind !== "decision" && entry.kind !== "override") return false;
    if (ageOf(entry.at) > (page.wall ? WALL_STAYS_MS : OLDEST_MS)) return false;
    // The newest word on a person replaces the one before: refused, then let through by an officer.
    for (const old of this.#list.querySelectorAll(`[data-pass="${CSS.escape(entry.pass_id ?? "")}"]`)) old.remove();
    this.#list.prepend(this.#alert(entry, holder));
    while (this.#list.children.length > KEPT) this.#list.lastElementChild?.remove();
    setTimeout(() => this.#drop(entry.seq), (page.wall ? WALL_STAYS_MS : OLDEST_MS) - ageOf(entry.at));
    return true;
  }

  clear() { this.#list.replaceChildren(); }

  /** @param {{seq: number, by: string}} message */
  taken({ seq, by }) {
    this.#taken.set(seq, by);
    const alert = this.#find(seq);
    alert?.querySelector(".button")?.replaceWith(el("p", { class: "vip-acked" }, icon("check"), t("vip_acked", { name: by })));
    if (alert && page.wall) alert.append(el("p", { class: "vip-acked" }, icon("check"), t("vip_acked", { name: by })));
    setTimeout(() => this.#drop(seq), ACKED_STAYS_MS);
  }

  /** @param {number} seq */
  #find(seq) { return this.#list.querySelector(`[data-seq="${seq}"]`); }

  /** @param {number} seq */
  #drop(seq) { this.#find(seq)?.remove(); }

  /** @param {import("../types.js").Entry} entry @param {import("../types.js").Holder} holder */
  #alert(entry, holder) {
    const gate = page.gates.find((/** @type {any} */ one) => one.id === entry.gate) ?? { id: entry.gate ?? "" };
    const place = [holder.table && t("table_of", { table: holder.table }), holder.seat && t("seat_of", { seat: holder.seat })].filter(Boolean);
    const may = page.may.acknowledge !== false;
    return el("article", {
      class: "vip-alert", role: "alert",
      dataset: { testid: "vip-alert", seq: entry.seq, pass: entry.pass_id ?? "", reason: entry.reason ?? "", reasonClass: entry.class ?? "" },
    },
    holder.photo_url ? portrait(holder) : icon("star"),
    el("div", { class: "vip-text" },
      el("p", { class: "vip-what" }, el("span", { class: "vip-word", text: t("vip_at", { gate: named(gate) }) }), " · ", clock(entry.at), " · ", el("span", { class: "vip-said", text: both(entry.sentence) })),
      el("p", { class: "vip-name", text: holder.name }),
      el("p", { class: "vip-greeter", text: [holder.position, holder.greeter && t("greeter", { name: holder.greeter })].filter(Boolean).join(" · ") })),
    el("p", { class: "vip-place", text: place.join(" ") }),
    !page.wall && may && el("button", { class: "button", type: "button", "data-testid": "vip-acknowledge", on: { click: () => this.#take(entry.seq) } },
      icon("user-check"), el("span", { text: t("vip_ack") })));
  }

  /** @param {number} seq */
  async #take(seq) {
    try {
      this.taken(await post(page.urls.acknowledge, { seq }));
    } catch (error) { toastFault(error); }
  }
}
