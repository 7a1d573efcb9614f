/* How the editor looks: the console's own tokens, which reach into the shadow root as properties. */
import { Decoration, EditorView, HighlightStyle, MatchDecorator, ViewPlugin, syntaxHighlighting, tags } from "../../vendor/codemirror/codemirror.js";

const theme = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "transparent", fontSize: "12px" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px" },
  ".cm-content": { padding: "6px 0 12px", caretColor: "var(--text)" },
  ".cm-line": { padding: "0 8px 0 6px" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--text-3)", border: "0" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 6px 0 10px", minWidth: "34px", fontVariantNumeric: "tabular-nums" },
  ".cm-allow, .cm-allow *": { color: "var(--allow)", fontWeight: "600" },
  ".cm-hold, .cm-hold *": { color: "var(--hold)", fontWeight: "600" },
  ".cm-deny, .cm-deny *": { color: "var(--deny)", fontWeight: "600" },
  ".cm-bars": { width: "4px" },
  ".cm-bars .cm-chg": { backgroundColor: "var(--accent)", width: "3px" },
  ".cm-bars .cm-new": { backgroundColor: "var(--hold)", width: "3px" },
  ".cm-gutter-lint": { width: "16px" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "0 2px" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--surface-2)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--accent-bg)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--surface-3)", outline: "1px solid var(--line-strong)" },
  ".cm-selectionMatch": { backgroundColor: "var(--surface-3)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--deny)", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--hold)", textUnderlineOffset: "3px" },
  ".cm-tooltip": { backgroundColor: "var(--surface)", color: "var(--text)", border: "1px solid var(--line-strong)", borderRadius: "var(--r2)", boxShadow: "var(--shadow-pop)", maxWidth: "420px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "264px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent-bg)", color: "var(--text)" },
  ".cm-completionDetail": { color: "var(--text-3)", fontStyle: "normal" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "600", color: "var(--accent)" },
  ".cm-completionInfo": { padding: "6px 10px", fontFamily: "var(--sans)" },
  ".cm-diagnostic": { padding: "6px 10px", fontFamily: "var(--sans)", lineHeight: "1.45" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--deny)" },
  ".cm-diagnostic-warning": { borderLeft: "3px solid var(--hold)" },
  ".cm-diagnosticAction": { backgroundColor: "var(--accent)", color: "var(--on-accent)", borderRadius: "var(--r1)" },
  ".cm-panels": { backgroundColor: "var(--surface-2)", color: "var(--text)", borderColor: "var(--line)" },
  ".cm-textfield": { backgroundColor: "var(--surface)", border: "1px solid var(--line-strong)", color: "var(--text)" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--surface)", border: "1px solid var(--line-strong)", color: "var(--text)" },
});

const colours = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: "var(--accent)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--text-3)" },
  { tag: [tags.string, tags.number, tags.bool, tags.content], color: "var(--text)" },
  { tag: tags.invalid, color: "var(--deny)" },
]);

/* Only the words of decisions take their colours. */
const decisions = new MatchDecorator({
  regexp: /\b(?:effect|on_error|expect):\s*(allow|hold|deny)\b/g,
  decorate: (add, from, to, match) => {
    add(to - match[1].length, to, Decoration.mark({ class: `cm-${match[1]}` }));
  },
});
const coloured = ViewPlugin.define((view) => ({
  marks: decisions.createDeco(view),
  update(update) { this.marks = decisions.updateDeco(update, this.marks); },
}), { decorations: (plugin) => plugin.marks });

export const look = [theme, syntaxHighlighting(colours), coloured];
