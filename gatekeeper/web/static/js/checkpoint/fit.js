/**
 * Make the word of a verdict as large as its place allows, and let the lesser lines give way before it
 * becomes too small to be read at two metres. Sentences, names and screens are of every length: this is
 * measured, not estimated.
 */

/** Font size whose letters are 13 mm high at 96 dots an inch (Sarabun: a consonant is 0.53 of the size). */
const READABLE_PX = 93;
/** On a screen held in the hand the eye is nearer. */
const READABLE_IN_HAND_PX = 34;
const IN_HAND_PX = 640;
const LEVELS = 4;
const TRIES = 9;
/** Sizes this near to each other are the same to the eye. */
const ALIKE = 0.95;

/** @param {HTMLElement} root the verdict */
export function fit(root) {
  const word = /** @type {HTMLElement} */ (root.querySelector(".verdict-word"));
  const headline = /** @type {HTMLElement} */ (root.querySelector(".verdict-headline"));
  const floor = innerWidth < IN_HAND_PX || innerHeight < IN_HAND_PX ? READABLE_IN_HAND_PX : READABLE_PX;
  const sizes = [];
  const shrunk = (/** @type {number} */ level) => {
    root.dataset.tight = String(level);
    return shrink(root, word, headline);
  };
  for (let level = 0; level < LEVELS; level += 1) {
    sizes.push(shrunk(level));
    if (sizes[level] >= floor) return;
  }
  // Too small at every level: it is the width that lacks, and what gave way in vain comes back.
  const best = Math.max(...sizes);
  shrunk(sizes.findIndex((size) => size >= best * ALIKE));
}

/** Shrink the word until nothing is cut; its font size then, or 0 where even that did not help.
 * @param {HTMLElement} root @param {HTMLElement} word @param {HTMLElement} headline */
function shrink(root, word, headline) {
  let scale = 1;
  for (let tried = 0; tried < TRIES; tried += 1) {
    root.style.setProperty("--fit", scale.toFixed(3));
    const high = root.dataset.alone === "yes" ? 1 : word.clientHeight / headline.offsetHeight;
    const wide = headline.clientWidth / headline.scrollWidth;
    const whole = root.clientHeight / root.scrollHeight;
    const room = Math.min(high, wide, whole);
    if (room > 0.995) return parseFloat(getComputedStyle(headline).fontSize);
    scale *= Math.min(0.96, Math.max(0.72, room));
  }
  return 0;
}
