/* Puts each plain reading beside the line that it reads; on a narrow page they stay a list below. */
const WIDE = window.matchMedia("(min-width: 761px)");
const GAP = 4;

export function placeReadings(view, list, host) {
  if (!list || !view) return;
  view.requestMeasure({
    key: "readings",
    read: () => {
      if (!WIDE.matches) return null;
      const { doc } = view.state;
      const cursor = doc.lineAt(view.state.selection.main.head).number;
      return [...list.children].map((item) => {
        const line = Math.min(Number(item.dataset.line), doc.lines);
        return {
          item, line, cursor,
          top: view.lineBlockAt(doc.line(line).from).top + view.documentPadding.top,
          height: item.offsetHeight,
        };
      });
    },
    write: (rows) => {
      list.classList.toggle("placed", Boolean(rows));
      if (!rows) {
        for (const item of list.children) item.style.top = "";
        list.style.minHeight = host.style.minHeight = "";
        return;
      }
      let bottom = 0;
      rows.forEach(({ item, top, height, line, cursor }, at) => {
        const place = Math.max(top, bottom);
        item.style.top = `${place}px`;
        bottom = place + height + GAP;
        const next = rows[at + 1]?.line ?? Infinity;
        item.classList.toggle("here", view.hasFocus && cursor >= line && cursor < next);
      });
      list.style.minHeight = `${bottom}px`;
    },
  });
}
