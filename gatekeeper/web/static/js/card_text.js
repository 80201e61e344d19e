/** What may be the number of a card, as people type it and scanners send it. */

/** Digits (Arabic or Thai) and hexadecimal with separators, or `scheme:value`. */
const CARD = /^\s*(?:[a-z]{2,8}[0-9]*:[^\s].*|[0-9A-Fa-f๐-๙][0-9A-Fa-f๐-๙\s:,.-]{3,})\s*$/;
const HAS_DIGIT = /[0-9๐-๙]/;

/** Whether `text` can be the number of a card. @param {string} text */
export const isCard = (text) => CARD.test(text) && HAS_DIGIT.test(text);
