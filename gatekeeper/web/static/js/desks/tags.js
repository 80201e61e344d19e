/**
 * Tags at a desk: from the desk's reader over the live feed (to the page that asked alone), or from a scanner that
 * types. Who reads a page is told what a tag is good for before it is bound.
 */

import { Wedge } from "../checkpoint/wedge.js";
import { connect } from "../live.js";

/**
 * @typedef {{credential: string, refusal: {th: string, en: string} | null, warning: {th: string, en: string} | null}} Tag
 * @typedef {"opened" | "busy" | "taken" | "idle" | "node_down" | "store_down" | "lost" | "not_found" | "forbidden"} Told
 */

export class DeskReader {
  #socket; #desk = ""; #onTold; #wanted = false;

  /** @param {(tag: Tag) => void} onTag @param {(told: Told) => void} onTold */
  constructor(onTag, onTold) {
    this.#onTold = onTold;
    this.#socket = connect();
    this.#socket.on("connect", () => { if (this.#wanted) this.#ask(false); });
    this.#socket.on("disconnect", () => { if (this.#wanted) onTold("lost"); });
    this.#socket.on("tap", (/** @type {any} */ tap) => { if (tap.desk === this.#desk) onTag(tap); });
    this.#socket.on("desk_end", (/** @type {any} */ end) => {
      if (end.desk !== this.#desk) return;
      this.#wanted = false;
      onTold(end.cause);
    });
  }

  /** Be shown what the reader of `desk` reads; `take` it from a page that has it. @param {string} desk */
  open(desk, take = false) {
    if (this.#desk && this.#desk !== desk) this.#socket.emit("desk_close", { desk: this.#desk });
    this.#desk = desk;
    this.#wanted = true;
    if (this.#socket.connected) this.#ask(take);
  }

  /** @param {boolean} take */
  #ask(take) {
    this.#socket.emit("desk_open", { desk: this.#desk, take }, (/** @type {{ok: boolean, code: Told}} */ answer) => {
      if (!answer.ok) this.#wanted = false;
      this.#onTold(answer.ok ? "opened" : answer.code);
    });
  }
}

/** What a scanner types, wherever the focus is. @param {(text: string) => void} use */
export const onScan = (use) => new Wedge(use);
