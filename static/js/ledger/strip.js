/* Zooming in the strip: drag over it, or move its two edges with the arrow keys and press Enter.

   What is chosen goes into the search as after: and before:, so that the address tells it. */
const chosen = { first: 0, last: 0, from: null };

const strip = () => document.querySelector("[data-strip]");
const count = (box) => Number(box.dataset.bars);

function drawing(box) {
  return [...box.querySelectorAll("svg.chart")].find((one) => one.checkVisibility());
}

/* Where the bars begin and how wide they are together, in pixels from the box's left edge. */
function plot(box) {
  const outer = box.getBoundingClientRect();
  const inner = drawing(box).getBoundingClientRect();
  const viewBox = drawing(box).viewBox.baseVal;
  const scale = Math.min(inner.width / viewBox.width, inner.height / viewBox.height);
  const drawn = viewBox.width * scale;
  const margin = 34 * scale;
  return { left: inner.left - outer.left + (inner.width - drawn) / 2 + margin, width: drawn - margin };
}

function moment(box, bucket) {
  const [first, last] = [Date.parse(box.dataset.first), Date.parse(box.dataset.last)];
  return new Date(first + ((last - first) * bucket) / count(box));
}

function said(box, bucket) {
  const options = { hour12: false, timeZone: box.dataset.zone, day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" };
  return moment(box, bucket).toLocaleString("en-GB", options);
}

function draw(box) {
  if (!drawing(box)) return;
  const { left, width } = plot(box);
  const at = (bucket) => left + (width * bucket) / count(box);
  const whole = chosen.first === 0 && chosen.last === count(box);
  const brush = box.querySelector("[data-brush]");
  brush.hidden = whole;
  brush.style.left = `${at(chosen.first)}px`;
  brush.style.width = `${at(chosen.last) - at(chosen.first)}px`;
  for (const edge of box.querySelectorAll("[data-edge]")) {
    const bucket = chosen[edge.dataset.edge];
    edge.hidden = false;
    edge.style.left = `${at(bucket)}px`;
    edge.setAttribute("aria-valuenow", String(bucket));
    edge.setAttribute("aria-valuetext", said(box, bucket));
  }
  const text = whole ? "" : `${said(box, chosen.first)} to ${said(box, chosen.last)}, Enter zooms in`;
  document.querySelector("[data-strip-said]").textContent = text;
}

function reset(box) {
  chosen.first = 0;
  chosen.last = count(box);
  draw(box);
}

function zoom(box) {
  if (chosen.first >= chosen.last || (chosen.first === 0 && chosen.last === count(box))) return;
  const address = new URL(location.href);
  const times = [`after:${moment(box, chosen.first).toISOString()}`, `before:${moment(box, chosen.last).toISOString()}`];
  address.searchParams.delete("page");
  address.searchParams.set("q", [box.dataset.query, ...times].filter(Boolean).join(" "));
  location.assign(address.href);
}

function bucketAt(box, event) {
  const { left, width } = plot(box);
  const x = event.clientX - box.getBoundingClientRect().left - left;
  return Math.min(Math.max((x / width) * count(box), 0), count(box));
}

function onDown(event) {
  const box = event.target.closest?.("[data-strip]");
  if (!box || !drawing(box) || event.button !== 0 || event.target.closest("[data-edge]")) return;
  box.setPointerCapture(event.pointerId);
  chosen.from = bucketAt(box, event);
  event.preventDefault();
}

function onMove(event) {
  const box = strip();
  if (!box || chosen.from === null) return;
  const now = bucketAt(box, event);
  chosen.first = Math.floor(Math.min(chosen.from, now));
  chosen.last = Math.ceil(Math.max(chosen.from, now));
  draw(box);
}

function onUp(event) {
  const box = strip();
  if (!box || chosen.from === null) return;
  const moved = Math.abs(bucketAt(box, event) - chosen.from) > 0.5;
  chosen.from = null;
  if (moved) zoom(box);
  else reset(box);
}

function onKey(event) {
  const edge = event.target.closest?.("[data-edge]");
  if (!edge) return;
  const box = strip();
  const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };
  const ends = { Home: 0, End: count(box) };
  const name = edge.dataset.edge;
  if (event.key in steps || event.key in ends) {
    const wanted = ends[event.key] ?? chosen[name] + steps[event.key];
    const [least, most] = name === "first" ? [0, chosen.last - 1] : [chosen.first + 1, count(box)];
    chosen[name] = Math.min(Math.max(wanted, least), most);
    draw(box);
  } else if (event.key === "Enter") zoom(box);
  else if (event.key === "Escape") reset(box);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

export function startStrip() {
  if (strip()) reset(strip());
  document.addEventListener("pointerdown", onDown);
  document.addEventListener("pointermove", onMove);
  document.addEventListener("pointerup", onUp);
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("htmx:after:swap", () => { if (strip() && chosen.from === null) reset(strip()); });
  addEventListener("resize", () => { if (strip()) draw(strip()); });
}
