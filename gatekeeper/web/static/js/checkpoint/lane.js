/** State of this gate's lane: the chip in the bar, a banner when reader or door is not well, opening and closing. */

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

  /** A door that needs somebody, where all readers are well: those come first. */
  get #door() {
    if (this.#lane?.readers.some((reader) => reader.state !== "up")) return undefined;
    return this.#lane?.doors.find((door) => door.state !== "ready");
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
    setText(/** @type {Element} */ (chip.querySelector(".lane-state")), this.#door ? t("door_look") : t(word));
    this.#banner(state);
    if (!this.#button) return;
    setText(/** @type {Element} */ (this.#button.querySelector("span")), t(this.closed ? "gate_open" : "gate_close"));
    setIcon(this.#button.querySelector(".icon"), this.closed ? "door" : "door-closed");
  }

  /** @param {string} state */
  #banner(state) {
    const banner = byId("lane-banner");
    const readers = this.#lane?.readers ?? [];
    const door = this.#door;
    banner.hidden = state === "up" || (readers.length === 0 && !door);
    banner.dataset.kind = state === "down" ? "fault" : "warning";
    const text = door ? t(`door_banner_${door.state}`, { id: door.id }) : t(`reader_${state}`);
    setIcon(banner.querySelector(".icon"), door ? "door" : "unplugged");
    if (!banner.hidden) setText(/** @type {Element} */ (banner.querySelector("span")), text);
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
