/** Tags bound one after another: tap, it is bound, the next pass stands there. No mouse is touched. */

import { get, post, Refusal } from "../ask.js";
import { byId, el, icon, setText } from "../dom.js";
import { both, page, t } from "../texts.js";
import { Sound } from "../sound.js";
import { DeskReader, onScan } from "./tags.js";

const said = byId("enrol-said");
const desk = /** @type {HTMLSelectElement | null} */ (document.getElementById("desk"));
const field = /** @type {HTMLInputElement} */ (byId("credential"));

const sound = new Sound();

let queue = page.queue;
let busy = false;

/** @param {"" | "green" | "amber" | "red"} kind @param {string} text @param {string} [more] */
function say(kind, text, more = "") {
  said.dataset.class = kind;
  const name = kind === "red" ? "stop" : kind === "" ? "info" : "check";
  said.replaceChildren(el("p", { class: "mark", dataset: { class: kind } }, icon(name), el("span", { text })),
    more ? el("p", { class: "muted", text: more }) : "");
}

/** @param {any} next */
function show(next) {
  queue = next;
  const pass = next.pass;
  byId("enrol-next").hidden = !pass;
  byId("enrol-empty").hidden = Boolean(pass);
  setText(/** @type {HTMLElement} */ (document.querySelector("[data-testid=enrol-left]")), String(next.count));
  setText(/** @type {HTMLElement} */ (document.querySelector("[data-testid=enrol-who]")), pass?.name ?? "");
  setText(/** @type {HTMLElement} */ (document.querySelector("[data-testid=enrol-number]")), pass?.number ?? "");
  setText(byId("enrol-class"), pass?.class ?? "");
  setText(byId("enrol-detail"), pass?.detail ?? "");
}

/** @param {string} credential */
async function bind(credential) {
  if (busy) return;
  if (!queue.pass) return say("red", t("enrol_none"));
  busy = true;
  const pass = queue.pass;
  try {
    const done = await post(page.urls.bind.replace("{id}", pass.id), { credential });
    say(done.tag.warning ? "amber" : "green", t("enrol_bound", { number: pass.number, tag: done.tag.credential }),
      both(done.tag.warning));
    sound.play(done.tag.warning ? "amber" : "green");
    show(done.queue);
  } catch (error) {
    say("red", error instanceof Refusal ? error.message : t("unreachable"));
    sound.play("red");
  } finally {
    busy = false;
  }
}

const reader = new DeskReader(
  (tag) => {
    if (tag.refusal) { say("red", both(tag.refusal)); sound.play("red"); } else void bind(tag.credential);
  },
  (told) => {
    byId("take").hidden = !["busy", "taken", "idle"].includes(told);
    if (told === "opened") say("", t("enrol_waiting"));
    else say("red", t(`enrol_${told}`));
  },
);
if (desk) {
  desk.addEventListener("change", () => reader.open(desk.value));
  reader.open(desk.value);
}
byId("take").addEventListener("click", () => { if (desk) reader.open(desk.value, true); });
onScan((text) => void bind(text));
byId("typed").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value.trim();
  field.value = "";
  if (text) void bind(text);
});

async function skip() {
  if (!queue.pass) return;
  show(await get(`${page.urls.next}?after=${encodeURIComponent(queue.pass.id)}`));
}
byId("skip").addEventListener("click", () => void skip());
document.addEventListener("keydown", (event) => {
  if (event.key !== "F9") return;
  event.preventDefault();
  void skip();
});
