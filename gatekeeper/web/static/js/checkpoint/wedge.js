/**
 * A reader that types: cards and codes of a keyboard-wedge scanner, told from a person by rhythm.
 *
 * Keys are taken by their place (event.code), never by the letter that the layout makes of it: with a Thai layout
 * the key of `1` types `ๅ`. A scanner types every key within GAP_MS of the one before and ends with Enter, Tab or
 * silence; nobody types eight keys like that. What it typed into a field is taken out again.
 *
 * When a key was pressed counts, never when it reached this page: a busy computer hands keys over late. So silence
 * proves little. A scanner that was seen to end with a key is waited for until that key comes; one that may have none
 * is given FIRST_MS, until its runs have proved that they end in silence.
 *
 * Outside of fields a run is a card or, failing that, the text of a code. Inside of them only what can be a card's
 * number or a pass's is taken: a name that somebody pastes or types quickly stays theirs. A scanner says nothing of who it is,
 * and whoever can type can type a number: this is for desks with somebody behind them.
 */

import { isCard, passNumber } from "../card_text.js";

const GAP_MS = 50;
const SILENCE_MS = 200;
const FIRST_MS = 1000;
/** A scan begins after so long without a key, or after the end of another: what goes on is never taken in part. */
const BEFORE_MS = 300;
const LEAST_KEYS = 6;
const LONGEST = 512;
const ENDS = new Set(["Enter", "NumpadEnter", "Tab"]);

/** How this desk's scanner ends a scan, as it was last seen: "key", "silence" or "" for not yet. */
const KNOWN = "wedge-end";

function known() {
  try {
    return localStorage.getItem(KNOWN) ?? "";
  } catch {
    return ""; // a browser that keeps nothing: each page learns anew
  }
}

/** Keys that scanners use: what the place gives on the layout they were made for, plain and with Shift. */
const PLACES = /** @type {Record<string, [string, string]>} */ ({
  Space: [" ", " "], Minus: ["-", "_"], Equal: ["=", "+"], Comma: [",", "<"], Period: [".", ">"], Slash: ["/", "?"],
  Semicolon: [";", ":"], Quote: ["'", '"'], BracketLeft: ["[", "{"], BracketRight: ["]", "}"], Backslash: ["\\", "|"],
  Backquote: ["`", "~"], NumpadDecimal: [".", "."], NumpadSubtract: ["-", "-"], NumpadAdd: ["+", "+"],
  NumpadDivide: ["/", "/"], NumpadMultiply: ["*", "*"],
});
[...")!@#$%^&*("].forEach((shifted, digit) => {
  PLACES[`Digit${digit}`] = [String(digit), shifted];
  PLACES[`Numpad${digit}`] = [String(digit), String(digit)];
});
[..."abcdefghijklmnopqrstuvwxyz"].forEach((letter) => {
  PLACES[`Key${letter.toUpperCase()}`] = [letter, letter.toUpperCase()];
});

/** @param {KeyboardEvent} event */
function characterOf(event) {
  const place = PLACES[event.code];
  if (!place) return null;
  const letter = event.code.startsWith("Key");
  const upper = letter ? event.shiftKey !== event.getModifierState("CapsLock") : event.shiftKey;
  return place[upper ? 1 : 0];
}

/** @param {EventTarget | null} target @returns {HTMLInputElement | HTMLTextAreaElement | null} */
function fieldOf(target) {
  if (target instanceof HTMLTextAreaElement) return target;
  return target instanceof HTMLInputElement && !["radio", "checkbox", "button", "submit"].includes(target.type) ? target : null;
}

export class Wedge {
  #text = "";
  #layout = "";
  #last = -Infinity;
  #ended = true;
  /** Whether the run began at a beginning. */
  #whole = false;
  /** Whether the run before was used without its end: an end that comes late presses nothing. */
  #used = false;
  /** What the scanner ends with: see KNOWN. */
  #ending = known();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {HTMLInputElement | HTMLTextAreaElement | null} */
  #field = null;
  #before = "";

  /** @param {(credential: string) => void} onScan */
  constructor(onScan) {
    this.onScan = onScan;
    // First of all listeners: a run's Enter must not press the button that happens to have the focus.
    document.addEventListener("keydown", (event) => this.#key(event), { capture: true });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Shift" || event.key === "CapsLock") return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return this.#forget();
    const gap = event.timeStamp - this.#last;
    const begins = gap >= BEFORE_MS || this.#ended;
    const follows = gap <= GAP_MS;
    this.#last = event.timeStamp;
    this.#ended = ENDS.has(event.code);
    clearTimeout(this.#timer);
    if (this.#ended) {
      if (follows && (this.#used || this.#scanned())) {
        this.#learn("key");
        stop(event);
      }
      this.#used = false;
      return this.#forget();
    }
    // More of a run that was used already: silence has deceived.
    if (this.#used && follows) this.#learn("");
    this.#used = false;
    const character = characterOf(event);
    if (character === null) return this.#forget();
    const field = fieldOf(event.target);
    if (!follows || !this.#text || field !== this.#field || this.#text.length >= LONGEST) this.#begin(field, begins);
    this.#text += character;
    this.#layout += event.key;
    if (!field && this.#text.length > 1) stop(event); // a blank in a code is no press of a button
    this.#await();
  }

  /** @param {HTMLInputElement | HTMLTextAreaElement | null} field @param {boolean} whole */
  #begin(field, whole) {
    // The run before waits for its end still, and another scan begins: it has none.
    if (whole && this.#whole && this.#text.length >= LEAST_KEYS) this.#learn("");
    this.#forget();
    this.#whole = whole;
    this.#field = field;
    this.#before = field?.value ?? "";
  }

  /** @param {"key" | "silence" | ""} ending */
  #learn(ending) {
    if (ending === this.#ending) return;
    this.#ending = ending;
    try {
      localStorage.setItem(KNOWN, ending);
    } catch {
      // Known on this page only.
    }
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#text = this.#layout = "";
    this.#field = null;
  }

  /** A page that was held up counts the silence anew: keys may be waiting behind the delay. */
  #await() {
    if (this.#ending === "key") return;
    const patience = this.#ending === "silence" ? SILENCE_MS : FIRST_MS;
    const due = performance.now() + patience;
    this.#timer = setTimeout(() => (performance.now() > due + GAP_MS ? this.#await() : this.#silent()), patience);
  }

  /**
   * No end came. In a field only a run that the layout has garbled is certainly no person's; of any other, and of a
   * short one, what follows tells by when it was typed: the end may only be late on its way to this page.
   */
  #silent() {
    if (this.#text.length < LEAST_KEYS) return;
    if (this.#field && this.#text.toLowerCase() === this.#layout.toLowerCase()) return;
    this.#used = this.#scanned();
    if (this.#used) this.#learn("silence");
    this.#forget();
  }

  /** Use the run if a machine typed it. */
  #scanned() {
    const text = this.#text.trim();
    if (text.length < LEAST_KEYS || !this.#whole) return false;
    const card = isCard(text) && !text.includes(":"); // a code must not choose its kind
    if (!card && !passNumber(text) && this.#field) return false;
    if (this.#field && this.#field.value !== this.#before) {
      this.#field.value = this.#before;
      this.#field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    this.onScan(card ? text : `qr:${text}`);
    return true;
  }
}

/** @param {Event} event */
function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}
