/* The Verify button of an entry: fetches its evidence, checks it here, and says what was checked. */
/* global parseKey */
import { icon } from "../icons.js";
import { check } from "./checking.js";

const OWN_KEY = "signalbox.ledger-key";
const LOOKS = {
  true: ["check", "allow", "passed"],
  false: ["x", "deny", "failed"],
  null: ["minus", "idle", "does not arise"],
};

function made(tag, css, ...content) {
  const element = document.createElement(tag);
  if (css) element.className = css;
  element.append(...content);
  return element;
}

function line(answer) {
  const [name, tone, word] = LOOKS[String(answer.passed)];
  const mark = made("span", `ink ${tone}`, name === "minus" ? icon("circle-minus", "sm") : icon(name, "sm"), made("span", "sr", `${word}: `));
  return made("li", answer.passed === false ? "bad" : "", mark, made("span", "", answer.text));
}

/* Sound when nothing failed; only sealed entries are proven. */
function verdict(answers) {
  if (answers.every((one) => one.passed === null)) return ["open", "circle-alert", "hold", "Not checked"];
  if (answers.some((one) => one.passed === false)) return ["broken", "octagon-x", "deny", "Fails verification"];
  if (answers.some((one) => one.text.startsWith("The checkpoint is signed"))) return ["", "badge-check", "allow", "Verified in this browser"];
  return ["open", "circle-dashed", "idle", "Nothing wrong so far, and not proven"];
}

function show(box, answers, took) {
  const [css, name, tone, word] = verdict(answers);
  const time = made("time", "", `${new Date().toLocaleTimeString([], { hour12: false })}, ${Math.max(1, Math.round(took))} ms`);
  const head = made("div", "row", made("span", `ink ${tone}`, icon(name)), made("b", "", word), time);
  box.replaceChildren(made("div", `ver ${css}`, head, made("ul", "", ...answers.map(line))));
}

function ownKey(section) {
  const text = section.querySelector("[data-own-key]").value.trim();
  const wrong = section.querySelector("[data-own-key-wrong]");
  wrong.textContent = "";
  if (!text) {
    localStorage.removeItem(OWN_KEY);
    return null;
  }
  try {
    const key = parseKey(text);
    localStorage.setItem(OWN_KEY, text);
    return key;
  } catch (error) {
    wrong.textContent = error.message;
    throw error;
  }
}

async function run(button) {
  const section = button.closest("[data-evidence]");
  const box = section.querySelector("[data-verdict]");
  let key;
  try {
    key = ownKey(section);
  } catch {
    section.querySelector("details").open = true;
    return;
  }
  button.setAttribute("aria-disabled", "true");
  const began = performance.now();
  try {
    const answer = await fetch(section.dataset.evidence, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    show(box, await check(await answer.json(), key), performance.now() - began);
  } catch (error) {
    show(box, [{ text: `The evidence could not be fetched: ${error.message}`, passed: null }], performance.now() - began);
  }
  button.setAttribute("aria-disabled", "false");
  button.querySelector("[data-verify-text]").textContent = "Run again";
}

/* The key that the reader brought once is there again on every entry. */
function remember() {
  for (const field of document.querySelectorAll("[data-own-key]")) {
    if (!field.value) field.value = localStorage.getItem(OWN_KEY) ?? "";
  }
}

export function startVerify() {
  remember();
  document.addEventListener("htmx:after:swap", remember);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-verify]");
    if (!button) return;
    event.preventDefault();
    if (button.getAttribute("aria-disabled") !== "true") run(button);
  });
}
