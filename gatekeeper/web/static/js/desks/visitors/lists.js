/** The lists beside the form: fetched anew every few seconds, walked through by arrows, acted on by one key. */

import { byId } from "../../dom.js";

const EVERY_MS = 4000;
const TIMEOUT_MS = 3000;
const KEYS = /** @type {Record<string, string>} */ ({ KeyR: "R", KeyL: "L", KeyE: "E", KeyC: "C" });

/** Keep the lists true, or say that they are not. */
export function keepLists() {
  const lists = byId("lists"), stale = byId("lists-stale");
  const again = async () => {
    try {
      const answer = await fetch(lists.dataset.url ?? "", { credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const html = await answer.text();
      if (!lists.contains(document.activeElement)) lists.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
      stale.hidden = true;
    } catch {
      stale.hidden = false;
    }
    setTimeout(again, EVERY_MS);
  };
  setTimeout(again, EVERY_MS);
  document.addEventListener("keydown", walk);
}

/** @param {KeyboardEvent} event */
function walk(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const lines = [...document.querySelectorAll("#lists .vd-line")].map((each) => /** @type {HTMLElement} */ (each));
  const at = lines.findIndex((line) => line === document.activeElement);
  if (event.code === "F6") lines[0]?.focus();
  else if (at >= 0 && event.code === "ArrowDown") lines[at + 1]?.focus();
  else if (at >= 0 && event.code === "ArrowUp") lines[at - 1]?.focus();
  else if (at >= 0 && KEYS[event.code]) {
    /** @type {HTMLElement | null} */ (lines[at].querySelector(`[data-key="${KEYS[event.code]}"]`))?.click();
  } else return;
  event.preventDefault();
}
