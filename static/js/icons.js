/* Icons of the sprite for elements made by script. */
const SVG = "http://www.w3.org/2000/svg";
const sprite = document.documentElement.dataset.icons;

export function iconHref(name) {
  return `${sprite}#${name}`;
}

/** An <svg> of the named icon, hidden from screen readers. */
export function icon(name, size = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", size ? `i ${size}` : "i");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", iconHref(name));
  svg.append(use);
  return svg;
}

/** Show another icon in an element that holds one. */
export function setIcon(holder, name) {
  holder.querySelector("use")?.setAttribute("href", iconHref(name));
}
