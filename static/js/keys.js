/* Single-letter keys. Off while typing, and off for good if the person says so (WCAG 2.1.4). */
import { moveRow, selectRow } from "./rows.js";

const OFF = "signalbox.keys";
let going = false;

function typing(target) {
  return target.closest("input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable]");
}

function wanted() {
  return localStorage.getItem(OFF) !== "off";
}

function go(letter) {
  const link = document.querySelector(`[data-go="${CSS.escape(letter)}"]`);
  if (link) location.assign(link.href);
  return Boolean(link);
}

function focusFind() {
  const field = document.querySelector("[data-find]");
  field?.focus();
  return Boolean(field);
}

function back() {
  const link = document.querySelector("a[data-back]");
  if (link) location.assign(link.href);
  return Boolean(link);
}

function help() {
  document.getElementById("keys-help")?.showModal();
  return true;
}

/* A control names its key: data-hotkey. With data-hotkey-focus the key only moves there. */
function hotkey(letter) {
  const control = [...document.querySelectorAll(`[data-hotkey="${CSS.escape(letter)}"]`)]
    .find((element) => element.offsetParent !== null && !element.disabled);
  if (!control) return false;
  control.focus();
  if (!("hotkeyFocus" in control.dataset)) control.click();
  else firstMissing(control)?.focus();
  return true;
}

/* Before a decision can be sent, its empty required field is where the person has to go. */
function firstMissing(control) {
  return control.form && [...control.form.elements].find((field) => field.required && !field.value);
}

const COMMANDS = {
  "?": help,
  "/": focusFind,
  j: () => moveRow(1),
  k: () => moveRow(-1),
  x: selectRow,
  Escape: back,
};

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]") || typing(event.target) || !wanted()) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const done = going ? go(key) : hotkey(key) || COMMANDS[key]?.();
  going = !going && key === "g";
  if (done) event.preventDefault();
}

export function startKeys() {
  document.addEventListener("keydown", onKey);
  const box = document.querySelector("[data-keys-switch]");
  if (!box) return;
  box.checked = wanted();
  box.addEventListener("change", () => localStorage.setItem(OFF, box.checked ? "on" : "off"));
}
