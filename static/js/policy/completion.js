/* What may be written where the cursor is: keys by their place, words of lists, fields of conditions. */
import { autocompletion } from "../../vendor/codemirror/codemirror.js";

const ROOTS = /^(act|agent|unit|goal|task|time|facts)\b/;
const PATH = /[a-z_][\w]*(?:\.[\w]*)*$/i;
const WORD = /[\w.*/-]*$/;
const KEY = /^(\s*(?:-\s+)?)([a-z_]*)$/;
const IN_BRACES = /[{,]\s*([a-z_]*)$/;
const LISTS = {
  acts: "acts", tools: "tools", targets: "tools", effects: "effect_classes", roles: "agent_roles",
  from: "roles", escalate: "roles", notify: "roles", risks: "risks", days: "days",
};
const VALUES = { effect: "effects", mode: "modes", on_error: "on_error", per: "per", expect: "expected" };

function options(words, type, boost = 0) {
  return (words ?? []).map((word) => ({
    label: word.name, type, boost, detail: word.type ?? "", info: word.meaning || undefined,
  }));
}

/** The top-level key under which a line stands, and the nearest key above it with less indent. */
function placeOf(state, number) {
  const indent = (text) => text.length - text.trimStart().length;
  let least = indent(state.doc.line(number).text) || Infinity;
  let parent = "";
  for (let at = number - 1; at > 0; at -= 1) {
    const { text } = state.doc.line(at);
    const found = /^(\s*)(?:-\s+)?([a-z_]+):/.exec(text);
    if (!found || !text.trim()) continue;
    if (!parent && indent(text) < least) parent = found[2];
    least = Math.min(least, indent(text));
    if (indent(text) === 0 && !text.startsWith("-")) return { top: found[2], parent };
  }
  return { top: "", parent };
}

function keysFor(words, top, parent, indented) {
  if (!indented) return options(words.keys, "keyword");
  if (top === "rules") return options(parent === "approval" ? words.approval_keys : words.rule_keys, "keyword");
  return options({ scope: words.scope_keys, approval: words.approval_keys, limits: words.limit_keys, obligations: words.obligations, tests: words.case_keys }[top] ?? [], "keyword");
}

/** A list that is open on this line: `tools: ["pay` gives `tools`. */
function openList(before) {
  return /([a-z_]+):\s*\[[^\]]*$/.exec(before)?.[1];
}

function complete(words) {
  const fields = options(words.fields, "property");
  return (context) => {
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    const path = PATH.exec(before);
    if (path && (path[0].includes(".") || context.explicit) && ROOTS.test(path[0])) {
      return { from: context.pos - path[0].length, options: fields, validFor: /^[\w.]*$/ };
    }
    const list = openList(before);
    if (list && LISTS[list]) {
      const word = WORD.exec(before)[0];
      return { from: context.pos - word.length, options: options(words[LISTS[list]], "constant"), validFor: WORD };
    }
    const value = /([a-z_]+):\s+([\w-]*)$/.exec(before);
    if (value && VALUES[value[1]]) {
      return { from: context.pos - value[2].length, options: options(words[VALUES[value[1]]], "constant") };
    }
    const { top, parent } = placeOf(context.state, line.number);
    const key = KEY.exec(before);
    if (key && (key[2] || context.explicit)) {
      return { from: context.pos - key[2].length, options: keysFor(words, top, parent, key[1].length > 0).map(asKey) };
    }
    const inner = IN_BRACES.exec(before);
    if (inner && (inner[1] || context.explicit)) {
      const own = /^\s*(?:-\s+)?([a-z_]+):\s*[{[]/.exec(before)?.[1];
      const found = keysFor(words, own && own !== "given" ? own : top, own ?? "", true);
      return found.length ? { from: context.pos - inner[1].length, options: found.map(asKey) } : null;
    }
    const condition = /\bwhen:|^\s+(&&|\|\|)/.test(before) && /[\w]*$/.exec(before)[0];
    if (condition || (context.explicit && /\bwhen:/.test(before))) {
      return { from: context.pos - (condition || "").length, options: fields, validFor: /^[\w.]*$/ };
    }
    return null;
  };
}

const asKey = (one) => ({ ...one, apply: `${one.label}: ` });

export function completing(words) {
  return autocompletion({ override: [complete(words)], icons: false, activateOnTyping: true });
}
