/* The scrubber: every decision a tick, exceptions taller; dragging goes back in time.

   Ticks lie along time, but a long wait takes no more room than some of the longer gaps between
   decisions: a flow that worked for seconds and waited for hours still shows its work. */
import { span } from "../times.js";
import { lookOf, make } from "./draw.js";
import { isQuiet } from "./model.js";

const WIDTH = 700;
const STEPS = 1000;
const USUAL = 0.9;
const LONGEST = 6;

/** Where each node lies from 0 to 1, long gaps shortened; the end (`now`) is 1. */
function places(nodes, start, end) {
  const times = [start, ...nodes.map((node) => Date.parse(node.at)), end];
  const gaps = times.slice(1).map((time, i) => Math.max(0, time - times[i]));
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor((gaps.length - 1) * USUAL)];
  const most = Math.max(usual * LONGEST, 1);
  const kept = gaps.map((gap) => Math.min(gap, most));
  const whole = kept.reduce((sum, gap) => sum + gap, 0) || 1;
  let sum = 0;
  return kept.slice(0, -1).map((gap) => (sum += gap) / whole);
}

export class Scrubber {
  constructor(root, onMove) {
    this.picture = root.querySelector("[data-scrub-picture]");
    this.range = root.querySelector("[data-scrub-range]");
    this.text = root.querySelector("[data-scrub-text]");
    this.onMove = onMove;
    this.range.max = STEPS;
    this.range.addEventListener("input", () => this.#moved());
  }

  /** Show these nodes over the span from `start` to `end` (ms); `seq` null means now. */
  show(nodes, start, end, seq) {
    this.nodes = nodes;
    this.start = start;
    this.end = Math.max(end, start + 1);
    this.places = new Map(places(nodes, start, this.end).map((share, i) => [nodes[i], share]));
    const ticks = nodes.map((node) => {
      const quiet = isQuiet(node);
      return make("rect", {
        class: `f ${lookOf(node)[0]}`, x: this.#x(node), width: 3, rx: 1.5,
        y: quiet ? 12 : 8, height: quiet ? 6 : 14,
      });
    });
    const here = seq === null ? WIDTH - 4 : this.#x(this.#last(seq) ?? nodes[0]);
    this.picture.replaceChildren(
      make("rect", { class: "rail", y: 22, width: WIDTH, height: 4, rx: 2 }),
      make("rect", { class: "done", y: 22, width: Math.max(here, 0), height: 4, rx: 2 }),
      ...ticks,
      make("rect", { class: "head", x: here, y: 4, width: 3, height: 28, rx: 1.5 }),
    );
    this.range.value = seq === null ? STEPS : Math.round((here / WIDTH) * STEPS);
    const at = seq === null ? this.end : Date.parse(this.#last(seq)?.at ?? nodes[0]?.at);
    const said = `${span((at - this.start) / 1000)}${seq === null ? "" : ` of ${span((this.end - this.start) / 1000)}`}`;
    this.text.textContent = said;
    this.range.setAttribute("aria-valuetext", seq === null ? `now, ${said}` : `${said}, entry ${seq}`);
  }

  /** The decision before or after a sequence number; null after the last: now. */
  step(seq, by) {
    const all = this.nodes ?? [];
    const at = seq === null ? all.length : all.findIndex((node) => node.seq === seq);
    const next = at + by;
    if (next >= all.length) return null;
    return all[Math.max(0, next)]?.seq ?? null;
  }

  #last(seq) {
    return this.nodes.filter((node) => node.seq <= seq).at(-1);
  }

  #x(node) {
    if (!node) return 0;
    return Math.round(this.places.get(node) * (WIDTH - 8) * 10) / 10;
  }

  #moved() {
    const value = Number(this.range.value);
    if (value >= STEPS) {
      this.onMove(null);
      return;
    }
    const share = value / STEPS;
    const before = this.nodes.filter((node) => this.places.get(node) <= share).at(-1) ?? this.nodes[0];
    this.onMove(before?.seq ?? null);
  }
}
