/* The live connection: what the switch in the bar says, pausing, and polling when the socket fails.

   The server sends JSON {content, seq, at, changed, held}. `content` is <hx-partial>s that htmx
   swaps; `changed` names topics whose regions ([data-live~=topic]) fetch themselves again; `held`
   counts what waits while paused. */
const POLL_AFTER = 30_000;
const POLL_EVERY = 10_000;
const REFETCH_EVERY = 1_000;

const state = { socket: null, paused: false, lostAt: 0, dataAt: new Date(), held: 0 };
const waiting = new Set();
let lastFetch = 0;
let timer = 0;

const clock = (date) => date.toLocaleTimeString([], { hour12: false });

function wording() {
  if (state.paused) return ["Paused", state.held ? `${state.held} new` : ""];
  if (state.lostAt) return ["Reconnecting", `data from ${clock(state.dataAt)}`];
  return ["Live", ""];
}

function say() {
  for (const button of document.querySelectorAll("[data-live-switch]")) {
    button.hidden = false;
    button.setAttribute("aria-pressed", String(!state.paused));
    button.dataset.state = state.lostAt ? "lost" : "live";
    const [word, more] = wording();
    button.querySelector("[data-live-text]").textContent = word;
    button.querySelector("[data-live-more]").textContent = more;
  }
}

async function fetchRegions() {
  const ids = [...waiting];
  waiting.clear();
  lastFetch = Date.now();
  await Promise.all(ids.map((id) => window.htmx.ajax("GET", location.href, {
    target: `#${id}`, select: `#${id}`, swap: "outerMorph",
  })));
}

/* A region under the pointer that asks for stillness waits until the pointer has left. */
function schedule(region) {
  if (!region.id) return;
  if ("liveStill" in region.dataset && region.matches(":hover")) {
    region.addEventListener("pointerleave", () => schedule(region), { once: true });
    return;
  }
  waiting.add(region.id);
  clearTimeout(timer);
  timer = setTimeout(fetchRegions, Math.max(0, REFETCH_EVERY - (Date.now() - lastFetch)));
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

export function startLive() {
  const owner = document.getElementById("live");
  if (!owner) return;
  owner.addEventListener("htmx:ws:after:connection", (event) => {
    state.socket = event.detail.connection.socket;
    state.lostAt = 0;
    if (state.paused) state.socket.send(JSON.stringify({ pause: true }));
    say();
  });
  owner.addEventListener("htmx:ws:close", () => {
    if (!state.lostAt) state.lostAt = Date.now();
    say();
  });
  owner.addEventListener("htmx:ws:before:message:incoming", onMessage);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-live-switch]")) togglePause();
  });
  setInterval(poll, POLL_EVERY);
  say();
}
