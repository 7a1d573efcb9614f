/* Rows by keyboard: inside [data-rows], each [data-row] holds one link ([data-open], else the first). */
function rows() {
  return [...document.querySelectorAll("[data-rows] [data-row]")].filter((row) => row.offsetParent);
}

function linkOf(row) {
  return row.querySelector("[data-open]") ?? row.querySelector("a[href]");
}

function currentIndex(all) {
  const focused = all.findIndex((row) => row.contains(document.activeElement));
  if (focused >= 0) return focused;
  return all.findIndex((row) => row.querySelector('[aria-current="true"]'));
}

/** Move the focus by a number of rows; true if there are rows to move in. */
export function moveRow(by) {
  const all = rows();
  if (!all.length) return false;
  const at = currentIndex(all);
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
  const link = linkOf(all[next]);
  link?.focus();
  all[next].scrollIntoView({ block: "nearest" });
  return true;
}

/** Tick the checkbox of the focused row. */
export function selectRow() {
  const row = document.activeElement?.closest("[data-row]");
  const box = row?.querySelector("input[type=checkbox]:not([disabled])");
  if (box) box.click();
  return Boolean(box);
}

export function startRows() {
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (!row || event.target.closest("a, button, input, label, summary")) return;
    if (String(getSelection())) return;
    linkOf(row)?.click();
  });
}
