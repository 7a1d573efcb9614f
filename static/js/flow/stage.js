/* The window onto the picture: scrolling, dragging, zooming, following now, and moving by keys. */
import { NODE } from "./layout.js";

const ZOOMS = { least: 0.04, most: 1.6, step: 1.2 };
const MARGIN = 48;

export class Stage {
  constructor(element, { onView, onPan }) {
    this.element = element;
    this.zoom = 1;
    this.onView = onView;
    this.onPan = onPan;
    this.moving = false;
    this.waiting = false;
    element.addEventListener("scroll", () => this.refresh(), { passive: true });
    element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    element.addEventListener("pointerdown", (event) => this.#drag(event));
    new ResizeObserver(() => this.refresh()).observe(element);
  }

  /** The visible part in layout units. */
  view() {
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.element;
    return {
      left: scrollLeft / this.zoom, top: scrollTop / this.zoom,
      right: (scrollLeft + clientWidth) / this.zoom, bottom: (scrollTop + clientHeight) / this.zoom,
    };
  }

  /** Ask for one drawing before the next frame. */
  refresh() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.onView();
    });
  }

  setZoom(zoom, resize, centre = null) {
    const before = this.zoom;
    const box = this.element.getBoundingClientRect();
    const at = centre ?? { x: box.left + box.width / 2, y: box.top + box.height / 2 };
    const x = (this.element.scrollLeft + at.x - box.left) / before;
    const y = (this.element.scrollTop + at.y - box.top) / before;
    this.zoom = Math.min(ZOOMS.most, Math.max(ZOOMS.least, zoom));
    resize();
    this.element.scrollLeft = x * this.zoom - (at.x - box.left);
    this.element.scrollTop = y * this.zoom - (at.y - box.top);
    this.refresh();
  }

  /** The zoom at which the whole layout is in view, never larger than life. */
  fitZoom(layout) {
    const { clientWidth, clientHeight } = this.element;
    return Math.min(1, clientWidth / (layout.width + 40), clientHeight / layout.height);
  }

  toEnd() {
    this.element.scrollLeft = this.element.scrollWidth;
  }

  /** Scroll as little as needed to have a placed node in view. */
  reveal(spot) {
    const view = this.view();
    const z = this.zoom;
    if (spot.x < view.left + MARGIN / z) this.element.scrollLeft = (spot.x - MARGIN) * z;
    else if (spot.x + NODE.width > view.right - MARGIN / z) {
      this.element.scrollLeft = (spot.x + NODE.width + MARGIN) * z - this.element.clientWidth;
    }
    if (spot.y < view.top + MARGIN / z) this.element.scrollTop = (spot.y - MARGIN) * z;
    else if (spot.y + NODE.height > view.bottom - MARGIN / z) {
      this.element.scrollTop = (spot.y + NODE.height + MARGIN) * z - this.element.clientHeight;
    }
  }

  #wheel(event) {
    this.onPan();
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const factor = event.deltaY < 0 ? ZOOMS.step : 1 / ZOOMS.step;
    this.onZoom(this.zoom * factor, { x: event.clientX, y: event.clientY });
  }

  #drag(event) {
    if (event.pointerType !== "mouse" || event.button !== 0 || event.target.closest(".nd")) return;
    const box = this.element.getBoundingClientRect();
    if (event.clientX - box.left > this.element.clientWidth) return;
    if (event.clientY - box.top > this.element.clientHeight) return;
    const start = { x: event.clientX, y: event.clientY, left: this.element.scrollLeft, top: this.element.scrollTop };
    this.element.setPointerCapture(event.pointerId);
    const move = (next) => {
      this.onPan();
      this.element.classList.add("dragging");
      this.element.scrollLeft = start.left - (next.clientX - start.x);
      this.element.scrollTop = start.top - (next.clientY - start.y);
    };
    const end = () => {
      this.element.classList.remove("dragging");
      this.element.removeEventListener("pointermove", move);
    };
    this.element.addEventListener("pointermove", move);
    this.element.addEventListener("pointerup", end, { once: true });
    this.element.addEventListener("pointercancel", end, { once: true });
  }
}

/** The node an arrow key leads to: left and right along edges, up and down to the nearest. */
export function neighbour(layout, id, key) {
  const here = layout.placed.get(id);
  if (!here) return null;
  if (key === "ArrowRight" || key === "ArrowLeft") return alongEdge(layout, here, key === "ArrowRight");
  const down = key === "ArrowDown";
  const others = [...layout.placed.values()].filter((spot) => (down ? spot.y > here.y : spot.y < here.y));
  return nearest(others, (spot) => Math.abs(spot.x - here.x) + Math.abs(spot.y - here.y) * 1.5);
}

function alongEdge(layout, here, forward) {
  const id = here.node.id;
  const linked = layout.lines
    .filter((line) => (forward ? line.from : line.to) === id)
    .map((line) => layout.placed.get(forward ? line.to : line.from));
  const found = nearest(linked, (spot) => Math.abs(spot.x - here.x) * 2 + Math.abs(spot.y - here.y));
  if (found) return found;
  const beside = [...layout.placed.values()].filter((spot) => spot.y === here.y && (forward ? spot.x > here.x : spot.x < here.x));
  return nearest(beside, (spot) => Math.abs(spot.x - here.x));
}

function nearest(spots, distance) {
  let best = null;
  for (const spot of spots) if (!best || distance(spot) < distance(best)) best = spot;
  return best;
}
