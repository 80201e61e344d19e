/** How many companions really came with the guest on screen. Nothing is sent until a number was touched. */

import { post } from "../ask.js";
import { byId, setText } from "../dom.js";
import { toastFault } from "../toast.js";
import { page, t } from "../texts.js";

const WAIT_MS = 700;

export class Companions {
  #box = byId("came");
  #output = /** @type {HTMLOutputElement} */ (byId("came-stepper").querySelector("output"));
  /** @type {import("../types.js").Entry | null} */
  #entry = null;
  #came = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {() => void} touched tells that somebody is at work on this verdict */
  constructor(touched) {
    for (const button of this.#box.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => { this.#step(Number(button.getAttribute("data-step"))); touched(); });
    }
  }

  /** @param {import("../types.js").Entry | null} entry the verdict now on screen */
  show(entry) {
    this.#flush();
    const counts = entry?.verdict === "granted" && entry.direction !== "out" && entry.pass_id && page.may.annotate;
    this.#box.hidden = !counts || !entry?.companions;
    this.#entry = this.#box.hidden ? null : entry;
    this.#came = entry?.companions ?? 0;
    setText(this.#output, this.#came);
    setText(byId("came-state"), "");
  }

  /** @param {number} step */
  #step(step) {
    const most = Math.max(page.max_companions ?? 9, this.#entry?.companions ?? 0);
    this.#came = Math.min(Math.max(this.#came + step, 0), most);
    setText(this.#output, this.#came);
    setText(byId("came-state"), t("came_saving"));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#flush(), WAIT_MS);
  }

  /** Send what was counted, also when the next guest already stands there. */
  #flush() {
    if (this.#timer === undefined || !this.#entry) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const entry = this.#entry;
    const came = this.#came;
    post(page.urls.entry.replace(/0$/, `${entry.seq}/companions`), { companions: came }).then(
      () => { if (this.#entry?.seq === entry.seq) setText(byId("came-state"), t("came_saved", { n: came })); },
      (error) => { if (this.#entry?.seq === entry.seq) setText(byId("came-state"), ""); toastFault(error); },
    );
  }
}
