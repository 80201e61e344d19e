/**
 * What stands in the desk beside the verdict: one panel at a time, none of them modal and none over the
 * verdict, so that no dialog can hide the next one.
 */

import { byId } from "../dom.js";

const desk = byId("desk");
/** @type {HTMLElement | null} */
let openedBy = null;

/** Name of the panel that is open; "reads" is home. */
export const openPanel = () => desk.dataset.panel ?? "reads";

/** @param {string} name @param {{focus?: HTMLElement | null}} [how] */
export function showPanel(name, how = {}) {
  if (name === openPanel()) return;
  if (openPanel() === "reads" && document.activeElement instanceof HTMLElement) openedBy = document.activeElement;
  desk.dataset.panel = name;
  for (const panel of desk.querySelectorAll("[data-panel-name]")) {
    if (panel instanceof HTMLElement) panel.hidden = panel.dataset.panelName !== name;
  }
  how.focus?.focus();
}

/** Back to the last reads, the focus to where it came from. */
export function closePanel() {
  const had = desk.contains(document.activeElement);
  showPanel("reads");
  if (had) (openedBy?.isConnected ? openedBy : byId("desk")).focus();
  openedBy = null;
}

for (const button of desk.querySelectorAll("[data-close]")) button.addEventListener("click", closePanel);
