/** The checkpoint put together: the feed of one gate drives the verdict, hands drive the desk beside it. */

import { insist, nonce } from "../ask.js";
import { passNumber } from "../card_text.js";
import { byId, setText } from "../dom.js";
import { LiveRoom, connect } from "../live.js";
import { toast, toastFault } from "../toast.js";
import { Sound, wireSoundButton } from "../sound.js";
import { StaleCover, aimLogin } from "../stale.js";
import { both, page, t } from "../texts.js";
import { ageOf } from "../time.js";
import { stayAwake } from "../awake.js";
import { Companions } from "./companions.js";
import { showEntry, showGuest } from "./detail.js";
import { Lane } from "./lane.js";
import { Override } from "./override.js";
import { closePanel, openPanel, showPanel } from "./panels.js";
import { Reads } from "../reads.js";
import { Search } from "./search.js";
import { Verdict } from "./verdict.js";
import { Wedge } from "./wedge.js";

const room = new LiveRoom(connect(), page.rooms[0]);
const sound = new Sound();
const verdict = new Verdict();
const lane = new Lane();
const cover = new StaleCover();
const companions = new Companions(() => verdict.linger());
const override = new Override(() => {});
const reads = new Reads({ kept: 60, open: (entry) => showEntry(entry, (one) => override.open(one)) });
const search = document.getElementById("search")
  ? new Search({ onGuest: (found) => showGuest(found, admit), onCard: (card) => admit({ credential: card }) })
  : null;

const BY_TOUCH = matchMedia("(hover: none)").matches;

/** @param {import("../types.js").Entry} entry @param {boolean} history */
function receive(entry, history) {
  reads.add(entry);
  if (entry.kind === "withdrawn" && entry.ref !== null) verdict.withdraw(entry.ref);
  const decided = (entry.kind === "decision" || entry.kind === "override") && !entry.late;
  if (decided && verdict.show(entry)) {
    companions.show(entry);
    setText(byId("say"), [both(entry.sentence), entry.holder?.name, both(entry.next_step)].filter(Boolean).join(". "));
    const age = history ? Infinity : ageOf(entry.at);
    sound.play(entry.class ?? "red", age);
    if (entry.holder?.vip) sound.play("vip", age);
    // A scanner at the gate read a badge's code: refused like any unknown card, and whose it is shown beside.
    if (!history && entry.reason === "unknown_credential" && page.may.search && passNumber(entry.credential)) lookUp(entry.credential ?? "");
  }
  markOverride();
}

/** The button names nobody, so it is dead while nobody was refused. */
function markOverride() {
  const button = /** @type {HTMLButtonElement | null} */ (document.getElementById("open-override"));
  if (button) button.disabled = !reads.lastRefused;
}

function openOverride() {
  const shown = verdict.entry?.verdict === "denied" && verdict.entry.seq ? reads.entries.get(verdict.entry.seq) : null;
  const entry = shown ?? reads.lastRefused;
  if (entry && page.may.override) override.open(entry);
}

/** A read by hand: decided by the gate like any other; the verdict comes back on the feed.
 * @param {{pass_id?: string, credential?: string, by?: "hand" | "wedge"}} act */
async function admit(act) {
  const typed = search?.text;
  try {
    await insist(page.urls.admit, { ...act, nonce: nonce() });
    if (search && search.text === typed) search.clear();
    if (openPanel() === "detail") closePanel();
    if (!BY_TOUCH) search?.focus(); // by touch that would only bring the keyboard up again
  } catch (error) { toastFault(error); }
}

/** What a scanner typed: decided like a card at the reader; nothing on the desk is closed or emptied by it.
 * @param {string} credential */
async function scan(credential) {
  const number = search && page.may.search && passNumber(credential);
  if (number) return lookUp(credential);
  try {
    await insist(page.urls.admit, { credential, by: "wedge", nonce: nonce() });
  } catch (error) { toastFault(error); }
}

/** The code of a badge opens nothing: it brings up whose pass it is, unless somebody is filling in a form.
 * @param {string} code */
async function lookUp(code) {
  if (!search || ["override", "gate"].includes(openPanel() ?? "")) return;
  try {
    const found = await search.byNumber(code);
    if (found) showGuest(found, admit);
    else toast(t("no_pass", { number: passNumber(code) }));
  } catch (error) { toastFault(error); }
}

room.addEventListener("entry", (/** @type {any} */ { detail }) => receive(detail.entry, detail.history));
room.addEventListener("reset", () => { reads.clear(); verdict.ready(); });
room.addEventListener("lanes", (/** @type {any} */ { detail }) => {
  lane.show(detail?.[page.gate.id]);
  verdict.close(lane.closed);
});
room.addEventListener("health", (/** @type {any} */ { detail }) => {
  if (detail.cause) verdict.ready(); // beneath the cover nothing old waits to be seen again
  cover.show(detail);
  verdict.fault(detail.fault === "journal", detail.unrecorded);
  if (!detail.cause) reads.settled();
});

if (page.may.admit) new Wedge((credential) => scan(credential));
wireSoundButton(sound);

/** @type {Record<string, () => void>} */
const KEYS = {
  F2: () => (document.activeElement?.id === "search" ? search?.clear() : search?.focus()),
  F4: openOverride,
  F8: () => byId("sound").click(),
  F9: () => lane.ask(),
  Escape: closePanel,
};
document.addEventListener("keydown", (event) => {
  const act = KEYS[event.key];
  if (!act || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  event.preventDefault();
  act();
});
document.getElementById("open-override")?.addEventListener("click", openOverride);
document.getElementById("show-keys")?.addEventListener("click", () => {
  document.querySelector("details.menu")?.removeAttribute("open");
  showPanel("keys", { focus: byId("keys") });
});
aimLogin();
stayAwake();
verdict.ready();
