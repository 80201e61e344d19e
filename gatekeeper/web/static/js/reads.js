/** The feed as a list, newest first. At a gate each read opens its detail. */

import { CLASS_ICONS, byId, cap, el, icon, listState, setText } from "./dom.js";
import { both, t } from "./texts.js";
import { clock } from "./time.js";

export class Reads {
  #list = byId("reads");
  /** Entries that are listed, by sequence number. @type {Map<number, import("./types.js").Entry>} */
  entries = new Map();

  /**
   * @param {object} how
   * @param {number} how.kept most entries in the page
   * @param {(entry: import("./types.js").Entry) => void} [how.open] what a touch on a read does
   * @param {(gate: string) => string} [how.gateName] given where reads of several gates are listed
   * @param {boolean} [how.decisionsOnly] leave out what is no verdict
   */
  constructor({ kept, open, gateName, decisionsOnly = false }) {
    this.kept = kept;
    this.open = open;
    this.gateName = gateName;
    this.decisionsOnly = decisionsOnly;
  }

  clear() {
    this.entries.clear();
    this.#list.replaceChildren(listState("empty", "nfc", t("no_reads")));
  }

  /** @param {import("./types.js").Entry} entry */
  add(entry) {
    if (entry.ref !== null) this.#annotate(entry);
    if (this.decisionsOnly && !entry.verdict) return;
    if (this.entries.size === 0) this.#list.replaceChildren();
    this.entries.set(entry.seq, entry);
    this.#list.prepend(this.#item(entry));
    cap(this.#list, this.kept);
    if (this.entries.size > this.kept) this.entries.delete(/** @type {number} */ (this.entries.keys().next().value));
  }

  /** The snapshot has come and nothing with it. */
  settled() {
    if (this.entries.size === 0) this.clear();
  }

  /** The newest one that was refused, or null. */
  get lastRefused() {
    return [...this.entries.values()].reverse().find((one) => one.kind === "decision" && one.verdict === "denied") ?? null;
  }

  /** @param {import("./types.js").Entry} entry */
  #item(entry) {
    const { open } = this;
    const seat = entry.holder?.table ?? "";
    const content = [
      icon(entry.class ? CLASS_ICONS[entry.class] : entry.kind === "door" ? "door" : "info"),
      el("span", { class: "read-text" },
        el("span", { class: "read-name" },
          entry.holder?.vip ? el("span", { class: "vip", text: "VIP" }) : null, " ", entry.holder?.name || titleOf(entry)),
        el("span", { class: "read-what", text: this.#what(entry) })),
      el("span", { class: "read-when digits" }, clock(entry.at),
        seat && entry.verdict === "granted" ? el("span", { class: "read-seat", text: t("table_of", { table: seat }) }) : null),
    ];
    const props = { class: "read", dataset: { class: entry.class ?? "" } };
    const row = open && entry.verdict
      ? el("button", { ...props, type: "button", on: { click: () => open(entry) } }, ...content)
      : el("div", props, ...content);
    return el("li", { dataset: { testid: "feed-item", seq: entry.seq, kind: entry.kind, reason: entry.reason ?? "" } }, row);
  }

  /** Second line: the sentence where a name stands above it, the gate where there are several, and by whom.
   * @param {import("./types.js").Entry} entry */
  #what(entry) {
    if (entry.late) return t("late");
    const said = entry.holder ? both(entry.sentence) || titleOf(entry) : cardOf(entry);
    const gate = this.gateName && entry.gate ? this.gateName(entry.gate) : "";
    const by = entry.actor ? t("by_actor", { actor: entry.actor }) : "";
    return [said, gate, by].filter(Boolean).join(" · ");
  }

  /** What a later entry says of an earlier one. @param {import("./types.js").Entry} entry */
  #annotate(entry) {
    const item = this.#list.querySelector(`[data-seq="${entry.ref}"]`);
    if (entry.kind !== "withdrawn" || !item) return;
    item.classList.add("withdrawn");
    const row = item.querySelector(".read");
    if (row instanceof HTMLElement) row.dataset.class = "red";
    const what = item.querySelector(".read-what");
    if (what) setText(what, t("withdrawn"));
  }
}

/** The number of the card; nothing where a guest came without one. @param {{credential: string | null}} thing */
export function cardOf({ credential }) {
  return credential && !credential.startsWith("pass:") ? credential : "";
}

/** First line where no holder is known. @param {import("./types.js").Entry} entry */
export function titleOf(entry) {
  switch (entry.kind) {
    case "gate": return t(entry.state === "closed" ? "kind_gate_closed" : "kind_gate_open");
    case "companions": return t("kind_companions", { n: entry.companions ?? 0 });
    case "representative": return t("kind_representative", { name: entry.note ?? "" });
    case "reader": return t("kind_reader", { id: entry.reader ?? "", state: t(`${entry.state ?? "down"}_short`) });
    case "door": return t(`door_${entry.state ?? "failed"}`, { id: entry.door ?? "" });
    case "clock": return t("kind_clock", { note: entry.note ?? "" });
    case "node": return t("kind_node", { state: entry.state ?? "" });
    case "withdrawn": return t("withdrawn");
    default: return both(entry.sentence) || t("unknown_holder");
  }
}
