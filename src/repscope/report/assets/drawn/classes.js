/* Images of every class, the easiest first; those taken for another class come first, in dashed frames. */
(() => {
  R.drawn.classes = (data) => {
    const waiting = [];
    const rows = data.rows.map((row) => {
      const tiles = row.tiles.map((tile) => {
        const box = R.el("span", { class: `unit-tile ${tile.right ? "right" : "wrong"}`, role: "img", "aria-label": tile.name, title: tile.name });
        waiting.push([box, tile.at]);
        return box;
      });
      const words = R.el("div", { class: "unit-words" }, R.el("h4", {}, row.name), R.el("span", { class: "dim" }, `${R.number(100 * row.accuracy)} % named rightly`));
      return R.el("div", { class: "unit", role: "group", "aria-label": row.name }, words, R.el("div", { class: "unit-tiles" }, tiles));
    });
    const host = R.el("div", { class: "units wide" }, R.el("h3", {}, data.title), R.el("p", { class: "summary" }, "A solid frame with a tick: named rightly. A dashed one: taken for another class."), rows);
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      R.sheet(data.sheet).then((sheet) => waiting.forEach(([box, position]) => box.append(R.picture(sheet, position))));
    }, { rootMargin: "400px" });
    seen.observe(host);
    return host;
  };
})();
