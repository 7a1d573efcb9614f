/* Text cut to a width, measured in the font it is drawn with. */
const pen = document.createElement("canvas").getContext("2d");
const known = new Map();

function width(text, font) {
  pen.font = font;
  return pen.measureText(text).width;
}

/** The text, or as much of it as fits into `most` pixels with an ellipsis. */
export function fit(text, font, most) {
  const key = `${font}/${most}/${text}`;
  if (!known.has(key)) known.set(key, cut(text, font, most));
  return known.get(key);
}

function cut(text, font, most) {
  if (width(text, font) <= most) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (width(`${text.slice(0, middle)}…`, font) <= most) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low).trimEnd()}…`;
}
