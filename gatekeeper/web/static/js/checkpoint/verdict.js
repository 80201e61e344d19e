/**
 * The verdict that fills the screen: word, icon, what to do, whom it is about.
 * It shows the newest answer of this gate at once, whatever else is going on, and goes back to a calm
 * "ready" after a while, so that an old green is never taken for a new one.
 */

import { visiting } from "./detail.js";
import { fit } from "./fit.js";
import { CLASS_ICONS, byId, portrait, setIcon, setText } from "../dom.js";
import { ago } from "../stale.js";
import { both, page, t } from "../texts.js";
import { setPhrases, widthOf } from "../thai.js";
import { ageOf, clock } from "../time.js";

/** How long a verdict stays, in ms; red and amber ask for more reading. @type {Record<string, number>} */
export const LASTS_MS = { green: 12_000, amber: 25_000, red: 25_000 };

/** What the record calls a read without a reader, to the text for it. @type {Record<string, string>} */
const HOW = { manual: "manual", wedge: "wedge" };

/** @param {number} chars */
const linesFor = (chars) => (chars <= 11 ? 1 : chars <= 26 ? 2 : 3);

export class Verdict {
  #root = byId("verdict");
  /** What is on screen. @type {import("../types.js").Entry | null} */
  entry = null;
  /** A fault that stays until it is over. */
  #fault = false;
  #closed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  constructor() {
    setInterval(() => this.#foot(), 1000);
    new ResizeObserver(() => fit(this.#root)).observe(this.#root);
    document.fonts.ready.then(() => fit(this.#root));
  }

  /** Show `entry` unless it is too old to be the present verdict; says whether it was shown.
   * @param {import("../types.js").Entry} entry */
  show(entry) {
    const lasts = LASTS_MS[entry.class ?? "red"];
    const left = lasts - ageOf(entry.at);
    if (left <= 0 || this.#fault) return false;
    this.entry = entry;
    this.#paint(entry.verdict ?? "denied", entry.reason ?? "", entry.class ?? "red");
    this.#word(both(entry.sentence), CLASS_ICONS[entry.class ?? "red"]);
    this.#line("next-step", both(entry.next_step));
    this.#line("first-seen", firstSeen(entry));
    this.#person(entry);
    this.#foot();
    fit(this.#root);
    this.#run(left, lasts);
    return true;
  }

  /** Give the one in front more time, e.g. while somebody counts companions. */
  linger() {
    if (!this.entry) return;
    const lasts = LASTS_MS[this.entry.class ?? "red"];
    this.#run(lasts, lasts);
  }

  /** An entry turned out not to be in force: nothing green may stay. @param {number} ref */
  withdraw(ref) {
    if (this.entry?.seq !== ref) return;
    this.entry = { ...this.entry, verdict: "denied", class: "red", reason: "system_fault", sentence: null, next_step: null };
    this.#paint("denied", "system_fault", "red");
    this.#word(t("system_fault"), "stop");
    this.#line("next-step", t("withdrawn"));
    fit(this.#root);
  }

  /** The gate cannot record: full red until it can. @param {boolean} on @param {number} unrecorded */
  fault(on, unrecorded) {
    if (on) {
      this.#clear();
      this.#paint("denied", "system_fault", "red");
      this.#word(t("system_fault"), "stop", true);
      this.#line("next-step", t("system_fault_next"));
      this.#line("first-seen", unrecorded ? t("unrecorded", { n: unrecorded }) : t("journal_fault"));
      fit(this.#root);
    } else if (this.#fault) {
      this.#fault = false;
      this.ready();
    }
    this.#fault = on;
  }

  /** @param {boolean} closed */
  close(closed) {
    this.#closed = closed;
    if (!this.entry && !this.#fault) this.ready();
  }

  /** Calm: nothing is decided now. */
  ready() {
    if (this.#fault) return;
    this.#clear();
    this.#paint(this.#closed ? "closed" : "ready", "", "");
    if (this.#closed) {
      this.#word(t("gate_closed"), "door-closed", true);
      this.#line("next-step", t("gate_closed_next"));
    } else {
      this.#word(t("ready"), "nfc", true);
      this.#line("next-step", t(page.gate.direction === "out" ? "ready_out" : "ready_in"));
    }
    fit(this.#root);
  }

  #clear() {
    clearTimeout(this.#timer);
    this.entry = null;
    this.#nobody();
    byId("fade").classList.remove("runs");
    this.#line("first-seen", "");
    setText(byId("foot"), "");
  }

  /** @param {string} verdict @param {string} reason @param {string} cls */
  #paint(verdict, reason, cls) {
    Object.assign(this.#root.dataset, { verdict, reason, class: cls, alone: "no" });
    this.#root.classList.remove("arrives");
    void this.#root.offsetWidth; // starts the animation again for a second verdict of the same kind
    if (cls) this.#root.classList.add("arrives");
  }

  /** @param {string} text @param {string} iconName @param {boolean} [alone] nothing but the word is shown */
  #word(text, iconName, alone = false) {
    const chars = widthOf(text);
    this.#root.dataset.alone = alone ? "yes" : "no";
    this.#root.style.setProperty("--chars", String(chars));
    this.#root.style.setProperty("--lines", String(linesFor(chars)));
    setPhrases(byId("headline"), text);
    setIcon(byId("verdict-icon"), iconName);
  }

  /** @param {string} id @param {string} text */
  #line(id, text) {
    setPhrases(byId(id), text);
    byId(id).hidden = !text;
  }

  /** @param {import("../types.js").Entry} entry */
  #person(entry) {
    const { holder } = entry;
    byId("person").hidden = !holder;
    this.#root.dataset.alone = holder ? "no" : "yes";
    if (!holder) {
      this.#nobody();
      return;
    }
    const frame = portrait(holder);
    byId("photo").replaceChildren(...frame.childNodes);
    setText(byId("name"), holder.name || t("unknown_holder"));
    this.#line("latin", holder.name_latin && holder.name_latin !== holder.name ? holder.name_latin : "");
    this.#line("role", about(holder));
    this.#line("visits", visiting(holder));
    this.#line("representative", holder.representative ? t("representative", { name: holder.representative }) : "");
    this.#line("note", holder.note);
    byId("vip").hidden = !holder.vip;
    setText(byId("greeter"), holder.greeter ? t("greeter", { name: holder.greeter }) : "");
    this.#seat("seat-table", holder.table);
    this.#seat("seat-seat", holder.seat);
    this.#seat("seat-companions", entry.companions ? t("companions_plus", { n: entry.companions }) : "");
  }

  /** Nothing of the one before stays, not even unseen. */
  #nobody() {
    byId("person").hidden = true;
    byId("photo").replaceChildren();
    for (const id of ["name", "latin", "role", "visits", "representative", "note", "greeter"]) setText(byId(id), "");
    for (const id of ["seat-table", "seat-seat", "seat-companions"]) this.#seat(id, "");
  }

  /** @param {string} id @param {string} text */
  #seat(id, text) {
    const box = byId(id);
    box.hidden = !text;
    const value = box.querySelector("dd");
    if (value) setText(value, text);
  }

  #foot() {
    if (!this.entry) return;
    const { at, actor, reader } = this.entry;
    const how = actor ? `${HOW[reader ?? ""] ? t(HOW[reader ?? ""]) : ""} ${t("by_actor", { actor })}`.trim() : "";
    setText(byId("foot"), [t("read_at", { time: clock(at) }), ago(ageOf(at)), how].filter(Boolean).join(" · "));
  }

  /** @param {number} left ms until it fades @param {number} lasts ms it stays in all */
  #run(left, lasts) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.ready(), left);
    const fade = byId("fade");
    fade.classList.remove("runs");
    void fade.offsetWidth;
    fade.style.setProperty("--lasts", `${lasts}ms`);
    fade.style.animationDelay = `${left - lasts}ms`;
    fade.classList.add("runs");
  }
}

/** What tells this holder from another: of a car what it looks like and who answers for it.
 * @param {import("../types.js").Holder} holder */
function about(holder) {
  const { make, colour, responsible, position, organisation } = holder;
  return (holder.kind === "vehicle" ? [make, colour, responsible] : [position, organisation]).filter(Boolean).join(" · ");
}

/** @param {import("../types.js").Entry} entry */
function firstSeen(entry) {
  if (!entry.first_seen_at) return "";
  return t("first_seen", { time: clock(entry.first_seen_at), ago: ago(ageOf(entry.first_seen_at)) });
}
