/* What every layer finds for a query, side by side: one row of pictures a layer, the best first. A hit that answers the query has
   a solid frame and a tick, another a dashed one: not told by colour alone. */
(() => {
  R.drawn.hits = (data) => {
    const chooser = R.el("select", {});
    chooser.id = R.id("query");
    data.queries.forEach((query, i) => chooser.append(R.el("option", { value: String(i) }, query.name)));
    const body = R.el("div", { class: "units", "aria-live": "polite" });
    let sheet = null;
    const tile = (position, label, kind) => {
      const box = R.el("span", { class: `unit-tile ${kind}`, role: "img", "aria-label": label, title: label });
      box.append(R.picture(sheet, position));
      return box;
    };
    const show = () => {
      if (sheet === null) return;
      const query = data.queries[Number(chooser.value)];
      const asked = R.el("div", { class: "unit" }, R.el("div", { class: "unit-words" }, R.el("h4", {}, query.name), R.el("span", { class: "dim" }, "the query")), tile(query.at, query.name, ""));
      const rows = query.layers.map((layer) =>
        R.el(
          "div",
          { class: "unit", role: "group", "aria-label": layer.name },
          R.el("div", { class: "unit-words" }, R.el("h4", {}, layer.name), R.el("span", { class: "dim" }, `average precision ${R.number(layer.precision)}`)),
          R.el("div", { class: "unit-tiles" }, layer.hits.map((hit) => tile(hit.at, `${hit.name}, ${hit.right ? "answers" : "does not answer"} the query`, hit.right ? "right" : "wrong"))),
        ),
      );
      body.replaceChildren(asked, ...rows);
    };
    chooser.addEventListener("change", show);
    const host = R.el("div", { class: "units wide" }, R.el("h3", {}, data.title), R.el("p", { class: "summary" }, data.summary), R.el("p", { class: "choices" }, R.el("label", { for: chooser.id }, "Query"), chooser), body);
    return R.whenSeen(host, data.sheet, (decoded) => {
      sheet = decoded;
      show();
    });
  };
})();
