/**
 * The visitor desk: taps go where they belong, the ID card fills the form, keys do what the buttons do.
 *
 * Without this script the page is two plain forms; nothing here decides anything. A card that is out is taken back
 * whatever else is on the screen; a free one is the card of the form, and lends it where nothing is missing.
 */

import { post } from "../../ask.js";
import { Wedge } from "../../checkpoint/wedge.js";
import { byId } from "../../dom.js";
import { page, t } from "../../texts.js";
import { toast, toastFault } from "../../toast.js";
import { keepLists } from "./lists.js";

const form = /** @type {HTMLFormElement} */ (byId("exchange"));
const card = /** @type {HTMLInputElement} */ (byId("card"));
const returned = /** @type {HTMLInputElement} */ (byId("return-card"));
const state = byId("read-state");
let sent = false;

/** @param {string} name @returns {HTMLInputElement} */
const field = (name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));

/** @param {HTMLFormElement} which */
function send(which) {
  if (sent) return;
  sent = true;
  which.submit();
}

/** Whether whom or which unit is said, as the office asks. */
function missing() {
  const host = field("host_name"), unit = field("host_unit");
  const wanted = [...form.querySelectorAll("input[required]")].map((each) => /** @type {HTMLInputElement} */ (each));
  const empty = wanted.find((each) => each !== card && !each.checkValidity());
  if (empty) return empty;
  return host.value.trim() || unit.value.trim() ? null : host;
}

/** A card was tapped. @param {string} text */
async function tapped(text) {
  const next = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-next-card]"));
  try {
    const found = await post("/desk/visitors/tap", { card: text });
    if (found.state === "lent" || found.state === "lost") return takeBack(text);
    if (found.state === "unknown") return toast(found.message, "fault");
    if (found.state !== "free") return toast(t(`card_state_${found.state}`, { number: found.number }), "fault");
    if (next && !field("first_name").value) {
      next.value = found.number;
      return send(/** @type {HTMLFormElement} */ (next.form));
    }
    lend(found.number);
  } catch (error) {
    toastFault(error);
  }
}

/** @param {string} text */
function takeBack(text) {
  returned.value = text;
  send(/** @type {HTMLFormElement} */ (byId("return")));
}

/** @param {string} number */
function lend(number) {
  card.value = number;
  const empty = missing();
  if (!empty) return send(form);
  toast(t("fill_first", { number }));
  empty.focus();
}

/** @param {string} text */
function say(text) {
  state.textContent = text;
  state.hidden = !text;
}

/** @param {Record<string, string>} values */
function fill(values) {
  for (const [name, value] of Object.entries(values)) {
    const input = field(name);
    if (input && value && !input.value) input.value = value;
  }
}

/** What was said at the last visit, where nothing stands yet. @param {any} found */
function remember(found) {
  if (!found.known) return;
  const { name, organisation, phone, host_name, host_unit, place } = found.last;
  fill({ first_name: name, organisation, phone, host_name, host_unit, place });
  say(t("known", { name }));
}

async function readCard() {
  say(t("reading"));
  try {
    const found = await post(`/desk/visitors/id-card?desk=${encodeURIComponent(page.desk)}`, {});
    if (found.result !== "read") {
      say(found.message);
      return field("document_number").focus();
    }
    /** @type {HTMLInputElement} */ (form.querySelector('input[name="document_kind"][value="national_id"]')).checked = true;
    field("document_number").value = found.number;
    field("first_name").value = `${found.title}${found.first_name} ${found.last_name}`.trim();
    field("name_latin").value = found.name_latin;
    say(t("read_done"));
    remember(found);
    firstPurpose().focus();
  } catch (error) {
    say("");
    toastFault(error);
  }
}

const firstPurpose = () => /** @type {HTMLInputElement} */ (form.querySelector("[data-digits] input"));

async function lookUp() {
  const number = field("document_number").value.trim();
  const kind = /** @type {HTMLInputElement | null} */ (form.querySelector('input[name="document_kind"]:checked'));
  if (!number || !kind) return;
  try {
    remember(await post("/desk/visitors/known", { kind: kind.value, number }));
  } catch { /* only a help */ }
}

/** A digit chooses within the group that has the focus, by the key's place: a Thai layout types no digits. */
function digits(/** @type {KeyboardEvent} */ event) {
  const group = document.activeElement?.closest("[data-digits]");
  const match = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
  if (!group || !match) return false;
  const chosen = /** @type {HTMLInputElement | undefined} */ (group.querySelectorAll("input")[Number(match[1]) - 1]);
  if (!chosen) return false;
  chosen.checked = true;
  field("host_name").focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.code === "F2" && page.desk) readCard();
  else if (event.code === "F4") returned.focus();
  else if (!digits(event)) return;
  event.preventDefault();
});

document.getElementById("read-card")?.addEventListener("click", readCard);
field("document_number").addEventListener("change", lookUp);
form.addEventListener("submit", (event) => {
  if (sent) event.preventDefault();
  sent = true;
});
field("host_name").addEventListener("change", () => {
  const options = [...document.querySelectorAll("#hosts option")].map((each) => /** @type {HTMLOptionElement} */ (each));
  const known = options.find((each) => each.value === field("host_name").value);
  if (known) fill({ host_unit: known.dataset.unit ?? "", place: known.dataset.place ?? "" });
});
byId("main").querySelector(".vd-result")?.scrollIntoView({ block: "nearest" });
if (document.querySelector('[data-testid="halted"]')) /** @type {HTMLElement} */ (document.querySelector(".vd-result")).focus();
new Wedge(tapped);
if (page.tap_reader) import("./reader.js").then((reader) => reader.listen(page.desk, tapped));
keepLists();
form.dataset.ready = "yes";
