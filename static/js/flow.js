/* The decision flow page: joins model, layout, picture, stage and scrubber, and keeps the URL true.

   Data comes from the <script type="application/json" id="flow-data"> of the page and then from the
   live messages' `flow` part. URL: ?step= the selected step, &at= the entry replayed to. */
import { setIcon } from "./icons.js";
import { span } from "./times.js";
import { Picture } from "./flow/draw.js";
import { layOut } from "./flow/layout.js";
import { FlowModel, FOLD_OVER, fold, onlyExceptions } from "./flow/model.js";
import { Scrubber } from "./flow/scrub.js";
import { neighbour, Stage } from "./flow/stage.js";

const PLAY_EVERY = 220;

class FlowPage {
  constructor(root) {
    this.root = root;
    this.model = new FlowModel(JSON.parse(document.getElementById("flow-data").textContent));
    const url = new URL(location.href);
    this.selected = url.searchParams.get("step") ?? (root.dataset.selected || null);
    this.at = url.searchParams.has("at") ? Number(url.searchParams.get("at")) : null;
    this.exceptions = false;
    this.why = true;
    this.query = "";
    this.opened = new Set();
    this.fresh = new Set();
    this.following = this.at === null && !this.model.meta.ended && !this.selected;
    const element = root.querySelector("[data-stage]");
    this.picture = new Picture(element);
    this.stage = new Stage(element, { onView: () => this.draw(), onPan: () => this.follow(false) });
    this.stage.onZoom = (zoom, centre) => this.stage.setZoom(zoom, () => this.picture.size(this.layout, this.stage.zoom), centre);
    this.scrubber = new Scrubber(root, (seq) => this.replay(seq));
    this.#listen(element);
    this.relayout();
    this.#begin();
    this.#sayFollowing();
    setInterval(() => this.#tick(), 1000);
  }

  /** Open with what matters in view: the selected step, else now. */
  #begin() {
    const chosen = this.layout.placed.get(this.home.get(this.selected) ?? this.selected);
    const newest = this.layout.columns.at(-1)?.[0];
    if (this.following) this.stage.toEnd();
    const spot = chosen ?? newest;
    if (spot) this.stage.reveal(spot);
  }

  /** Everything after a change of data, of time or of a filter. */
  relayout() {
    const nodes = this.model.asOf(this.at);
    this.path = this.selected && this.why ? this.model.whyPath(this.selected) : null;
    const keep = new Set(this.path ?? [this.selected]);
    let shown = this.exceptions ? onlyExceptions(nodes, keep) : nodes;
    let home = new Map();
    if (shown.length > FOLD_OVER) ({ nodes: shown, home } = fold(shown, keep, this.opened));
    this.layout = layOut(this.model.lanes, shown, [...this.model.edges.values()], home);
    this.home = home;
    this.times = this.layout.columns.map((spots) => Math.min(...spots.map((spot) => Date.parse(spot.node.at))));
    this.picture.size(this.layout, this.stage.zoom);
    this.picture.svg.setAttribute("aria-label", `Decision flow, ${nodes.length} steps in ${this.layout.bands.length} lanes`);
    this.#scrub();
    if (this.following) this.stage.toEnd();
    this.draw();
  }

  draw() {
    if (!this.layout) return;
    const started = Date.parse(this.model.meta.started);
    this.picture.draw(this.layout, this.stage.view(), {
      live: this.at === null && !this.model.meta.ended,
      zoom: this.stage.zoom, why: this.path, selected: this.home.get(this.selected) ?? this.selected,
      focus: this.focused ?? this.selected, hits: this.hits, fresh: this.fresh,
      timeOf: (column) => offset((this.times[column] - started) / 1000),
    });
  }

  select(id, { fetch = true } = {}) {
    const node = this.layout.placed.get(id)?.node ?? this.model.nodes.get(id);
    if (!node) return;
    if (node.folded) {
      this.opened.add(node.folded);
      this.relayout();
      return;
    }
    this.selected = id;
    this.focused = id;
    this.#address("step", id);
    this.relayout();
    if (fetch && node.href) {
      window.htmx.ajax("GET", node.href, { target: "#inspector", select: "#inspector", swap: "outerMorph" });
    }
  }

  replay(seq) {
    this.at = seq;
    this.follow(seq === null && !this.model.meta.ended);
    this.#address("at", seq);
    this.relayout();
    const last = this.model.asOf(seq).at(-1);
    const spot = last && this.layout.placed.get(this.home.get(last.id) ?? last.id);
    if (spot) this.stage.reveal(spot);
  }

  /** Following holds now in view until the person moves away. */
  follow(on) {
    if (this.following === on) return;
    this.following = on;
    this.#sayFollowing();
    if (!on) return;
    if (this.at !== null) this.replay(null);
    this.stage.toEnd();
  }

