/** The page of one pass: a tag tapped at this desk's reader, or scanned, appears in the field; a person binds it. */

import { both, page, t } from "../texts.js";
import { byId, setText } from "../dom.js";
import { DeskReader, onScan } from "./tags.js";

const field = /** @type {HTMLInputElement} */ (byId("credential"));
const said = byId("tag-said");
const desk = /** @type {HTMLSelectElement | null} */ (document.getElementById("desk"));
const take = document.getElementById("take");

const reader = new DeskReader(
  (tag) => {
    field.value = tag.credential;
    field.setAttribute("aria-invalid", String(Boolean(tag.refusal)));
    said.dataset.class = tag.refusal ? "red" : tag.warning ? "amber" : "";
    setText(said, both(tag.refusal) || both(tag.warning) || t("enrol_read"));
    byId("bind-button").focus();
  },
  (told) => {
    if (take) take.hidden = !["busy", "taken", "idle"].includes(told);
    said.dataset.class = told === "opened" ? "" : "red";
    setText(said, told === "opened" ? t("enrol_waiting") : t(`enrol_${told}`));
  },
);
onScan((text) => { field.value = text; byId("bind-button").focus(); });
const open = /** @type {HTMLButtonElement} */ (byId("tap-now"));
open.disabled = false; // without this script it would do nothing
open.addEventListener("click", () => reader.open(desk?.value ?? page.desks[0].id));
take?.addEventListener("click", () => reader.open(desk?.value ?? page.desks[0].id, true));
