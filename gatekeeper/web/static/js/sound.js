/**
 * A sound of its own for each class of verdict, made by the browser (nothing to fetch, nothing to miss).
 * Green rises and is soft; amber knocks twice; red falls and is rough; a VIP is announced by a chime.
 * Browsers keep silent until somebody has touched the page: `state` says so, and the screen shows it.
 */

import { setIcon, setText } from "./dom.js";
import { t } from "./texts.js";

const STORED = "gatekeeper.sound";
const OLDEST_MS = 2000;

/** @typedef {{at: number, hz: number, to?: number, for: number, wave: OscillatorType, loud: number}} Note times in seconds */

/** @type {Record<string, Note[]>} */
const TUNES = {
  green: [
    { at: 0, hz: 659, for: 0.12, wave: "sine", loud: 0.5 },
    { at: 0.11, hz: 988, for: 0.26, wave: "sine", loud: 0.5 },
  ],
  amber: [
    { at: 0, hz: 587, for: 0.14, wave: "triangle", loud: 0.8 },
    { at: 0.22, hz: 587, for: 0.2, wave: "triangle", loud: 0.8 },
  ],
  red: [
    { at: 0, hz: 233, to: 150, for: 0.3, wave: "sawtooth", loud: 0.45 },
    { at: 0.34, hz: 233, to: 130, for: 0.5, wave: "sawtooth", loud: 0.45 },
  ],
  vip: [
    { at: 0.4, hz: 1319, for: 0.35, wave: "sine", loud: 0.35 },
    { at: 0.55, hz: 1568, for: 0.5, wave: "sine", loud: 0.35 },
  ],
};

/** The button that shows whether there is sound, and switches it. @param {Sound} sound */
export function wireSoundButton(sound) {
  const button = document.getElementById("sound");
  const word = button?.querySelector(".sound-word");
  if (!button || !word) return;
  const show = () => {
    button.dataset.state = sound.state;
    setIcon(button.querySelector(".icon"), sound.state === "on" ? "volume" : "volume-off");
    setText(word, t(`sound_${sound.state}`));
    button.setAttribute("aria-label", t(`sound_${sound.state}`));
  };
  sound.addEventListener("change", show);
  button.addEventListener("click", () => sound.toggle());
  show();
}

export class Sound extends EventTarget {
  /** @type {AudioContext | null} */
  #context = null;
  #muted = localStorage.getItem(STORED) === "off";
  /** Whether the gesture that is going on found it locked. */
  #foundLocked = false;

  constructor() {
    super();
    const unlock = () => this.#unlock();
    for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, unlock, { capture: true });
  }

  /** "on", "off" (chosen here) or "locked" (the browser waits for a touch). */
  get state() {
    if (this.#muted) return "off";
    return this.#context?.state === "running" ? "on" : "locked";
  }

  toggle() {
    // The touch that meant "sound, please" has itself unlocked it: it must not mute it again.
    this.#muted = this.#foundLocked ? false : !this.#muted;
    this.#foundLocked = false;
    localStorage.setItem(STORED, this.#muted ? "off" : "on");
    this.#changed();
    if (!this.#muted) this.play("green");
  }

  /** @param {string} tune green, amber, red or vip @param {number} [ageMs] what is older than two seconds stays silent */
  play(tune, ageMs = 0) {
    const context = this.#context;
    if (this.#muted || !context || context.state !== "running" || ageMs > OLDEST_MS) return;
    for (const note of TUNES[tune] ?? []) strike(context, note);
  }

  #unlock() {
    this.#foundLocked = this.state === "locked";
    if (this.#context?.state === "running") return;
    this.#context ??= new AudioContext();
    this.#changed();
    this.#context.resume().then(() => this.#changed(), () => this.#changed());
  }

  #changed() { this.dispatchEvent(new Event("change")); }
}

/** @param {AudioContext} context @param {Note} note */
function strike(context, note) {
  const from = context.currentTime + note.at;
  const oscillator = new OscillatorNode(context, { type: note.wave, frequency: note.hz });
  const volume = new GainNode(context, { gain: 0 });
  if (note.to) oscillator.frequency.linearRampToValueAtTime(note.to, from + note.for);
  volume.gain.setValueAtTime(0, from);
  volume.gain.linearRampToValueAtTime(note.loud, from + 0.012);
  volume.gain.exponentialRampToValueAtTime(0.001, from + note.for);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(from);
  oscillator.stop(from + note.for);
}
