/* The command palette: a dialog around a combobox whose options the server finds. */
const dialog = () => document.getElementById("palette");

function options() {
  return [...document.querySelectorAll("#palette-list [role=option]")];
}

function choose(index) {
  const all = options();
  const input = dialog().querySelector("input");
  input.removeAttribute("aria-activedescendant");
  if (!all.length) return;
  const next = (index + all.length) % all.length;
  all.forEach((option, i) => option.setAttribute("aria-selected", String(i === next)));
  input.setAttribute("aria-activedescendant", all[next].id);
  all[next].scrollIntoView({ block: "nearest" });
}

function chosen() {
  return options().findIndex((option) => option.getAttribute("aria-selected") === "true");
}

export function openPalette() {
  const box = dialog();
  if (!box || box.open) return;
  box.showModal();
  const input = box.querySelector("input");
  input.select();
  input.dispatchEvent(new CustomEvent("palette-open", { bubbles: true }));
}

function onKey(event) {
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in moves) {
    event.preventDefault();
    choose(chosen() + moves[event.key]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    const option = options()[Math.max(chosen(), 0)];
    if (option) option.click();
  }
}

export function startPalette() {
  const box = dialog();
  if (!box) return;
  box.addEventListener("keydown", onKey);
  box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.target.closest?.("#palette") || event.target.id === "palette-list") choose(0);
  });
  for (const link of document.querySelectorAll("[data-palette]")) {
    link.setAttribute("role", "button");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      openPalette();
    });
  }
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
    }
  });
}
