/** What every screen has: the clock, the theme, menus that close by Escape. */

import { setText } from "./dom.js";
import { clock, day, serverNow } from "./time.js";

function runClock() {
  const times = document.querySelectorAll("[data-clock]");
  const dates = document.querySelectorAll("[data-date]");
  if (!times.length) return;
  const tick = () => {
    for (const time of times) setText(time, clock(serverNow()));
    for (const date of dates) setText(date, day(serverNow()));
    setTimeout(tick, 1000 - (serverNow() % 1000));
  };
  tick();
}

function wireTheme() {
  const root = document.documentElement;
  for (const button of document.querySelectorAll("[data-set-theme]")) {
    const wanted = button.getAttribute("data-set-theme") ?? "";
    const mark = () => button.setAttribute("aria-pressed", String((root.dataset.theme ?? "") === wanted));
    document.addEventListener("theme", mark);
    mark();
    button.addEventListener("click", () => {
      if (wanted) root.dataset.theme = wanted;
      else delete root.dataset.theme;
      try { localStorage.setItem("gatekeeper.theme", wanted); } catch { /* holds for this page only */ }
      document.dispatchEvent(new Event("theme"));
    });
  }
}

function wireMenus() {
  for (const menu of document.querySelectorAll("details.menu")) {
    const details = /** @type {HTMLDetailsElement} */ (menu);
    details.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !details.open) return;
      details.open = false;
      details.querySelector("summary")?.focus();
      event.stopPropagation();
    });
    document.addEventListener("pointerdown", (event) => {
      if (!details.contains(/** @type {Node} */ (event.target))) details.open = false;
    });
  }
}

runClock();
wireTheme();
wireMenus();
/** The first thing wrong on a form takes the focus, so that it is read aloud. */
document.querySelector(".error-summary")?.setAttribute("tabindex", "-1");
/** @type {HTMLElement | null} */ (document.querySelector(".error-summary"))?.focus();
