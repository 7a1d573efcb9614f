/* Suggestions under the search field: the server knows the qualifiers and what the reader may see.

   Only the word at the caret is completed; choosing one puts it in its place and asks again. What
   was suggested for another word than the one that stands there now is never taken. */
const WAIT = 120;
const state = { timer: 0, asked: 0 };

const list = () => document.getElementById("suggestions");
const options = () => [...list().querySelectorAll("[role=option]")];

/* The word the caret stands in: from the last blank outside quotes. */
function wordAt(field) {
  const before = field.value.slice(0, field.selectionStart);
  let start = 0;
  let quoted = false;
  for (let at = 0; at < before.length; at += 1) {
    if (before[at] === '"') quoted = !quoted;
    if (before[at] === " " && !quoted) start = at + 1;
  }
  return { start, text: before.slice(start) };
}

function close(field) {
  clearTimeout(state.timer);
  state.asked += 1;
  list().hidden = true;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function choose(field, by) {
  const all = options();
  if (!all.length) return;
  const now = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const next = now < 0 ? (by > 0 ? 0 : all.length - 1) : (now + by + all.length) % all.length;
  all.forEach((one, at) => one.setAttribute("aria-selected", String(at === next)));
  field.setAttribute("aria-activedescendant", all[next].id);
  all[next].scrollIntoView({ block: "nearest" });
}

function take(field, option) {
  const { start, text } = wordAt(field);
  const insert = option.dataset.insert;
  const rest = field.value.slice(start + text.length);
  const tail = insert.endsWith(":") ? "" : " ";
  field.value = field.value.slice(0, start) + insert + tail + rest.trimStart();
  const caret = start + insert.length + tail.length;
  field.setSelectionRange(caret, caret);
  if (insert.endsWith(":")) ask(field);
  else close(field);
}

function option(item, at) {
  const element = document.createElement("li");
  element.id = `suggestion-${at}`;
  element.setAttribute("role", "option");
  element.setAttribute("aria-selected", "false");
  element.dataset.insert = item.insert;
  const label = document.createElement("code");
  label.textContent = item.insert;
  const note = document.createElement("small");
  note.textContent = item.note;
  element.append(label, note);
  return element;
}

async function fetchAndShow(field) {
  const mine = ++state.asked;
  const { text } = wordAt(field);
  const answer = await fetch(`${field.dataset.complete}?word=${encodeURIComponent(text)}`);
  if (!answer.ok || mine !== state.asked || document.activeElement !== field) return;
  const { items } = await answer.json();
  list().replaceChildren(...items.map(option));
  list().dataset.word = text;
  list().hidden = !items.length;
  field.setAttribute("aria-expanded", String(items.length > 0));
  field.removeAttribute("aria-activedescendant");
}

function ask(field) {
  clearTimeout(state.timer);
  state.timer = setTimeout(() => fetchAndShow(field), WAIT);
}

function onKey(event) {
  const field = event.currentTarget;
  const open = !list().hidden && list().dataset.word === wordAt(field).text;
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in moves) {
    event.preventDefault();
    if (open) choose(field, moves[event.key]);
    else ask(field);
  } else if (!list().hidden && event.key === "Escape") {
    event.preventDefault();
    close(field);
  } else if (open && (event.key === "Enter" || event.key === "Tab")) {
    const chosen = options().find((one) => one.getAttribute("aria-selected") === "true");
    if (!chosen) return;
    event.preventDefault();
    take(field, chosen);
  }
}

export function startCompleting() {
  const field = document.querySelector("[data-complete]");
  if (!field) return;
  field.addEventListener("input", () => ask(field));
  field.addEventListener("keydown", onKey);
  field.addEventListener("blur", () => setTimeout(() => close(field), 150));
  list().addEventListener("pointerdown", (event) => {
    const chosen = event.target.closest("[role=option]");
    if (!chosen) return;
    event.preventDefault();
    take(field, chosen);
  });
}
