/* The scrubber: every decision a tick over time, exceptions taller; dragging goes back in time. */
import { span } from "../times.js";
import { lookOf, make } from "./draw.js";
import { isQuiet } from "./model.js";

const WIDTH = 700;
const STEPS = 1000;

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
    const share = (Date.parse(node.at) - this.start) / (this.end - this.start);
    return Math.round(share * (WIDTH - 8) * 10) / 10;
  }

  #moved() {
    const value = Number(this.range.value);
    if (value >= STEPS) {
      this.onMove(null);
      return;
    }
    const time = this.start + (value / STEPS) * (this.end - this.start);
    const before = this.nodes.filter((node) => Date.parse(node.at) <= time).at(-1) ?? this.nodes[0];
    this.onMove(before?.seq ?? null);
  }
}
