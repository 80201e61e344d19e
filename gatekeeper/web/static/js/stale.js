/** The cover of a screen that cannot be believed: why, since when, and what to do. */

import { byId, setIcon, setText } from "./dom.js";
import { t } from "./texts.js";
import { clock } from "./time.js";

/** @type {Record<string, string>} */
const ICONS = { feed: "unplugged", node_down: "server-off", not_ready: "clock", signed_out: "user" };

/** `12 seconds ago` @param {number} ms */
export function ago(ms) {
  const seconds = Math.round(ms / 1000);
  if (seconds < 2) return t("ago_now");
  if (seconds < 60) return t("ago_seconds", { n: seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t("ago_minutes", { n: minutes });
  return t("ago_hours", { h: Math.floor(minutes / 60), n: minutes % 60 });
}

export class StaleCover {
  #cover = byId("stale");
  /** @type {import("./live.js").Health | null} */
  #health = null;

  constructor() {
    setInterval(() => this.#count(), 500);
  }

  /** Whether the screen beneath is covered. */
  get shown() { return !this.#cover.hidden; }

  /** @param {import("./live.js").Health} health */
  show(health) {
    const { cause } = health;
    this.#health = health;
    document.body.dataset.stale = cause;
    this.#cover.dataset.cause = cause;
    if (cause) {
      const kind = cause === "feed" && health.since === null ? "connecting" : cause;
      setIcon(this.#cover.querySelector(".icon"), ICONS[cause] ?? "unplugged");
      setText(byId("stale-title"), t(`stale_${kind}`));
      setText(byId("stale-text"), t(`stale_${kind}_text`));
      byId("stale-login").hidden = cause !== "signed_out";
      this.#count();
    }
    this.#cover.hidden = !cause;
  }

  #count() {
    const since = this.#health?.since;
    if (!this.#health?.cause) return;
    setText(byId("stale-since"), since ? t("stale_since", { time: clock(since), ago: ago(Date.now() - since) }) : "");
  }
}

/** Sign in again and come back here. */
export function aimLogin() {
  byId("stale-login").setAttribute("href", `/login?next=${encodeURIComponent(location.pathname)}`);
}
