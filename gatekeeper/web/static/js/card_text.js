/** What may be the number of a card, as people type it and scanners send it. */

/** Digits (Arabic or Thai) and hexadecimal with separators, or `scheme:value`. */
const CARD = /^\s*(?:[a-z]{2,8}[0-9]*:[^\s].*|[0-9A-Fa-f๐-๙][0-9A-Fa-f๐-๙\s:,.-]{3,})\s*$/;
const HAS_DIGIT = /[0-9๐-๙]/;

/** The number of a pass as printed and as the code on a badge says it: `PR-000123/2`. */
const PASS_NUMBER = /^\s*(?:qr:\s*)?([a-z]{1,4}-[0-9๐-๙]{6,9}(?:\/[0-9๐-๙]{1,4})?)\s*$/i;

/** The number of a pass in `text`, or an empty text. @param {string | null} text */
export const passNumber = (text) => PASS_NUMBER.exec(text ?? "")?.[1].toUpperCase() ?? "";

/** Whether `text` can be the number of a card. @param {string} text */
export const isCard = (text) => CARD.test(text) && HAS_DIGIT.test(text) && !passNumber(text);
