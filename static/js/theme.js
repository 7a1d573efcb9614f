/* Light or dark. The choice is a cookie, so that the server's next page comes in the right theme. */
import { setIcon } from "./icons.js";

const YEAR = 31_536_000;

function current() {
  const forced = document.documentElement.dataset.theme;
  if (forced) return forced;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function show(button) {
  const other = current() === "dark" ? "light" : "dark";
  button.setAttribute("aria-label", `Use ${other} theme`);
  setIcon(button, other === "dark" ? "moon" : "sun");
}

export function startTheme() {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.hidden = false;
    show(button);
    button.addEventListener("click", () => {
      const other = current() === "dark" ? "light" : "dark";
      document.documentElement.dataset.theme = other;
      document.cookie = `theme=${other}; path=/; max-age=${YEAR}; samesite=lax`;
      show(button);
    });
  }
}
