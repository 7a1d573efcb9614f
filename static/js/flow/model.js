/* The steps of one goal as the graph shows them: updates, replay, filters, folding, the why path. Pure. */

const QUIET_STATES = new Set(["done", "dispatched"]);
export const FOLD_OVER = 120;
const SHORTEST_RUN = 4;

/** A step that needs no attention: allowed, and not failed, waiting or unknown. */
export function isQuiet(node) {
  return node.effect === "allow" && QUIET_STATES.has(node.state);
}

export class FlowModel {
  constructor(data) {
    this.lanes = [];
    this.nodes = new Map();
    this.edges = new Map();
    this.meta = {};
    this.apply(data);
  }

  /** Take over new and changed lanes, nodes and edges; true if something is new.

      A long flow is drawn from a later step on from time to time (`earlier`); then all of it comes. */
  apply(update) {
    if (this.meta.earlier !== undefined && update.earlier !== undefined && update.earlier !== this.meta.earlier) {
      this.lanes = [];
      this.nodes.clear();
      this.edges.clear();
    }
    const before = this.nodes.size;
    for (const lane of update.lanes ?? []) {
      const at = this.lanes.findIndex((known) => known.id === lane.id);
      if (at < 0) this.lanes.push(lane);
      else this.lanes[at] = lane;
    }
    for (const node of update.nodes ?? []) this.nodes.set(node.id, node);
    for (const edge of update.edges ?? []) this.edges.set(`${edge.from}>${edge.to}`, edge);
    for (const key of ["now", "started", "ended", "seq", "earlier"]) {
      if (key in update) this.meta[key] = update[key];
    }
    return this.nodes.size > before;
  }

  /** All nodes in the order they were decided. */
  ordered() {
    return [...this.nodes.values()].sort((a, b) => a.seq - b.seq);
  }

  /** The nodes as they were at a sequence number of the ledger; null means now. */
  asOf(seq) {
    const all = this.ordered();
    if (seq === null) return all;
    return all.filter((node) => node.seq <= seq).map((node) => pastForm(node, seq));
  }

  /** The ids of the steps that led to one: all along data, asks and needs, else the latest before. */
  whyPath(id) {
    const incoming = new Map();
    for (const edge of this.edges.values()) {
      if (edge.kind === "stopped") continue;
      if (!incoming.has(edge.to)) incoming.set(edge.to, []);
      incoming.get(edge.to).push(edge);
    }
    const path = new Set([id]);
    const open = [id];
    while (open.length) {
      const edges = incoming.get(open.pop()) ?? [];
      const strong = edges.filter((edge) => edge.kind !== "plain");
      const latest = edges.reduce((best, edge) => this.#later(best, edge), null);
      for (const edge of strong.length ? strong : [latest].filter(Boolean)) {
        if (!path.has(edge.from)) {
          path.add(edge.from);
          open.push(edge.from);
        }
      }
    }
    return path;
  }

  #later(best, edge) {
    if (!best) return edge;
    const seq = (one) => this.nodes.get(one.from)?.seq ?? -1;
    return seq(edge) > seq(best) ? edge : best;
  }
}

function pastForm(node, seq) {
  const past = (node.history ?? []).filter((change) => change.seq <= seq).at(-1);
  return past ? { ...node, ...past, id: node.id, seq: node.seq } : node;
}

/** Exceptions, what the selected step stands on, and nothing else. */
export function onlyExceptions(nodes, keep) {
  return nodes.filter((node) => !isQuiet(node) || keep.has(node.id));
}

/** Replace each run of quiet steps of one lane by one node; returns {nodes, home: id -> shown id}. */
export function fold(nodes, keep, opened) {
  const lanes = Map.groupBy(nodes, (node) => node.lane);
  const shown = [];
  const home = new Map();
  for (const members of lanes.values()) {
    let run = [];
    const close = () => {
      if (run.length < SHORTEST_RUN || opened.has(run[0]?.id)) shown.push(...run);
      else shown.push(folded(run, home));
      run = [];
    };
    for (const node of members) {
      if (isQuiet(node) && !keep.has(node.id)) run.push(node);
      else {
        close();
        shown.push(node);
      }
    }
    close();
  }
  return { nodes: closeUp(shown.sort((a, b) => a.seq - b.seq)), home };
}

/* What is left of a column in a lane closes up: no two cards lie on one another, no gap stays. */
function closeUp(nodes) {
  const taken = new Map();
  return nodes.map((node) => {
    const place = `${node.lane}/${node.rank}`;
    const slot = taken.get(place) ?? 0;
    taken.set(place, slot + 1);
    return { ...node, slot };
  });
}

function folded(run, home) {
  const [first] = run;
  const last = run.at(-1);
  const id = `fold:${first.id}`;
  for (const node of run) home.set(node.id, id);
  return {
    ...first, id, folded: first.id, count: run.length, rank: first.rank,
    title: `${run.length} steps`, subtitle: `${first.title} to ${last.title}`,
  };
}
