/* Draws the part of a layout that is in view as SVG; what stays in view keeps its elements. */
import { iconHref } from "../icons.js";
import { HEAD, NODE } from "./layout.js";
import { fit } from "./text.js";

/* With more edges than this, those that cross lanes step back unless their step has the focus. */
const CROWDED = 120;
const SVG = "http://www.w3.org/2000/svg";
const MARKERS = { plain: "n", data: "taint", ask: "n", needs: "n", why: "path", waiting: "wait", stopped: "cut" };
const EFFECT = { allow: ["circle-check", "Allow"], hold: ["clock", "Hold"], deny: ["circle-x", "Deny"], flag: ["flag", "Flag"] };
const STATE = {
  failed: ["deny", "triangle-alert", "Failed"],
  unknown: ["flag", "circle-question-mark", "Outcome unknown"],
  cancelled: ["idle", "circle-minus", "Cancelled"],
  pending: ["idle", "circle-dashed", "Not started"],
  running: ["idle", "circle-play", "Running"],
};

export function make(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Tone, icon and word of a node. */
export function lookOf(node) {
  if (STATE[node.state]) return STATE[node.state];
  const [icon, word] = EFFECT[node.effect] ?? ["circle-dot", "Not decided"];
  return [EFFECT[node.effect] ? node.effect : "idle", node.icon ?? icon, word];
}

const TITLE = { font: "500 12px Inter, sans-serif", room: NODE.width - 36 };
const SUBTITLE = { font: "400 11px Inter, sans-serif", room: NODE.width - 20 };

const shown = (node) => [
  fit(node.title, TITLE.font, TITLE.room), fit(node.subtitle ?? "", SUBTITLE.font, SUBTITLE.room),
];

/* The name holds exactly the words on the card, as speech input needs; the whole is in the title. */
function label(node, word) {
  return `${shown(node).filter(Boolean).join(" ")}, ${word}`;
}

function drawNode(spot, flags) {
  const { node } = spot;
  const [tone, icon, word] = lookOf(node);
  const classes = ["nd", tone, node.folded && "fold", ...flags].filter(Boolean).join(" ");
  const group = make("g", {
    class: classes, transform: `translate(${spot.x},${spot.y})`, role: "button", tabindex: "-1",
    "aria-label": label(node, word), "aria-pressed": String(flags.includes("sel")), "data-id": node.id,
  });
  group.append(make("title", {}, [node.title, node.subtitle, word].filter(Boolean).join(", ")));
  const box = { width: NODE.width, height: NODE.height, rx: 8 };
  if (node.folded) group.append(make("rect", { class: "b", x: 4, y: 4, ...box }));
  if (tone === "hold" && node.state === "held") {
    group.append(make("rect", { class: "halo", x: -4, y: -4, width: box.width + 8, height: box.height + 8, rx: 11 }));
  }
  group.append(
    make("rect", { class: "b", ...box }),
    make("use", { href: iconHref(node.folded ? "layers" : icon), x: 8, y: 6, width: 15, height: 15 }),
    make("text", { x: 28, y: 18 }, shown(node)[0]),
    " ",
    make("text", { class: "sub", x: 10, y: 34 }, shown(node)[1]),
  );
  return group;
}

/** Keeps a group's children equal to the wanted pieces: key -> [stamp, function that draws]. */
function reconcile(group, kept, wanted) {
  for (const [key, piece] of kept) {
    if (wanted.get(key)?.[0] === piece.stamp) continue;
    if (!wanted.has(key)) {
      piece.element.remove();
      kept.delete(key);
    }
  }
  for (const [key, [stamp, draw]] of wanted) {
    const old = kept.get(key);
    if (old?.stamp === stamp) continue;
    const element = draw();
    if (old) {
      const focused = old.element === document.activeElement;
      element.setAttribute("tabindex", old.element.getAttribute("tabindex") ?? "-1");
      old.element.replaceWith(element);
      if (focused) element.focus({ preventScroll: true });
    } else group.append(element);
    kept.set(key, { stamp, element });
  }
}

export class Picture {
  constructor(stage) {
    this.stage = stage;
    this.kept = { bands: new Map(), lines: new Map(), nodes: new Map(), ticks: new Map(), names: new Map() };
    this.layers = {};
    this.svg = make("svg", { class: "g", role: "group" });
    this.svg.append(this.#markers());
    for (const name of ["bands", "now", "lines", "nodes", "names", "ticks"]) {
      this.layers[name] = make("g", { class: `layer-${name}` });
      this.svg.append(this.layers[name]);
    }
    this.stage.replaceChildren(this.svg);
  }

  #markers() {
    const defs = make("defs", {});
    for (const kind of new Set(Object.values(MARKERS))) {
      defs.append(make("marker", {
        id: `m-${kind}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7,
        markerUnits: "userSpaceOnUse", orient: "auto",
      }, make("path", { class: `arrow ${kind}`, d: "M0 0 8 4 0 8z" })));
    }
    return defs;
  }

  /** Set the size for a layout and a zoom; the picture is at least as large as the stage. */
  size(layout, zoom) {
    const width = Math.max(layout.width + 60, this.stage.clientWidth / zoom);
    const height = Math.max(layout.height, (this.stage.clientHeight - 1) / zoom);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("width", Math.floor(width * zoom));
    this.svg.setAttribute("height", Math.floor(height * zoom));
    this.svg.classList.toggle("far", zoom < 0.4);
    this.svg.style.setProperty("--zoom", zoom);
    this.full = { width, height };
  }

  /** Draw what lies in the view {left, top, right, bottom}, in layout units. */
  draw(layout, view, marks) {
    const first = Math.max(0, layout.columnAt(view.left) - 1);
    const last = Math.min(layout.columns.length - 1, layout.columnAt(view.right) + 1);
    this.#bands(layout);
    this.#now(layout, marks);
    this.#ticks(layout, view, marks, first, last);
    this.#lines(layout, marks, first, last);
    this.#nodes(layout, view, marks, first, last);
  }

  #bands(layout) {
    const wide = this.full.width;
    const bands = new Map(layout.bands.map((band) => [band.lane.id, [
      `${band.y}/${band.height}/${band.alt}/${wide}`,
      () => make("rect", { class: band.alt ? "lane alt" : "lane", x: 0, y: band.y, width: wide, height: band.height }),
    ]]));
    reconcile(this.layers.bands, this.kept.bands, bands);
    const names = new Map(layout.bands.map((band) => [band.lane.id, [
      `${band.y}/${band.lane.name}/${band.lane.note}`,
      () => make("text", { class: "lname", x: 14, y: band.y + 22 }, band.lane.name,
        make("tspan", { class: "sub", dx: 8 }, band.lane.note ?? "")),
    ]]));
    reconcile(this.layers.names, this.kept.names, names);
  }

  #now(layout, marks) {
    const column = layout.columns.length - 1;
    if (!marks.live || column < 0) {
      this.layers.now.replaceChildren();
      return;
    }
    this.layers.now.replaceChildren(make("rect", {
      class: "nowcol", x: layout.columnX(column) - 9, y: 0, width: layout.columnWidth - 4, height: this.full.height,
    }));
  }

  #ticks(layout, view, marks, first, last) {
    this.layers.names.setAttribute("transform", `translate(${view.left},0)`);
    this.layers.ticks.setAttribute("transform", `translate(0,${view.top})`);
    const every = Math.max(1, Math.ceil(0.5 / marks.zoom));
    const wanted = new Map([["strip", [`${this.full.width}`, () => make("rect", { class: "strip", x: 0, y: 0, width: this.full.width, height: HEAD })]]]);
    for (let column = first; column <= last; column += 1) {
      if (column % every && column !== layout.columns.length - 1) continue;
      const now = marks.live && column === layout.columns.length - 1;
      const same = column > first && marks.timeOf(column) === marks.timeOf(column - 1);
      const text = now ? "now" : same ? "" : marks.timeOf(column);
      const x = layout.columnX(column);
      wanted.set(column, [`${x}/${text}/${this.full.height}`, () => make("g", {},
        make("line", { class: "tick", x1: x, x2: x, y1: 6, y2: this.full.height }),
        make("text", { class: "sub", x: x + 6, y: 16 }, text))]);
    }
    reconcile(this.layers.ticks, this.kept.ticks, wanted);
  }

  #lines(layout, marks, first, last) {
    const wanted = new Map();
    const crowded = layout.lines.length > CROWDED;
    for (const line of layout.lines) {
      if (line.right < first || line.left > last) continue;
      const why = marks.why?.has(line.from) && marks.why.has(line.to) && line.kind !== "stopped" && line.kind !== "waiting";
      const kind = why && line.kind !== "data" ? "path" : MARKERS[line.kind] ?? "n";
      const near = line.from === marks.focus || line.to === marks.focus;
      const weight = near ? " near" : crowded && line.crosses ? " quiet" : "";
      wanted.set(line.id, [`${line.path}/${kind}${weight}`, () => make("path", {
        class: `e ${kind}${weight}`, d: line.path, "marker-end": `url(#m-${kind})`,
      })]);
    }
    reconcile(this.layers.lines, this.kept.lines, wanted);
  }

  #nodes(layout, view, marks, first, last) {
    const wanted = new Map();
    for (let column = first; column <= last; column += 1) {
      for (const spot of layout.columns[column]) {
        if (spot.y + NODE.height < view.top - 60 || spot.y > view.bottom + 60) continue;
        const { node } = spot;
        const flags = [
          node.id === marks.selected && "sel", marks.hits && (marks.hits.has(node.id) ? "hit" : "miss"),
          marks.fresh?.has(node.id) && "new",
        ].filter(Boolean);
        const stamp = [spot.x, spot.y, node.title, node.subtitle, node.effect, node.state, ...flags].join("/");
        wanted.set(node.id, [stamp, () => drawNode(spot, flags)]);
      }
    }
    reconcile(this.layers.nodes, this.kept.nodes, wanted);
    this.#tabStop(marks.focus);
  }

  /** One tab stop in the whole picture. */
  #tabStop(id) {
    const nodes = this.kept.nodes;
    const stop = nodes.has(id) ? id : nodes.keys().next().value;
    for (const [key, { element }] of nodes) element.setAttribute("tabindex", key === stop ? "0" : "-1");
  }

  elementOf(id) {
    return this.kept.nodes.get(id)?.element;
  }
}
