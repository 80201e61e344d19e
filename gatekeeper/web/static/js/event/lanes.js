/** Every lane of the event as a chip: icon, name and word; colour only where something is abnormal. */

import { byId, el, icon } from "../dom.js";
import { LANE_ICONS } from "../lane_icons.js";
import { named, page, t } from "../texts.js";

/** @param {Record<string, import("../types.js").Lane> | null} lanes */
export function showLanes(lanes) {
  if (!lanes) return;
  const known = new Set(page.gates.map((/** @type {any} */ gate) => gate.id));
  const gates = [...page.gates, ...Object.keys(lanes).filter((id) => !known.has(id)).map((id) => ({ id }))];
  byId("lanes").replaceChildren(...gates.filter((gate) => lanes[gate.id]).map((gate) => chip(gate, lanes[gate.id])));
}

/** @param {any} gate @param {import("../types.js").Lane} lane */
function chip(gate, lane) {
  const word = lane.state === "up" && lane.gate_state === "closed" ? "closed" : lane.state;
  const readers = lane.readers.filter((reader) => reader.state !== "up");
  const doors = lane.doors.filter((door) => door.state !== "ready");
  const unwell = [...readers, ...doors].map((one) => one.id).join(", ");
  const short = doors.length && !readers.length ? "door_short" : `${word}_short`;
  return el("li", {},
    el("div", { class: "lane", dataset: { testid: "lane", gate: gate.id, state: lane.state, gateState: lane.gate_state } },
      icon(LANE_ICONS[word]),
      el("span", { text: named(gate) }),
      el("span", { class: "lane-state", text: word === "closed" ? t("closed") : t(short) }),
      unwell && el("span", { class: "lane-detail", text: `(${unwell})` })));
}
