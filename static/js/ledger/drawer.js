/* The drawer is fetched alone; the page around it follows: which row is chosen, and on narrow screens
   that the drawer is what is shown. */
function follow() {
  const drawer = document.getElementById("entry");
  const main = document.getElementById("main");
  if (!drawer || !main) return;
  const id = drawer.dataset.entry;
  main.classList.toggle("picked", Boolean(id));
  for (const row of document.querySelectorAll("#entries [data-row]")) {
    const chosen = row.id === `entry-${id}`;
    row.classList.toggle("sel", chosen);
    const link = row.querySelector("a");
    if (chosen) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

export function startDrawer() {
  document.addEventListener("htmx:after:swap", follow);
}
