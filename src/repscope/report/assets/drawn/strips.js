/* Rows of pictures with names: images of every class, patches of units. A picture that is right has a solid frame and a tick, one that is
   not a dashed one; where right or wrong does not apply, there is no frame. */
(() => {
  R.drawn.strips = (data) => {
    const waiting = [];
    const rows = data.rows.map((row) => {
      const tiles = row.tiles.map((tile) => {
        const kind = tile.right === null ? "" : tile.right ? " right" : " wrong";
        const box = R.el("span", { class: `unit-tile${kind}`, role: "img", "aria-label": tile.name, title: tile.name });
        waiting.push([box, tile.at]);
        return box;
      });
      const words = R.el("div", { class: "unit-words" }, R.el("h4", {}, row.name), R.el("span", { class: "dim" }, row.words));
      return R.el("div", { class: "unit", role: "group", "aria-label": row.name }, words, R.el("div", { class: "unit-tiles" }, tiles));
    });
    const host = R.el("div", { class: "units wide" }, R.el("h3", {}, data.title), R.el("p", { class: "summary" }, data.summary), rows);
    return R.whenSeen(host, data.sheet, (sheet) => waiting.forEach(([box, position]) => box.append(R.picture(sheet, position))));
  };
})();
