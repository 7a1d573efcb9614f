/* Stepping through a goal's past: the slider and the steps fetch the moment and put it into the address. */
const WAIT = 150;
let timer = 0;

function go(address) {
  window.htmx.ajax("GET", address, { target: "#moment", select: "#moment", swap: "outerMorph", push: "true" });
}

document.addEventListener("input", (event) => {
  const slider = event.target.closest("[data-scrub]");
  if (!slider) return;
  const number = Number(slider.value).toLocaleString("en");
  document.querySelector("[data-scrub-said]").textContent = `${number} of ${Number(slider.max).toLocaleString("en")} entries`;
  clearTimeout(timer);
  timer = setTimeout(() => {
    const address = new URL(slider.form.action || location.pathname, location.href);
    address.search = new URLSearchParams(new FormData(slider.form));
    go(address.pathname + address.search);
  }, WAIT);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-step]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(link.getAttribute("href"));
});
