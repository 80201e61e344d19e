/** The detail of a past read, or of a guest who was found: calm colours, so that it is never taken for a verdict. */

import { CLASS_ICONS, byId, el, icon, portrait } from "../dom.js";
import { post } from "../ask.js";
import { toast, toastFault } from "../toast.js";
import { both, page, t } from "../texts.js";
import { clock } from "../time.js";
import { showPanel } from "./panels.js";
import { cardOf, titleOf } from "../reads.js";
import { standing } from "./search.js";

/** Whom a panel is about. @param {import("../types.js").Entry | import("./search.js").Found} thing */
export function subject(thing) {
  const { holder } = thing;
  const name = holder?.name || t("unknown_holder");
  return [
    holder ? portrait(holder) : icon("id"),
    el("div", {},
      holder?.vip && el("p", { class: "small" }, el("span", { class: "vip", text: "VIP" }), " ", holder.greeter && t("greeter", { name: holder.greeter })),
      el("p", { class: "subject-name", text: name }),
      el("p", { class: "muted", text: [holder?.position, holder?.organisation].filter(Boolean).join(" · ") || cardOf(thing) })),
  ];
}

/** @param {[string, string | null | undefined | false][]} rows */
function facts(rows) {
  const kept = rows.filter(([, value]) => value);
  return el("dl", { class: "facts" }, ...kept.flatMap(([name, value]) => [el("dt", { text: name }), el("dd", { text: value })]));
}

/** @param {import("../types.js").Holder | null} holder */
const place = (holder) => [holder?.table && t("table_of", { table: holder.table }), holder?.seat && t("seat_of", { seat: holder.seat })]
  .filter(Boolean).join(" · ");

/** @param {import("../types.js").Entry} entry @param {(entry: import("../types.js").Entry) => void} override */
export function showEntry(entry, override) {
  const mark = el("p", { class: "mark", dataset: { class: entry.class ?? "" } },
    icon(CLASS_ICONS[entry.class ?? "red"]), el("span", { text: both(entry.sentence) || titleOf(entry) }));
  const refused = entry.verdict === "denied" && page.may.override;
  byId("detail-body").replaceChildren(el("div", { class: "stack" },
    el("div", { class: "subject" }, ...subject(entry)),
    mark,
    entry.next_step && el("p", { text: both(entry.next_step) }),
    facts([
      ["", place(entry.holder)],
      ["", visiting(entry.holder)],
      ["", entry.first_seen_at && t("first_seen_at", { time: clock(entry.first_seen_at) })],
      ["", t("read_at", { time: clock(entry.at) })],
      ["", entry.actor && t("by_actor", { actor: entry.actor })],
      ["", entry.note],
      ["", cardOf(entry)],
    ]),
    refused && el("button", { class: "button button-main button-wide", type: "button", on: { click: () => override(entry) } },
      icon("shield"), el("span", { text: t("override") })),
    entry.verdict === "granted" && page.may.annotate && representativeForm(entry)));
  showPanel("detail", { focus: byId("detail") });
}

/** @param {import("./search.js").Found} found @param {(act: {pass_id: string}) => void} admit */
export function showGuest(found, admit) {
  if (found.by_number) return showPass(found, admit);
  const out = page.gate.direction === "out";
  byId("detail-body").replaceChildren(el("div", { class: "stack" },
    el("div", { class: "subject" }, ...subject(found)),
    facts([
      ["", standing(found)],
      ["", place(found.holder)],
      ["", found.holder.representative && t("representative", { name: found.holder.representative })],
      ["", found.holder.note],
      ["", cardOf(found) || t("no_card")],
    ]),
    page.may.admit && el("button", {
      class: "button button-main button-wide", type: "button", "data-testid": "admit", on: { click: () => admit({ pass_id: found.pass_id }) },
    }, icon(out ? "leave" : "user-check"), el("span", { text: t(out ? "admit_out" : "admit") })),
    page.may.admit && el("p", { class: "muted small", text: t("admit_note") })));
  showPanel("detail", { focus: /** @type {HTMLElement | null} */ (byId("detail").querySelector('[data-testid="admit"]')) });
}

/**
 * A pass found by its number or by the code on a badge. Everybody can copy that code: it opens nothing, it shows
 * whose pass it is, for a person to compare, and what the gate would say.
 * @param {import("./search.js").Found} found @param {(act: {pass_id: string}) => void} admit
 */
function showPass(found, admit) {
  const { holder, would } = found;
  const may = page.may.admit && would && !found.old_issue;
  const said = found.old_issue
    ? el("p", { class: "mark", dataset: { class: "red" } }, icon("stop"), el("span", { text: t("old_issue") }))
    : would && el("p", { class: "mark", dataset: { class: would.class } }, icon(CLASS_ICONS[would.class]), el("span", { text: both(would.sentence) }));
  byId("detail-body").replaceChildren(el("div", { class: "stack", "data-testid": "found-pass", dataset: { reason: would?.reason ?? "" } },
    el("div", { class: "subject" }, ...subject(found)),
    el("p", { class: "subject-name digits", text: holder.number }),
    el("p", { text: t("compare") }),
    !found.old_issue && el("p", { class: "muted", text: t(would ? "would" : "would_unknown") }),
    said,
    !found.old_issue && would && el("p", { text: both(would.next_step) }),
    facts([
      ["", both({ th: holder.class_th, en: holder.class_en })],
      ["", [holder.plate, holder.province, holder.make, holder.colour].filter(Boolean).join(" · ")],
      ["", holder.responsible],
      ["", visiting(holder)],
    ]),
    may && el("button", {
      class: "button button-main button-wide", type: "button", "data-testid": "admit", on: { click: () => admit({ pass_id: found.pass_id }) },
    }, icon("user-check"), el("span", { text: t("decide") })),
    may && el("p", { class: "muted small", text: t("admit_note") })));
  showPanel("detail", { focus: byId("detail") });
}

/** Whom a visitor sees, and where. @param {import("../types.js").Holder | null} holder */
export const visiting = (holder) => [holder?.host && t("visits", { host: holder.host }), holder?.place && t("visits_at", { place: holder.place })]
  .filter(Boolean).join(" · ");

/** @param {import("../types.js").Entry} entry */
function representativeForm(entry) {
  const input = /** @type {HTMLInputElement} */ (el("input", { class: "input", id: "representative-name", maxlength: "200", autocomplete: "off" }));
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const name = input.value.trim();
    if (!name) return input.focus();
    try {
      await post(page.urls.entry.replace(/0$/, `${entry.seq}/representative`), { name });
      toast(t("representative_saved"));
    } catch (error) { toastFault(error); }
  };
  return el("form", { class: "stack", on: { submit: save } },
    el("div", { class: "field" }, el("label", { for: "representative-name", text: t("representative_label") }), input),
    el("button", { class: "button button-wide" }, icon("user-plus"), el("span", { text: t("representative_save") })));
}
