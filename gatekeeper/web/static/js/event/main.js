/** One event, live or on a wall: the feed of its room drives counts, chart, lanes, feed and VIP alerts. */

import { stayAwake } from "../awake.js";
import { LiveRoom, connect } from "../live.js";
import { Reads } from "../reads.js";
import { Sound, wireSoundButton } from "../sound.js";
import { StaleCover, aimLogin } from "../stale.js";
import { named, page } from "../texts.js";
import { ageOf } from "../time.js";
import { ArrivalChart } from "./chart.js";
import { showCounts } from "./counts.js";
import { showLanes } from "./lanes.js";
import { Missing } from "./missing.js";
import { VipAlerts } from "./vips.js";

const room = new LiveRoom(connect(), page.rooms[0]);
const cover = new StaleCover();
const chart = new ArrivalChart();
const vips = new VipAlerts();
const sound = new Sound();
const missing = document.getElementById("missing") ? new Missing() : null;
const gateNames = new Map(page.gates.map((/** @type {any} */ gate) => [gate.id, named(gate)]));
const reads = new Reads({ kept: page.wall ? 12 : 200, gateName: (id) => gateNames.get(id) ?? id, decisionsOnly: page.wall });
let arrived = -1;

/** @param {import("../types.js").Counts} counts @param {boolean} whole */
function count(counts, whole) {
  showCounts(counts);
  if (whole) chart.set(counts.arrivals);
  else chart.update(counts.arrivals);
  if (counts.arrived !== arrived || whole) missing?.refresh();
  arrived = counts.arrived;
}

room.addEventListener("snapshot", (/** @type {any} */ { detail }) => {
  for (const one of detail.acknowledged ?? []) vips.taken(one);
  if (detail.counts) count(detail.counts, true);
});
room.addEventListener("counts", (/** @type {any} */ { detail }) => count(detail, false));
room.addEventListener("lanes", (/** @type {any} */ { detail }) => showLanes(detail));
room.addEventListener("acknowledged", (/** @type {any} */ { detail }) => vips.taken(detail));
room.addEventListener("entry", (/** @type {any} */ { detail }) => {
  reads.add(detail.entry);
  if (vips.raise(detail.entry)) sound.play("vip", detail.history ? Infinity : ageOf(detail.entry.at));
});
room.addEventListener("reset", () => { reads.clear(); vips.clear(); });
room.addEventListener("health", (/** @type {any} */ { detail }) => {
  cover.show(detail);
  if (!detail.cause) reads.settled();
});

wireSoundButton(sound);
aimLogin();
stayAwake();
