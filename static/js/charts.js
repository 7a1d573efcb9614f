/* Panels of lines over the last hour that share one time axis and one cursor.

   The server draws each panel as a plain line (and as a table); where script runs, uPlot takes its
   place in .plot. [data-values] holds one number a minute, oldest first. */
import uPlot from "../vendor/uplot/uPlot.esm.js";

const MINUTE = 60;
const HEIGHT = 112;
const charts = new Map();

/** A colour token of the stylesheet as the browser computes it in the current theme. */
function colour(token) {
  const probe = document.createElement("i");
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function data(panel) {
  const values = JSON.parse(panel.dataset.values);
  const end = Math.floor(Date.now() / 1000 / MINUTE) * MINUTE;
  return [values.map((_, i) => end - (values.length - 1 - i) * MINUTE), values];
}

/* Under the cursor the head of the panel tells time and value; otherwise the whole hour's. */
function tell(panel, chart) {
  const value = panel.querySelector("[data-chart-value]");
  const time = panel.querySelector("[data-chart-time]");
  const at = chart.cursor.idx;
  const point = at === null || at === undefined ? null : chart.data[1][at];
  value.textContent = point === null ? value.dataset.chartValue : point.toLocaleString("en");
  time.textContent = point === null ? "" : new Date(chart.data[0][at] * 1000)
    .toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
}

function axis(extra) {
  const font = "11px Inter, sans-serif";
  return { stroke: colour("--text-3"), font, ticks: { show: false }, ...extra };
}

function options(panel, host) {
  return {
    width: host.clientWidth || panel.clientWidth - 32, height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, sync: { key: "service" }, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { y: { range: (_, low, high) => [Math.min(0, low), high || 1] } },
    axes: [
      axis({ grid: { show: false }, size: 24, values: "{HH}:{mm}", space: 72 }),
      axis({ grid: { stroke: colour("--line"), width: 1 }, size: 38, space: 28 }),
    ],
    series: [{}, { stroke: colour("--accent"), width: 1.5, points: { show: false } }],
    hooks: { setCursor: [(chart) => tell(panel, chart)] },
  };
}

function draw(panel) {
  const host = panel.querySelector(".plot");
  const known = charts.get(host);
  if (known) {
    known.setData(data(panel));
    return;
  }
  host.setAttribute("role", "img");
  host.setAttribute("aria-label", panel.querySelector("svg").getAttribute("aria-label"));
  charts.set(host, new uPlot(options(panel, host), data(panel), host));
}

function drawAll() {
  for (const [host, chart] of charts) {
    if (host.isConnected) continue;
    chart.destroy();
    charts.delete(host);
  }
  document.querySelectorAll("[data-values]").forEach(draw);
}

/* Colours are computed when a chart is made, so a change of theme makes them anew. */
function again() {
  for (const chart of charts.values()) chart.destroy();
  charts.clear();
  drawAll();
}

drawAll();
document.addEventListener("htmx:after:swap", drawAll);
new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
new ResizeObserver(() => {
  for (const [host, chart] of charts) chart.setSize({ width: host.clientWidth, height: HEIGHT });
}).observe(document.getElementById("service"));
