/** Answers to somebody who just did something. Never used for a verdict. */

import { byId, el, icon } from "./dom.js";
import { t } from "./texts.js";

const TOAST_MS = 5000;

/** @param {string} text @param {"done" | "fault"} [kind] */
export function toast(text, kind = "done") {
  const shown = el("div", { class: "toast", dataset: { kind }, role: kind === "fault" ? "alert" : "status" },
    icon(kind === "fault" ? "stop" : "check"), el("span", { text }));
  byId("toasts").append(shown);
  setTimeout(() => shown.remove(), TOAST_MS);
}

/** A fault of a request, as a toast. @param {unknown} error */
export function toastFault(error) {
  toast(error instanceof Error && error.message ? error.message : t("unreachable"), "fault");
}