  #sayFollowing() {
    const button = this.root.querySelector("[data-follow]");
    button.setAttribute("aria-pressed", String(this.following));
    button.querySelector("[data-follow-text]").textContent = this.following ? "Following" : "Follow";
  }

  take(update) {
    const known = new Set(this.model.nodes.keys());
    this.model.apply(update);
    for (const id of this.model.nodes.keys()) if (!known.has(id)) this.fresh.add(id);
    setTimeout(() => this.fresh.clear(), 2000);
    this.relayout();
  }

  find(text) {
    this.query = text.trim().toLowerCase();
    const hit = (node) => `${node.title} ${node.subtitle ?? ""} ${node.act ?? ""}`.toLowerCase().includes(this.query);
    this.hits = this.query ? new Set([...this.layout.placed.values()].map((s) => s.node).filter(hit).map((n) => n.id)) : null;
    this.root.querySelector("[data-found]").textContent = this.hits ? `${this.hits.size} found` : "";
    this.draw();
  }

  nextHit() {
    const hits = [...(this.hits ?? [])];
    if (!hits.length) return;
    const next = hits[(hits.indexOf(this.focused) + 1) % hits.length];
    this.focused = next;
    this.stage.reveal(this.layout.placed.get(next));
    this.select(next);
  }

  #tick() {
    if (this.at === null && !this.model.meta.ended && !document.hidden) this.#scrub();
  }

  #scrub() {
    const nodes = this.model.ordered();
    const { started, ended } = this.model.meta;
    const end = ended ? Date.parse(ended) : Date.now();
    this.scrubber.show(nodes, Date.parse(started), end, this.at);
  }

  #address(key, value) {
    const url = new URL(location.href);
    if (value === null) url.searchParams.delete(key);
    else url.searchParams.set(key, value);
    history.replaceState(history.state, "", url);
  }

  #listen(element) {
    element.addEventListener("click", (event) => {
      const group = event.target.closest(".nd");
      if (group) this.select(group.dataset.id);
    });
    element.addEventListener("keydown", (event) => this.#key(event));
    const on = (name, action) => this.root.querySelector(`[data-${name}]`)?.addEventListener("click", action);
    on("fit", () => this.stage.setZoom(this.stage.fitZoom(this.layout), () => this.picture.size(this.layout, this.stage.zoom)));
    on("zoom-in", () => this.stage.onZoom(this.stage.zoom * 1.25));
    on("zoom-out", () => this.stage.onZoom(this.stage.zoom / 1.25));
    on("exceptions", (event) => this.#toggle(event.currentTarget, "exceptions"));
    on("why", (event) => this.#toggle(event.currentTarget, "why"));
    on("follow", () => this.follow(!this.following));
    on("play", (event) => this.#play(event.currentTarget));
    on("step-back", () => this.replay(this.scrubber.step(this.at, -1)));
    on("step-on", () => this.replay(this.scrubber.step(this.at, 1)));
    const search = this.root.querySelector("[data-flow-find]");
    search?.addEventListener("input", () => this.find(search.value));
    search?.addEventListener("keydown", (event) => { if (event.key === "Enter") this.nextHit(); });
    document.addEventListener("live:message", (event) => { if (event.detail.flow) this.take(event.detail.flow); });
  }

  #toggle(button, what) {
    this[what] = !this[what];
    button.setAttribute("aria-pressed", String(this[what]));
    this.relayout();
  }

  #key(event) {
    const id = event.target.closest?.(".nd")?.dataset.id;
    if (!id) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.select(id);
    } else if (event.key.startsWith("Arrow")) {
      event.preventDefault();
      const spot = neighbour(this.layout, id, event.key);
      if (!spot) return;
      this.follow(false);
      this.focused = spot.node.id;
      this.stage.reveal(spot);
      this.draw();
      this.picture.elementOf(spot.node.id)?.focus({ preventScroll: true });
    }
  }

  #play(button) {
    if (this.playing) {
      clearInterval(this.playing);
      this.playing = 0;
    } else {
      if (this.at === null) this.replay(this.model.ordered()[0]?.seq ?? null);
      this.playing = setInterval(() => {
        this.replay(this.scrubber.step(this.at, 1));
        if (this.at === null) this.#play(button);
      }, PLAY_EVERY);
    }
    button.setAttribute("aria-label", this.playing ? "Pause the replay" : "Play from here");
    setIcon(button, this.playing ? "pause" : "play");
  }
}

/** The distance from the start, on the ruler: `0.4 s`, `1 min 12 s`. */
function offset(seconds) {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : span(seconds);
}

for (const root of document.querySelectorAll("[data-flow]")) root.flow = new FlowPage(root);
