/** The four numbers, their progress, and the bars by group. */

import { byId, el, setText } from "../dom.js";
import { page, t } from "../texts.js";

/** The number in groups of three, set apart by the style sheet: 1200 stays 1200 when it is copied or read aloud.
 * @param {Element} node @param {number} number */
function setNumber(node, number) {
  const text = String(number);
  if (node.textContent === text) return;
  const groups = text.match(/\d{1,3}(?=(?:\d{3})*$)/g) ?? [text];
  node.replaceChildren(...groups.map((group) => el("span", { class: "digit-group", text: group })));
}

/** @param {import("../types.js").Counts} counts */
export function showCounts(counts) {
  for (const name of /** @type {const} */ (["expected", "arrived", "inside", "refused"])) {
    setNumber(byId(`count-${name}`), counts[name]);
  }
  const share = counts.expected ? counts.arrived / counts.expected : 0;
  const progress = /** @type {HTMLProgressElement} */ (byId("progress"));
  progress.max = Math.max(counts.expected, counts.arrived, 1);
  progress.value = counts.arrived;
  setText(byId("more-arrived"), t("more_arrived", { percent: Math.round(share * 100), left: Math.max(counts.expected - counts.arrived, 0) }));
  setText(byId("more-inside"), t("more_inside", { n: counts.companions }));
  if (!page.wall) showGroups(counts.by_group);
}

/** @param {import("../types.js").Counts["by_group"]} groups */
function showGroups(groups) {
  const list = byId("groups");
  const known = new Map([...list.children].map((item) => [item.getAttribute("data-group"), item]));
  const items = groups.map(({ group, expected, arrived }) => {
    const item = known.get(group) ?? newGroup(group);
    const bar = /** @type {HTMLProgressElement} */ (item.querySelector("progress"));
    bar.max = Math.max(expected, arrived, 1);
    bar.value = arrived;
    setText(/** @type {Element} */ (item.querySelector(".digits")), t("of", { n: arrived, total: expected }));
    return item;
  });
  if (items.length !== list.children.length || items.some((item, at) => list.children[at] !== item)) list.replaceChildren(...items);
}

/** @param {string} group */
function newGroup(group) {
  const name = group || t("no_group");
  return el("li", { class: "group", dataset: { group } },
    el("p", { class: "group-line" }, el("strong", { text: name }), el("span", { class: "digits muted" })),
    el("progress", { class: "progress", "aria-label": name }));
}
