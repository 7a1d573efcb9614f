/* The live connection: what the switch in the bar says, pausing, and polling when the socket fails.

   The server sends JSON {content, seq, at, changed, held}. `content` is <hx-partial>s that htmx
   swaps; `changed` names topics whose regions ([data-live~=topic]) fetch themselves again; `more`
   counts changed rows beyond those sent, which the regions bring; `held` what waits while paused. */
const POLL_AFTER = 30_000;
const POLL_EVERY = 10_000;
const REFETCH_EVERY = 1_000;
const REST = 2;
const SIGNED_OUT = 4401;

const state = { socket: null, paused: false, lostAt: Date.now(), dataAt: new Date(), held: 0, more: 0 };
const waiting = new Set();
let nextFetch = 0;
let fetching = false;
let timer = 0;

const clock = (date) => date.toLocaleTimeString([], { hour12: false });

function wording() {
  if (state.paused) return ["Paused", state.held ? `${state.held} new` : ""];
  if (!state.socket) return ["Connecting", ""];
  if (state.lostAt) return ["Reconnecting", `data from ${clock(state.dataAt)}`];
  return ["Live", state.more ? `${state.more} more` : ""];
}

function say() {
  for (const button of document.querySelectorAll("[data-live-switch]")) {
    button.hidden = false;
    button.setAttribute("aria-pressed", String(!state.paused));
    button.dataset.state = state.lostAt ? (state.socket ? "lost" : "new") : "live";
    const [word, more] = wording();
    button.querySelector("[data-live-text]").textContent = word;
    button.querySelector("[data-live-more]").textContent = more;
  }
}

/* One request brings all regions that are due. A server that takes long is asked less often. */
async function fetchRegions() {
  const began = Date.now();
  const ids = [...waiting];
  waiting.clear();
  fetching = true;
  try {
    const selectors = ids.map((id) => `#${CSS.escape(id)}`);
    await window.htmx.ajax("GET", location.href, ids.length === 1
      ? { target: selectors[0], select: selectors[0], swap: "outerMorph" }
      : { target: document.body, swap: "none", selectOOB: selectors.map((one) => `${one}:outerMorph`).join(",") });
  } finally {
    fetching = false;
    nextFetch = Math.max(began + REFETCH_EVERY, Date.now() + REST * (Date.now() - began));
    if (waiting.size) fetchSoon();
  }
}

function fetchSoon() {
  clearTimeout(timer);
  if (!fetching) timer = setTimeout(fetchRegions, Math.max(0, nextFetch - Date.now()));
}

/* A region under the pointer that asks for stillness waits until the pointer has left. */
function schedule(region) {
  if (!region.id) return;
  if ("liveStill" in region.dataset && region.matches(":hover")) {
    region.addEventListener("pointerleave", () => schedule(region), { once: true });
    return;
  }
  waiting.add(region.id);
  fetchSoon();
}

function changed(topics) {
  for (const region of document.querySelectorAll("[data-live]")) {
    const named = region.dataset.live.split(/\s+/);
    if (topics.some((topic) => named.includes(topic))) schedule(region);
  }
}

function poll() {
  if (document.hidden || state.paused || !state.lostAt) return;
  if (Date.now() - state.lostAt < POLL_AFTER) return;
  for (const region of document.querySelectorAll("[data-live]")) schedule(region);
  state.dataAt = new Date();
  say();
}

async function onMessage(event) {
  let message;
  try {
    message = await event.detail.message.json();
  } catch {
    return;
  }
  state.dataAt = message.at ? new Date(message.at) : new Date();
  state.held = state.paused ? (message.held ?? state.held) : 0;
  state.more = message.more ?? 0;
  if (message.changed) changed(message.changed);
  document.dispatchEvent(new CustomEvent("live:message", { detail: message }));
  say();
}

export function togglePause() {
  state.paused = !state.paused;
  state.held = 0;
  if (state.socket?.readyState === WebSocket.OPEN) {
    state.socket.send(JSON.stringify({ pause: state.paused }));
  }
  say();
}

/* The socket opens when we say so, which is after we listen. htmx may have looked at the page before
   its socket extension was there, so it is asked to look at the owner again. */
function connect(owner) {
  window.htmx.process(owner);
  owner.dispatchEvent(new CustomEvent("live-start"));
}

export function startLive() {
  const owner = document.getElementById("live");
  if (!owner) return;
  owner.addEventListener("htmx:ws:after:connection", (event) => {
    state.socket = event.detail.connection.socket;
    state.lostAt = 0;
    if (state.paused) state.socket.send(JSON.stringify({ pause: true }));
    say();
  });
  owner.addEventListener("htmx:ws:close", (event) => {
    // signed out, or no role is left: what is shown may not be seen any more
    if (event.detail.code === SIGNED_OUT) location.reload();
    if (!state.lostAt) state.lostAt = Date.now();
    say();
  });
  owner.addEventListener("htmx:ws:before:message:incoming", onMessage);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-live-switch]")) togglePause();
  });
  setInterval(poll, POLL_EVERY);
  say();
  connect(owner);
}
