/** Dates and times as people here write them: Buddhist era in Thai, 24 hours, the site's time zone. */

import { lang, page } from "./texts.js";

const LOCALE = lang === "th" ? "th-TH-u-ca-buddhist-nu-latn" : "en-GB";
const ZONE = page.timezone || "Asia/Bangkok";

/** @param {Intl.DateTimeFormatOptions} options */
const formatter = (options) => new Intl.DateTimeFormat(LOCALE, { timeZone: ZONE, hour12: false, ...options });

const SECONDS = formatter({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const MINUTES = formatter({ hour: "2-digit", minute: "2-digit" });
const DAY = formatter({ day: "numeric", month: "short", year: "numeric" });

/** How far this device's clock is behind the server's, in ms. */
let offset = 0;

/** Learn the server's clock from a message just received. @param {string} at ISO time */
export function learnClock(at) {
  const seen = Date.parse(at) - Date.now();
  // A message is only ever late: the largest difference is the truest; a step of the clock is believed at once.
  if (Math.abs(seen - offset) > 2000 || seen > offset) offset = seen;
}

/** The server's clock, ms since the epoch. */
export const serverNow = () => Date.now() + offset;

/** `22:08:40` @param {string | number} at ISO time or ms */
export const clock = (at) => SECONDS.format(new Date(at)).replace(/^24/, "00");

/** `22:08` @param {string | number} at */
export const minute = (at) => MINUTES.format(new Date(at)).replace(/^24/, "00");

/** `22 พ.ย. 2569` or `22 Nov 2026` @param {string | number} at */
export function day(at) {
  const parts = DAY.formatToParts(new Date(at));
  const part = (/** @type {string} */ type) => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("day")} ${part("month")} ${part("year") || part("relatedYear")}`;
}

/** Age of an ISO time in ms by the server's clock, never below 0. @param {string} at */
export const ageOf = (at) => Math.max(0, serverNow() - Date.parse(at));
