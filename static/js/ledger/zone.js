/* Offers the browser's own time zone; the choice stands in the address like everything else. */
export function offerZone() {
  const item = document.querySelector("[data-zone][hidden]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!item || !zone || zone === "UTC") return;
  const address = new URL(location.href);
  if (address.searchParams.get("tz") === zone) return;
  address.searchParams.set("tz", zone);
  item.querySelector("a").href = address.href;
  item.querySelector("b").textContent = `Times here, ${zone}`;
  item.hidden = false;
}
