/* ARIA trees: one tab stop, arrows to move, open and close, Home and End. */
const items = (tree) => [...tree.querySelectorAll('[role="treeitem"]')].filter((item) => item.offsetParent);

function focus(tree, item) {
  if (!item) return;
  for (const other of tree.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
  item.tabIndex = 0;
  item.focus();
  item.scrollIntoView({ block: "nearest" });
}

const isBranch = (item) => item.hasAttribute("aria-expanded");
const isOpen = (item) => item.getAttribute("aria-expanded") === "true";

function setOpen(item, open) {
  item.setAttribute("aria-expanded", String(open));
}

function parentOf(item) {
  return item.parentElement.parentElement.closest("li")?.querySelector(':scope > [role="treeitem"]');
}

function target(tree, item, key) {
  const all = items(tree);
  const at = all.indexOf(item);
  if (key === "ArrowDown") return all[at + 1];
  if (key === "ArrowUp") return all[at - 1];
  if (key === "Home") return all[0];
  if (key === "End") return all.at(-1);
  if (key === "ArrowRight") return isBranch(item) && isOpen(item) ? all[at + 1] : null;
  return isBranch(item) && isOpen(item) ? null : parentOf(item);
}

function onKey(event) {
  const item = event.target.closest('[role="treeitem"]');
  const tree = item?.closest("[data-tree]");
  if (!tree || !["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
  event.preventDefault();
  const next = target(tree, item, event.key);
  if (isBranch(item) && event.key === "ArrowRight" && !isOpen(item)) setOpen(item, true);
  else if (isBranch(item) && event.key === "ArrowLeft" && isOpen(item)) setOpen(item, false);
  else focus(tree, next);
}

/* A tree that came fresh from the server has no tab stop yet. */
function giveTabStops() {
  for (const tree of document.querySelectorAll("[data-tree]")) {
    if (tree.querySelector('[tabindex="0"]')) continue;
    const focused = tree.contains(document.activeElement) ? document.activeElement : null;
    const first = focused ?? tree.querySelector('[aria-current="true"]') ?? tree.querySelector('[role="treeitem"]');
    if (first) first.tabIndex = 0;
  }
}

export function startTrees() {
  giveTabStops();
  document.addEventListener("htmx:after:swap", giveTabStops);
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    const item = event.target.closest("[data-tree] [aria-expanded]");
    if (item) setOpen(item, !isOpen(item));
  });
}
