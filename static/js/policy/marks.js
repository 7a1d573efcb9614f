/* Which lines of a text differ from another text, and the bars that say so in the gutter. */
import { GutterMarker, RangeSet, StateEffect, StateField, gutter } from "../../vendor/codemirror/codemirror.js";

const MOST_PAIRS = 1_000_000;

/** Indexes (from 0) of the lines of `now` that are not lines of `base`, by longest common run. */
export function changedLines(base, now) {
  let head = 0;
  while (head < base.length && head < now.length && base[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < base.length - head && tail < now.length - head
    && base[base.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  const old = base.slice(head, base.length - tail);
  const own = now.slice(head, now.length - tail);
  if (old.length * own.length > MOST_PAIRS) return new Set(own.map((_, at) => head + at));
  return new Set([...unmatched(old, own)].map((at) => head + at));
}

function unmatched(old, own) {
  const longest = Array.from({ length: old.length + 1 }, () => new Uint16Array(own.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = own.length - 1; j >= 0; j -= 1) {
      longest[i][j] = old[i] === own[j] ? longest[i + 1][j + 1] + 1 : Math.max(longest[i + 1][j], longest[i][j + 1]);
    }
  }
  const found = new Set(own.keys());
  for (let i = 0, j = 0; i < old.length && j < own.length;) {
    if (old[i] === own[j]) {
      found.delete(j);
      i += 1;
      j += 1;
    } else if (longest[i + 1][j] >= longest[i][j + 1]) i += 1;
    else j += 1;
  }
  return found;
}

class Bar extends GutterMarker {
  constructor(kind) {
    super();
    this.elementClass = kind;
  }
}

const CHANGED = new Bar("cm-chg");
const UNSAVED = new Bar("cm-new");
const put = StateEffect.define();

const field = StateField.define({
  create: () => RangeSet.empty,
  update(bars, transaction) {
    const told = transaction.effects.find((effect) => effect.is(put));
    if (!told) return bars.map(transaction.changes);
    const { doc } = transaction.state;
    const { changed, unsaved } = told.value;
    const rows = [...new Set([...changed, ...unsaved])].filter((at) => at < doc.lines).sort((a, b) => a - b);
    return RangeSet.of(rows.map((at) => (unsaved.has(at) ? UNSAVED : CHANGED).range(doc.line(at + 1).from)));
  },
});

export const marks = [field, gutter({ class: "cm-bars", markers: (view) => view.state.field(field) })];
marks.set = (changed, unsaved) => put.of({ changed, unsaved });
