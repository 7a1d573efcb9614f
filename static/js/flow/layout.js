/* Where everything lies: a column for each rank in use, a lane for each agent, slots inside it. Pure.

   O(nodes + edges), and a step that is appended moves none of the others. */
export const NODE = { width: 142, height: 42 };
const COLUMN = 164;
const LEFT = 14;
export const HEAD = 24;
const LANE = { head: 32, slot: 54, foot: 2 };
const GUTTER = (COLUMN - NODE.width) / 2;
const ROOM_BELOW = 56;

function laneHeight(slots) {
  return LANE.head + LANE.slot * slots + LANE.foot;
}

/** Lay out nodes and edges; `home` maps folded nodes to the node that stands for them. */
export function layOut(lanes, nodes, edges, home = new Map()) {
  const ranks = [...new Set(nodes.map((node) => node.rank))].sort((a, b) => a - b);
  const columnOf = new Map(ranks.map((rank, column) => [rank, column]));
  const used = new Set(nodes.map((node) => node.lane));
  const rowOf = home.size ? closeRanks(nodes) : (node) => node.slot ?? 0;
  const slots = new Map();
  for (const node of nodes) {
    slots.set(node.lane, Math.max(slots.get(node.lane) ?? 1, rowOf(node) + 1));
  }
  const bands = placeLanes(lanes.filter((lane) => used.has(lane.id)), slots);
  const placed = new Map();
  const columns = ranks.map(() => []);
  for (const node of nodes) {
    const band = bands.get(node.lane);
    if (!band) continue;
    const column = columnOf.get(node.rank);
    const spot = {
      node, column,
      x: LEFT + column * COLUMN,
      y: band.y + LANE.head + rowOf(node) * LANE.slot,
    };
    placed.set(node.id, spot);
    columns[column].push(spot);
  }
  const height = [...bands.values()].reduce((most, band) => Math.max(most, band.y + band.height), HEAD);
  return {
    bands: [...bands.values()], placed, columns,
    lines: placeEdges(edges, placed, home),
    width: LEFT + columns.length * COLUMN, height: height + ROOM_BELOW,
    columnX: (column) => LEFT + column * COLUMN,
    columnAt: (x) => Math.floor((x - LEFT) / COLUMN),
    columnWidth: COLUMN,
  };
}

/** Once runs are folded, rows that nobody uses any more are left out of each lane. */
function closeRanks(nodes) {
  const used = new Map();
  for (const node of nodes) {
    if (!used.has(node.lane)) used.set(node.lane, new Set());
    used.get(node.lane).add(node.slot ?? 0);
  }
  const rows = new Map();
  for (const [lane, slots] of used) {
    const order = [...slots].sort((a, b) => a - b);
    rows.set(lane, new Map(order.map((slot, row) => [slot, row])));
  }
  return (node) => rows.get(node.lane).get(node.slot ?? 0);
}

function placeLanes(lanes, slots) {
  const bands = new Map();
  let y = HEAD;
  lanes.forEach((lane, index) => {
    const height = laneHeight(slots.get(lane.id) ?? 1);
    bands.set(lane.id, { lane, y, height, alt: index % 2 === 1 });
    y += height;
  });
  return bands;
}

function placeEdges(edges, placed, home) {
  const taken = new Set([...placed.values()].map((spot) => `${spot.column}/${spot.y}`));
  const lines = new Map();
  for (const edge of edges) {
    const from = home.get(edge.from) ?? edge.from;
    const to = home.get(edge.to) ?? edge.to;
    const a = placed.get(from);
    const b = placed.get(to);
    if (!a || !b || a === b) continue;
    const id = `${from}>${to}`;
    if (lines.has(id) && edge.kind === "plain") continue;
    lines.set(id, {
      id, from, to, kind: edge.kind, path: route(a, b, taken),
      left: Math.min(a.column, b.column), right: Math.max(a.column, b.column),
      crosses: a.node.lane !== b.node.lane,
    });
  }
  return [...lines.values()];
}

/** Whether no card lies between two columns at a height. */
function isFree(taken, y, from, to) {
  for (let column = from + 1; column < to; column += 1) {
    if (taken.has(`${column}/${y}`)) return false;
  }
  return true;
}

const bend = (x1, y1, x2, y2) => {
  const reach = (x2 - x1) * 0.6;
  return `C${x1 + reach},${y1} ${x2 - reach},${y2} ${x2},${y2}`;
};

/** The way from one card to another: through free rows if there are any, else below the cards. */
function route(a, b, taken) {
  if (a.column === b.column) return upOrDown(a, b);
  const forward = b.column > a.column;
  if (!forward) return curve(a, b);
  const [x1, y1] = [a.x + NODE.width, a.y + NODE.height / 2];
  const [x2, y2] = [b.x - 1, b.y + NODE.height / 2];
  const [near, far] = [x1 + 2 * GUTTER, x2 - 2 * GUTTER];
  if (b.column === a.column + 1) return `M${x1},${y1}${bend(x1, y1, x2, y2)}`;
  if (isFree(taken, b.y, a.column, b.column)) return `M${x1},${y1}${bend(x1, y1, near, y2)}H${x2}`;
  if (isFree(taken, a.y, a.column, b.column)) return `M${x1},${y1}H${far}${bend(far, y1, x2, y2)}`;
  const below = a.y + NODE.height + 6;
  return `M${x1},${y1}${bend(x1, y1, near, below)}H${far}${bend(far, below, x2, y2)}`;
}

function upOrDown(a, b) {
  const x = a.x + NODE.width / 2;
  const down = b.y > a.y;
  return `M${x},${down ? a.y + NODE.height : a.y}V${down ? b.y - 1 : b.y + NODE.height + 1}`;
}

/** Back in time: from the left of a card to the right of an earlier one. */
function curve(a, b) {
  const [x1, y1] = [a.x, a.y + NODE.height / 2];
  const [x2, y2] = [b.x + NODE.width + 1, b.y + NODE.height / 2];
  return `M${x1},${y1}C${x1 - 24},${y1} ${x2 + 24},${y2} ${x2},${y2}`;
}
