/**
 * Make the word of a verdict as large as its place allows, and let the lesser lines give way before it
 * becomes too small to be read at two metres. Sentences, names and screens are of every length: this is
 * measured, not estimated. Each measure costs a layout, so there are few of them.
 */

/** Font size whose letters are 13 mm high at 96 dots an inch (Sarabun: a consonant is 0.53 of the size). */
const READABLE_PX = 93;
/** On a screen held in the hand the eye is nearer. */
const READABLE_IN_HAND_PX = 34;
const IN_HAND_PX = 640;
/** How much gives way: 0 nothing, 3 all but word, next step and name (checkpoint.css, data-tight). */
const LEVELS = [0, 1, 2, 3];
const TRIES = 4;
/** Sizes this near to each other are the same to the eye. */
const ALIKE = 0.95;

/** @param {HTMLElement} root the verdict */
export function fit(root) {
  const word = /** @type {HTMLElement} */ (root.querySelector(".verdict-word"));
  const headline = /** @type {HTMLElement} */ (root.querySelector(".verdict-headline"));

  /** Room for what is due at this size: 1 or more where nothing is cut. @param {number} size px */
  const room = (size) => {
    root.style.setProperty("--size", `${size}px`);
    const high = root.dataset.alone === "yes" ? 1 : word.clientHeight / headline.offsetHeight;
    return Math.min(high, headline.clientWidth / headline.scrollWidth, root.clientHeight / root.scrollHeight);
  };
  /** The largest size found from `size` down that cuts nothing, or `least`. @param {number} size @param {number} least */
  const shrink = (size, least) => {
    for (let tried = 0; tried < TRIES; tried += 1) {
      const has = room(size);
      if (has > 0.995) return size;
      size = Math.max(least, size * Math.min(0.96, Math.max(0.7, has)));
    }
    room(least);
    return least;
  };

  root.style.removeProperty("--size");
  root.dataset.tight = "0";
  const most = parseFloat(getComputedStyle(headline).fontSize);
  if (room(most) > 0.995) return;
  const readable = innerWidth < IN_HAND_PX || innerHeight < IN_HAND_PX ? READABLE_IN_HAND_PX : READABLE_PX;
  const floor = Math.min(readable, most);
  for (const level of LEVELS) {
    root.dataset.tight = String(level);
    if (room(floor) > 0.995) {
      shrink(most, floor);
      return;
    }
  }
  // Too small at every level. Where it is the width that lacks, what gave way in vain comes back.
  const tightest = shrink(floor, floor / 3);
  root.dataset.tight = "0";
  if (shrink(floor, floor / 3) >= tightest * ALIKE && room(tightest * ALIKE) > 0.995) return;
  root.dataset.tight = String(LEVELS.length - 1);
  room(tightest);
}
