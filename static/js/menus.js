/* Menus are <details>: close them on Escape and on a click elsewhere. Copy buttons. */
function closeAll(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

async function copy(button) {
  const said = button.dataset.copySaid ?? "Copied";
  await navigator.clipboard.writeText(button.dataset.copy || location.href);
  const text = button.querySelector("[data-copy-text]") ?? button;
  const before = text.textContent;
  text.textContent = said;
  setTimeout(() => { text.textContent = before; }, 1500);
}

export function startMenus() {
  document.addEventListener("click", (event) => {
    closeAll(event.target.closest("details.menu"));
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });
  document.addEventListener("keydown", (event) => {
    const open = document.querySelector("details.menu[open]");
    if (event.key !== "Escape" || !open) return;
    open.open = false;
    open.querySelector("summary").focus();
    event.stopPropagation();
  }, true);
}
