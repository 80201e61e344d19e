/** Arrivals over time: bars by the minute and the total as a line (uPlot), with the same in a sentence. */

import { byId, setText } from "../dom.js";
import { page, t } from "../texts.js";
import { minute, serverNow } from "../time.js";

const MINUTE = 60_000;
const RECENT_MINUTES = 10;
/** Steps of the axes: whole minutes, whole people. */
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 240].map((minutes) => minutes * 60);
const COUNT_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

export class ArrivalChart {
  #box = byId("chart");
  /** Minute (ms) to guests first let in during it. @type {Map<number, number>} */
  #series = new Map();
  /** @type {any} */
  #plot = null;

  constructor() {
    new ResizeObserver(() => this.#resize()).observe(this.#box);
    document.addEventListener("theme", () => this.#rebuild());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#rebuild());
  }

  /** The whole series. @param {[string, number][]} pairs */
  set(pairs) {
    this.#series.clear();
    this.update(pairs);
  }

  /** Pairs replace or add their minute. @param {[string, number][]} pairs */
  update(pairs) {
    for (const [at, count] of pairs) this.#series.set(Date.parse(at), count);
    this.#draw();
  }

  /** One point a minute from the first arrival until now, also where nobody came. */
  #data() {
    const minutes = [...this.#series.keys()];
    if (!minutes.length) return [[], [], []];
    const first = Math.min(...minutes);
    const last = Math.max(...minutes, Math.floor(serverNow() / MINUTE) * MINUTE);
    /** @type {[number[], number[], number[]]} */
    const data = [[], [], []];
    let total = 0;
    for (let at = first; at <= last && data[0].length < 1440; at += MINUTE) {
      const count = this.#series.get(at) ?? 0;
      total += count;
      data[0].push(at / 1000);
      data[1].push(count);
      data[2].push(total);
    }
    return data;
  }

  #draw() {
    const data = this.#data();
    this.#tell(data);
    if (this.#plot) this.#plot.setData(data);
    else if (data[0].length) this.#build(data);
  }

  /** @param {number[][]} data */
  #tell([times, counts, totals]) {
    if (!times.length) return setText(byId("chart-summary"), t("chart_none"));
    const peak = counts.indexOf(Math.max(...counts));
    const recent = counts.slice(-RECENT_MINUTES).reduce((sum, one) => sum + one, 0);
    setText(byId("chart-summary"), t("chart_summary", {
      total: totals[totals.length - 1], recent, peak: counts[peak], time: minute(times[peak] * 1000),
    }));
  }

  #size() {
    return { width: Math.max(this.#box.clientWidth, 50), height: Math.max(this.#box.clientHeight, 50) };
  }

  #resize() { this.#plot?.setSize(this.#size()); }

  #rebuild() {
    this.#plot?.destroy();
    this.#plot = null;
    this.#draw();
  }

  /** @param {number[][]} data */
  #build(data) {
    const uPlot = /** @type {any} */ (globalThis).uPlot;
    const colour = (/** @type {string} */ token) => {
      // A canvas knows no light-dark(): let the style engine compute it.
      const probe = document.createElement("i");
      probe.style.color = `var(${token})`;
      this.#box.append(probe);
      const seen = getComputedStyle(probe).color;
      probe.remove();
      return seen;
    };
    const font = `${page.wall ? Math.round(innerWidth / 80) : 14}px Sarabun`;
    const axis = { stroke: colour("--muted"), font, grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
    this.#plot = new uPlot({
      ...this.#size(),
      legend: { show: false }, cursor: { show: false },
      scales: { x: { time: true }, total: { range: (/** @type {any} */ _u, /** @type {number} */ _low, /** @type {number} */ high) => [0, Math.max(10, high * 1.08)] },
        count: { range: (/** @type {any} */ _u, /** @type {number} */ _low, /** @type {number} */ high) => [0, Math.max(5, high * 1.6)] } },
      axes: [
        { ...axis, grid: { show: false }, incrs: TIME_STEPS, space: page.wall ? 130 : 70, size: page.wall ? 44 : 30, values: (/** @type {any} */ _u, /** @type {number[]} */ ticks) => ticks.map((tick) => minute(tick * 1000)) },
        { ...axis, scale: "total", incrs: COUNT_STEPS, size: page.wall ? 84 : 50 },
        { ...axis, scale: "count", incrs: COUNT_STEPS, side: 1, grid: { show: false }, size: page.wall ? 60 : 36 },
      ],
      series: [
        {},
        { scale: "count", label: t("chart_per_minute"), fill: colour("--edge"), stroke: colour("--edge"), width: 0, points: { show: false }, paths: uPlot.paths.bars({ size: [0.8, 40] }) },
        { scale: "total", label: t("chart_arrived"), stroke: colour("--text"), width: page.wall ? 5 : 3, points: { show: false } },
      ],
    }, data, this.#box);
  }
}
