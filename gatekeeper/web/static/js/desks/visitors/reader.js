/** Cards held to the desk's own reader, shown to this page alone; whether the reader can be believed. */

import { byId } from "../../dom.js";
import { t } from "../../texts.js";
import { DeskReader } from "../tags.js";

/** @param {string} desk @param {(credential: string) => void} onCard */
export function listen(desk, onCard) {
  const line = byId("reader-state"), take = byId("reader-take");
  // What a tag is good for as a badge is no matter here: the desk asks what it is as a visitor's card.
  const reader = new DeskReader((tag) => onCard(tag.credential), (told) => {
    line.dataset.told = told;
    line.hidden = false;
    byId("reader-said").textContent = t(`enrol_${told}`);
    take.hidden = !["busy", "taken", "idle"].includes(told);
  });
  take.addEventListener("click", () => reader.open(desk, true));
  reader.open(desk);
}
