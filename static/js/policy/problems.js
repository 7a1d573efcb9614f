/* Problems as the server lists them, as marks in the editor; and the change that mends one. */
const WORD = /[\w-]+(?:\.[\w-]+)*/y;
const WRONG = [/unknown key '([^']+)'/, /^'([^']+)' is none of/, /\bargument (\S+)$/, /\bno field (\S+)$/];

/** Diagnostics of the list items in `list`, clipped to the text as it is now. */
export function diagnosticsOf(list, state) {
  const items = [...(list?.querySelectorAll("[data-line]") ?? [])];
  return items.map((item) => {
    const { line, column, message, severity } = item.dataset;
    const change = fixAt(state, item.dataset);
    const from = placeOf(state.doc, Number(line), Number(column));
    return {
      from,
      to: change ? change.to : endOf(state.doc, from),
      severity,
      message: `Line ${line}, column ${column}: ${message}`,
      actions: change && !state.readOnly ? [{
        name: `Use ${item.dataset.fix}`,
        apply: (view) => {
          const now = fixAt(view.state, item.dataset);
          if (now) view.dispatch({ changes: now, userEvent: "input.fix" });
        },
      }] : [],
    };
  }).sort((a, b) => a.from - b.from);
}

function placeOf(doc, line, column) {
  const row = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return Math.min(row.from + Math.max(column - 1, 0), row.to);
}

function endOf(doc, from) {
  const row = doc.lineAt(from);
  WORD.lastIndex = from - row.from;
  const found = WORD.exec(row.text);
  return found ? from + found[0].length : Math.min(from + 1, row.to);
}

/** The change that puts the word the server knows in the place of the one it does not. */
export function fixAt(state, { line, message, fix }) {
  const wrong = fix && WRONG.map((form) => form.exec(message)?.[1]).find(Boolean);
  if (!wrong || Number(line) > state.doc.lines) return null;
  const row = state.doc.line(Number(line));
  const at = row.text.indexOf(wrong);
  if (at < 0) return null;
  const kept = fix.includes(".") ? wrong.split(".").slice(fix.split(".").length) : [];
  return { from: row.from + at, to: row.from + at + wrong.length, insert: [fix, ...kept].join(".") };
}
