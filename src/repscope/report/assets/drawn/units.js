/* Units of a layer, one row each: where they respond most, the picture that is optimised for them beside that of a network of
   random weights, and where in the first image the activation comes from. The sheet of pictures is decoded when it comes into sight. */
(() => {
  const words = (unit) => {
    const parts = [`highest activations ${unit.values.map(R.number).slice(0, 3).join(", ")} …`];
    if (unit.optimised) {
      const o = unit.optimised;
      parts.push(`optimised picture: ${R.number(o.reached)}, above ${R.number(o.percentile)} % of natural images` + (o.spread === null ? "" : ` (restarts spread by ${R.number(o.spread)})`));
    }
    return parts.join("; ");
  };

  function group(label, tiles) {
    return R.el("figure", { class: "unit-group" }, R.el("div", { class: "unit-tiles" }, tiles), R.el("figcaption", {}, label));
  }

  R.drawn.units = (data) => {
    const waiting = [];
    const tile = (position, label, link) => {
      const box = R.el("span", { class: "unit-tile", role: "img", "aria-label": label, title: label });
      waiting.push([box, position]);
      return link ? R.el("a", { href: link, "aria-label": label }, box) : box;
    };
    const rows = data.units.map((unit) => {
      const head = R.el("div", { class: "unit-words" }, R.el("h4", {}, unit.name), unit.dead ? null : R.el("span", { class: "dim" }, words(unit)));
      if (unit.dead) {
        return R.el("div", { class: "unit", role: "group", "aria-label": unit.name }, head, R.el("p", { class: "silence" }, "Dead: it gives the same at every position of every image."));
      }
      const patches = unit.patches.map((position, i) =>
        tile(position, `${unit.ids[i]}, ${R.number(unit.values[i])}`, data.explorer ? `${data.explorer}#sample=${encodeURIComponent(unit.ids[i])}` : null),
      );
      const groups = [group("responds most to", patches)];
      if (unit.optimised) {
        groups.push(group("optimised", [tile(unit.optimised.at, `optimised picture of ${unit.name}`)]));
        groups.push(group("random weights", [tile(unit.optimised.twin, `the same in a network of random weights, ${unit.name}`)]));
      }
      for (const [name, position] of Object.entries(unit.maps)) groups.push(group(name, [tile(position, `${name}, ${unit.name}`)]));
      return R.el("div", { class: "unit", role: "group", "aria-label": unit.name }, head, R.el("div", { class: "unit-row" }, groups));
    });
    const host = R.el("div", { class: "units wide" }, R.el("h3", {}, data.layer), R.el("p", { class: "summary" }, data.summary), rows);
    return R.whenSeen(host, data.sheet, (sheet) => waiting.forEach(([box, position]) => box.append(R.picture(sheet, position))));
  };
})();
