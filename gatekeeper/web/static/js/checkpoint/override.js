/** An officer lets somebody through, with a reason that is recorded under their name. */

import { post } from "../ask.js";
import { byId, el, icon, setText, CLASS_ICONS } from "../dom.js";
import { toast, toastFault } from "../toast.js";
import { both, page, t } from "../texts.js";
import { clock } from "../time.js";
import { subject } from "./detail.js";
import { closePanel, openPanel, showPanel } from "./panels.js";

export class Override {
  #note = /** @type {HTMLTextAreaElement} */ (byId("override-note"));
  #form = /** @type {HTMLFormElement} */ (byId("override-form"));
  /** The refusal that is overridden; stays the same while new verdicts arrive. @type {import("../types.js").Entry | null} */
  #entry = null;

  /** @param {(entry: import("../types.js").Entry) => void} done */
  constructor(done) {
    this.done = done;
    this.#form.addEventListener("submit", (event) => { event.preventDefault(); this.#send(); });
    this.#form.addEventListener("change", (event) => {
      const { target } = event;
      if (target instanceof HTMLInputElement && target.name === "quick") this.#note.value = target.value;
    });
  }

  /** @param {import("../types.js").Entry} entry */
  open(entry) {
    if (this.#entry?.seq !== entry.seq) {
      this.#form.reset();
      this.#complain("");
    }
    this.#entry = entry;
    byId("override-subject").replaceChildren(...subject(entry),
      el("p", { class: "mark", dataset: { class: entry.class ?? "" } }, icon(CLASS_ICONS[entry.class ?? "red"]), both(entry.sentence)),
      el("p", { class: "muted digits", text: t("override_subject_time", { time: clock(entry.at) }) }));
    showPanel("override", { focus: this.#form.querySelector("input") });
  }

  async #send() {
    const entry = this.#entry;
    const note = this.#note.value.trim();
    if (!entry) return;
    if (note.length < page.override_note_min) return this.#complain(t("override_short", { n: page.override_note_min }));
    this.#complain("");
    const button = /** @type {HTMLButtonElement} */ (this.#form.querySelector("button:not([type])"));
    button.disabled = true;
    try {
      const answer = await post(page.urls.override, { ref: entry.seq, note });
      this.done(answer);
      this.#form.reset();
      this.#entry = null;
      if (openPanel() === "override") closePanel();
      toast(t("override_done"));
    } catch (error) {
      toastFault(error);
    } finally {
      button.disabled = false;
    }
  }

  /** @param {string} text */
  #complain(text) {
    const summary = byId("override-errors");
    summary.hidden = !text;
    this.#note.toggleAttribute("aria-invalid", false);
    if (!text) return;
    this.#note.setAttribute("aria-invalid", "true");
    const link = summary.querySelector("a");
    if (link) setText(link, text);
    summary.focus();
  }
}
