/* Keeps <time data-relative> ("3 min ago") and <time data-countdown> ("5 min 48 s") true. */
const SPANS = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];

export function span(seconds) {
  const parts = [];
  let rest = Math.floor(seconds);
  for (const [length, unit] of SPANS) {
    const amount = Math.floor(rest / length);
    rest -= amount * length;
    if (amount || parts.length) parts.push(amount ? `${amount} ${unit}` : "");
    if (parts.length === 2) break;
  }
  return parts.filter(Boolean).join(" ") || "0 s";
}

export function ago(moment, now = Date.now()) {
  const seconds = (now - moment) / 1000;
  const distance = Math.abs(seconds);
  if (distance < 1) return "now";
  const [length, unit] = SPANS.find(([size]) => distance >= size);
  const text = `${Math.floor(distance / length)} ${unit}`;
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

function refresh() {
  const now = Date.now();
  for (const element of document.querySelectorAll("time[data-relative]")) {
    const text = ago(Date.parse(element.dateTime), now);
    if (element.textContent !== text) element.textContent = text;
  }
  for (const element of document.querySelectorAll("time[data-countdown]")) {
    const seconds = (Date.parse(element.dateTime) - now) / 1000;
    const text = seconds > 0 ? span(seconds) : "no time left";
    if (element.textContent !== text) element.textContent = text;
    element.classList.toggle("hot", seconds < 600);
  }
}

export function startTimes() {
  refresh();
  setInterval(() => { if (!document.hidden) refresh(); }, 1000);
}
