/** State of this gate's lane: the chip in the bar, a banner when the reader is not well, opening and closing. */

import { post } from "../ask.js";
import { byId, setIcon, setText } from "../dom.js";
import { LANE_ICONS } from "../lane_icons.js";
import { toastFault } from "../toast.js";
import { page, t } from "../texts.js";
import { closePanel, showPanel } from "./panels.js";

export class Lane {
  /** @type {import("../types.js").Lane | null} */
  #lane = null;
  #button = document.getElementById("open-gate");

  constructor() {
    this.#button?.addEventListener("click", () => this.ask());
    byId("gate-form").addEventListener("submit", (event) => { event.preventDefault(); this.#send(); });
  }

  get closed() { return this.#lane?.gate_state === "closed"; }

  /** @param {import("../types.js").Lane | undefined} lane */
  show(lane) {
    this.#lane = lane ?? null;
    const state = lane?.state ?? "down";
    const word = state === "up" && this.closed ? "closed" : state;
    const chip = byId("lane");
    Object.assign(chip.dataset, { state, gateState: lane?.gate_state ?? "open" });
    setIcon(chip.querySelector(".icon"), LANE_ICONS[word]);
    setText(/** @type {Element} */ (chip.querySelector(".lane-state")), t(word));
    this.#banner(state);
    if (!this.#button) return;
    setText(/** @type {Element} */ (this.#button.querySelector("span")), t(this.closed ? "gate_open" : "gate_close"));
    setIcon(this.#button.querySelector(".icon"), this.closed ? "door" : "door-closed");
  }

  /** @param {string} state */
  #banner(state) {
    const banner = byId("lane-banner");
    const readers = this.#lane?.readers ?? [];
    banner.hidden = state === "up" || readers.length === 0;
    banner.dataset.kind = state === "down" ? "fault" : "warning";
    if (!banner.hidden) setText(/** @type {Element} */ (banner.querySelector("span")), t(`reader_${state}`));
  }

  /** Ask before a gate is closed or opened. */
  ask() {
    if (!this.#button) return;
    const act = this.closed ? "open" : "close";
    setText(byId("gate-title"), t(`gate_${act}_title`));
    setText(byId("gate-text"), t(`gate_${act}_text`));
    setText(byId("gate-confirm"), t(`gate_${act}`));
    showPanel("gate", { focus: byId("gate-note") });
  }

  async #send() {
    const note = /** @type {HTMLInputElement} */ (byId("gate-note"));
    try {
      await post(page.urls.state, { state: this.closed ? "open" : "closed", note: note.value.trim() });
      note.value = "";
      closePanel();
    } catch (error) { toastFault(error); }
  }
}
