/** How long requests took, week by week: the median in hours (uPlot). The same stands in a sentence above. */

import { byId } from "../dom.js";

/** @type {{ lang: string, weeks: [string, number, number | null][] }} */
const page = JSON.parse(byId("page-data").textContent);
const HOUR_STEPS = [1, 2, 4, 8, 12, 24, 48, 72, 120, 168, 336, 720];

/** @returns {[number[], (number | null)[]]} */
function series() {
  return [
    page.weeks.map((week) => Date.parse(`${week[0]}T00:00:00Z`) / 1000),
    page.weeks.map((week) => week[2]),
  ];
}

function draw() {
  const box = document.getElementById("turnaround");
  if (!box) return;
  const style = getComputedStyle(document.documentElement);
  const ink = getComputedStyle(box).color;
  const line = style.getPropertyValue("--line");
  const day = new Intl.DateTimeFormat(page.lang === "th" ? "th-TH" : "en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  const axis = { stroke: ink, font: "16px Sarabun", grid: { stroke: line }, ticks: { stroke: line } };
  byId("turnaround").replaceChildren();
  new window.uPlot(
    {
      width: box.clientWidth,
      height: 224,
      cursor: { show: false },
      legend: { show: false },
      scales: { x: { time: true }, y: { range: (_plot, _low, high) => [0, Math.max(high ?? 0, 4) * 1.15] } },
      axes: [
        { ...axis, space: 90, values: (_plot, ticks) => ticks.map((at) => day.format(new Date(at * 1000))) },
        { ...axis, size: 72, incrs: HOUR_STEPS, values: (_plot, ticks) => ticks.map((hours) => (hours < 48 ? `${hours} h` : `${hours / 24} d`)) },
      ],
      series: [{}, { stroke: ink, width: 2, spanGaps: true, points: { show: true, size: 9, fill: ink } }],
    },
    series(),
    box,
  );
}

draw();
addEventListener("resize", draw);
document.addEventListener("theme", draw);
