/**
 * One room of the live feed: what the server told, whole and in order, or an honest "stale".
 *
 * Keeps the last sequence number it has seen. Repeats are dropped; a gap (an entry whose `prev` is not
 * the last one seen, or a beat that knows more) makes it join again from there. Nearly three seconds without
 * a beat, or a lost connection, is stale at once; it reconnects by itself for ever.
 *
 * Events: `entry` (detail: entry, history), `reset`, `snapshot`, `counts`, `lanes`, `acknowledged`,
 * `health` (detail: Health) whenever what can be believed changes.
 */

import { learnClock } from "./time.js";

/** Whoever watches shall know within three seconds; looking and painting take their part of it. */
export const STALE_AFTER_MS = 2700;
/** Silence after which a connection that still claims to be open is torn down and made anew. */
const RECONNECT_AFTER_MS = 4500;
const LOOK_EVERY_MS = 100;
const JOIN_AGAIN_AFTER_MS = 2500;
const GOODBYE_RETRY_MS = 1000;

/**
 * @typedef {object} Health
 * @property {import("./types.js").Cause} cause empty: the screen can be believed
 * @property {"" | "journal"} fault a fault of the gate while the screen is true
 * @property {number | null} since when the page last knew it was true (ms, this device's clock)
 * @property {number} unrecorded refusals that wait to be recorded
 */

export class LiveRoom extends EventTarget {
  /** Last sequence number applied; null: none yet. @type {number | null} */
  last = null;
  #room; #socket;
  /** Time of the join that has not been answered by a snapshot yet. @type {number | null} */
  #joined = null;
  /** Sequence number up to which entries are history. */
  #historyUntil = 0;
  #caughtUp = false;
  #connected = false;
  #signedOut = false;
  #heardAt = performance.now();
  /** @type {number | null} */
  #trueAt = null;
  #node = "up"; #problem = ""; #unrecorded = 0;
  /** Last health told, so that only changes are told. */
  #told = "";

  /** @param {any} socket a Socket.IO socket of the namespace /live @param {string} room */
  constructor(socket, room) {
    super();
    this.#socket = socket;
    this.#room = room;
    const mine = (/** @type {(message: any) => void} */ act) => (/** @type {any} */ message) => {
      if (message.room === room) act(message);
    };
    socket.on("connect", () => { this.#connected = true; this.#heardAt = performance.now(); this.#join(); });
    socket.on("disconnect", () => this.#lost());
    socket.on("connect_error", (/** @type {Error} */ error) => {
      if (error.message === "unauthenticated") this.#signOut();
      else this.#lost();
    });
    socket.on("bye", () => this.#signOut());
    socket.on("snapshot", mine((message) => this.#onSnapshot(message)));
    socket.on("entry", mine((message) => this.#onEntry(message)));
    socket.on("entries", mine((message) => message.entries.forEach((/** @type {any} */ one) => this.#onEntry(one))));
    socket.on("counts", mine((message) => this.#tell("counts", message)));
    socket.on("acknowledged", mine((message) => this.#tell("acknowledged", message)));
    socket.on("lanes", mine((message) => { this.#state(message); this.#tell("lanes", message.lanes); }));
    socket.on("beat", mine((message) => this.#onBeat(message)));
    setInterval(() => this.#look(), LOOK_EVERY_MS);
    document.addEventListener("visibilitychange", () => this.#look());
  }

  /** @returns {Health} */
  get health() {
    /** @type {import("./types.js").Cause} */
    let cause = "";
    if (this.#signedOut) cause = "signed_out";
    else if (!this.#caughtUp || !this.#connected || this.#silent() > STALE_AFTER_MS) cause = "feed";
    else if (this.#node === "down" || this.#problem === "node_down") cause = "node_down";
    else if (this.#problem === "not_ready") cause = "not_ready";
    const fault = this.#problem === "journal" ? "journal" : "";
    return { cause, fault, since: this.#trueAt, unrecorded: this.#unrecorded };
  }

  #silent() { return performance.now() - this.#heardAt; }

  #join() {
    this.#joined = performance.now();
    this.#socket.emit("join", { room: this.#room, since: this.last }, (/** @type {any} */ answer) => {
      if (answer && !answer.ok) this.#tell("refused", answer);
    });
  }

  #lost() {
    this.#connected = false;
    this.#caughtUp = false;
    this.#joined = null;
    this.#look();
    // A line that broke is tried again by the library; a server that said goodbye or no is not.
    setTimeout(() => { if (!this.#signedOut && !this.#socket.active) this.#socket.connect(); }, GOODBYE_RETRY_MS);
  }

  #signOut() { this.#signedOut = true; this.#look(); this.#socket.disconnect(); }

  /** @param {any} message */
  #onSnapshot(message) {
    this.#joined = null;
    if (!message.complete || (this.last !== null && message.seq < this.last)) {
      this.last = null;
      this.#tell("reset", null);
    }
    if (this.last === null && message.seq === 0) this.last = 0;
    this.#historyUntil = message.seq;
    this.#heard(message.at);
    this.#state(message);
    this.#tell("snapshot", message);
    this.#tell("lanes", message.lanes);
    this.#settle();
  }

  /** @param {import("./types.js").Entry} entry */
  #onEntry(entry) {
    if (this.#joined !== null) return; // what is on its way was sent before the join; all of it comes again
    if (this.last !== null) {
      if (entry.seq <= this.last) return;
      if (entry.prev !== undefined && entry.prev !== this.last) return this.#join();
    }
    this.last = entry.seq;
    this.#tell("entry", { entry, history: entry.seq <= this.#historyUntil });
    this.#settle();
  }

  /** @param {any} message */
  #onBeat(message) {
    this.#heard(message.at);
    this.#state(message);
    const waited = this.#joined === null ? 0 : performance.now() - this.#joined;
    const behind = message.seq > (this.last ?? 0);
    if ((this.#joined === null && behind) || waited > JOIN_AGAIN_AFTER_MS) this.#join();
    this.#look();
  }

  /** History is applied once the last entry of it is in; only then is the page true. */
  #settle() {
    if ((this.last ?? 0) >= this.#historyUntil) this.#caughtUp = true;
    this.#look();
  }

  /** @param {string} at */
  #heard(at) { this.#heardAt = performance.now(); learnClock(at); }

  /** @param {{node?: string, problem?: string, unrecorded?: number}} message */
  #state(message) {
    this.#node = message.node ?? this.#node;
    this.#problem = message.problem ?? "";
    this.#unrecorded = message.unrecorded ?? 0;
  }

  #look() {
    const health = this.health;
    if (!health.cause) this.#trueAt = Date.now() - this.#silent();
    if (this.#connected && this.#silent() > RECONNECT_AFTER_MS && !this.#signedOut) {
      this.#heardAt = performance.now() - STALE_AFTER_MS;
      this.#caughtUp = false;
      this.#socket.disconnect().connect();
    }
    const told = `${health.cause} ${health.fault} ${health.unrecorded}`;
    if (told === this.#told) return;
    this.#told = told;
    this.#tell("health", health);
  }

  /** @param {string} name @param {any} detail */
  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }
}

/** A socket that reconnects for ever, first within 0.3 s and never slower than every 2 s. */
export function connect() {
  const io = /** @type {any} */ (globalThis).io;
  return io("/live", {
    transports: ["websocket"], reconnectionDelay: 300, reconnectionDelayMax: 2000, timeout: 3000,
  });
}
