/* What came in while the table must not move: the page is paused, the pointer rests on the table, or
   older entries are shown. The number is of entries that match the search, counted by the server. */
import { togglePause } from "../live.js";

const EVERY = 1_000;
const state = { next: 0, timer: 0, paused: false };

const table = () => document.getElementById("entries");

function still() {
  return state.paused || "older" in table().dataset || table().matches(":hover");
}

function show(count) {
  const place = document.getElementById("newer");
  if (!count) {
    place.replaceChildren();
    return;
  }
  let button = place.querySelector("button");
  if (!button) {
    button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    place.append(button);
  }
  const word = count === 1 ? "entry matches" : "entries match";
  button.textContent = `${count.toLocaleString("en")} new ${word}: show`;
}

async function look() {
  state.timer = 0;
  state.next = Date.now() + EVERY;
  if (!table() || !still()) return;
  const address = new URL("newer/", new URL(location.pathname, location.href));
  for (const text of new URL(location.href).searchParams.getAll("q")) address.searchParams.append("q", text);
  address.searchParams.set("after", table().dataset.newest);
  const answer = await fetch(address);
  if (answer.ok) show((await answer.json()).count);
}

function lookSoon() {
  if (!state.timer) state.timer = setTimeout(look, Math.max(0, state.next - Date.now()));
}

function fetchAgain(ids) {
  window.htmx.ajax("GET", location.href, {
    target: document.body, swap: "none",
    selectOOB: ids.map((one) => `${one}:outerMorph`).join(","),
  });
}

/* Rows and the drawer that said "not sealed yet" say so no longer once a checkpoint covers them. */
function afterSealing() {
  if (state.paused) return;
  const ids = [];
  if (table().querySelector("tr.wait") && !table().matches(":hover")) ids.push("#entries", "#stat");
  if (document.querySelector("#entry[data-waits]")) ids.push("#entry");
  if (ids.length) fetchAgain(ids);
}

/* Newest entries again: the first page is fetched, and the page goes on if it was paused. */
function resume() {
  if (state.paused) togglePause();
  state.paused = false;
  const address = new URL(location.href);
  if (address.searchParams.has("page")) {
    address.searchParams.delete("page");
    location.assign(address.href);
    return;
  }
  fetchAgain(["#entries", "#strip", "#facets", "#stat"]);
}

export function startTail() {
  document.addEventListener("live:message", (event) => {
    if (!table()) return;
    state.paused = "held" in event.detail;
    if (event.detail.sealed) afterSealing();
    if (event.detail.held || event.detail.changed?.includes("ledger")) lookSoon();
  });
  document.addEventListener("click", (event) => { if (event.target.closest("#newer button")) resume(); });
}
