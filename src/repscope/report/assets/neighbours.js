/* One sample's neighbours, layer by layer: who is near, of which class, who stays and who is new. */
(() => {
  const FRAMES = "Solid frame: same class. Dashed frame: another class. A corner marks a neighbour that the layer before did not have.";

  /* Share of the graph's neighbours that are of the sample's class, over the layers. */
  function spark(source, row) {
    const width = 220;
    const height = 54;
    const layers = source.layers.length;
    const x = (i) => 4 + (layers > 1 ? i / (layers - 1) : 0.5) * (width - 8);
    const y = (v) => height - 6 - v * (height - 12);
    const values = source.layers.map((_, i) => source.agree[row * layers + i] / source.k);
    const line = values.map((v, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(v).toFixed(1)}`).join("");
    const face = R.svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", class: "spark" });
    face.append(R.svg("path", { d: `M4 ${y(0)}H${width - 4}M4 ${y(1)}H${width - 4}`, class: "rule" }));
    face.append(R.svg("path", { d: line, class: "series c0 line" }));
    values.forEach((v, i) => face.append(R.svg("circle", { cx: x(i), cy: y(v), r: 2.4, class: "series c0 marker" })));
    return { face, values };
  }

  function head(view, row, parts) {
    const { source, query, names, known, className, go } = view;
    const gallery = source.gallery;
    const last = source.layers.length - 1;
    const lines = [];
    let curve = null;
    if (known) {
      const { face, values } = spark(source, row);
      const vote = source.vote[row * source.layers.length + last];
      const right = vote === gallery.labels[query];
      lines.push(["class", className(gallery, query)]);
      lines.push([`neighbours’ vote at ${source.layers[last]}`, right ? `${names[vote]} ✓ right` : `${names[vote]} ✗ wrong`]);
      const share = (v) => `${Math.round(100 * v)} %`;
      const ends = `${share(values[0])} at ${source.layers[0]}, ${share(values[last])} at ${source.layers[last]}`;
      const caption = R.el("figcaption", {}, `of its ${source.k} neighbours are of its class: ${ends}`);
      curve = R.el("figure", { class: "share" }, face, caption);
    }
    const back = R.el("button", { type: "button", class: "quiet", disabled: !view.back }, "← Back");
    if (view.back) back.addEventListener("click", view.back);
    const any = R.el("button", { type: "button", class: "quiet" }, "Another one");
    any.addEventListener("click", () => go(source.queries[(row * 7919 + 104729) % source.queries.length]));
    const [what, file] = [`the neighbours of ${gallery.ids[query]}`, `neighbours ${source.key} ${gallery.ids[query]}`];
    const tools = R.tools(what, file, () => rowsOf(view, row), parts);
    return R.el(
      "div",
      { class: "query" },
      R.el("div", { class: "query-picture" }, R.picture(gallery.sheet, query)),
      R.el("div", { class: "query-words" }, R.el("h3", {}, gallery.ids[query]), R.definitions(lines, "pairs")),
      curve,
      R.el("div", { class: "query-tools" }, R.el("div", { class: "tools" }, back, any), tools),
    );
  }

  const listAt = (source, row, layer) => {
    const start = (row * source.layers.length + layer) * source.nearest;
    return source.neighbours.subarray(start, start + source.nearest);
  };

  function rowsOf(view, row) {
    const { source, query, known, className } = view;
    const gallery = source.gallery;
    const rows = [["sample", "layer", "rank", "neighbour", "class", "same_class", "new"]];
    source.layers.forEach((layer, i) => {
      const before = i ? new Set(listAt(source, row, i - 1)) : null;
      listAt(source, row, i).forEach((position, rank) => {
        const same = known ? Number(gallery.labels[position] === gallery.labels[query]) : "";
        const fresh = before ? Number(!before.has(position)) : "";
        rows.push([gallery.ids[query], layer, rank + 1, gallery.ids[position], className(gallery, position), same, fresh]);
      });
    });
    return rows;
  }

  function tile(view, position, rank, fresh) {
    const { source, query, known, className } = view;
    const gallery = source.gallery;
    const name = className(gallery, position);
    const same = known && gallery.labels[position] === gallery.labels[query];
    const reachable = source.row.has(position);
    const words = [known ? name : "", gallery.ids[position], `neighbour ${rank + 1}`];
    if (known) words.push(same ? "same class" : "another class");
    if (fresh) words.push("new at this layer");
    if (!reachable) words.push("its own neighbours are not in this page");
    const kind = known ? (same ? "same" : "other") : "plain";
    const button = R.el("button", {
      type: "button",
      class: `neighbour ${kind}${fresh ? " fresh" : ""}`,
      tabindex: "-1",
      "data-position": position,
      "aria-label": words.filter(Boolean).join(", "),
      "aria-disabled": reachable ? null : "true",
      title: gallery.ids[position],
    });
    const corner = R.svg("svg", { class: "corner", viewBox: "0 0 13 13", "aria-hidden": "true" }, R.svg("path", { d: "M0 0H13V13Z" }));
    button.append(fresh ? corner : "", R.picture(gallery.sheet, position), R.el("span", { class: "label", "aria-hidden": "true" }, known ? name : ""));
    return button;
  }

  function layerRow(view, row, i) {
    const { source, query, known } = view;
    const gallery = source.gallery;
    const list = listAt(source, row, i);
    const before = i ? new Set(listAt(source, row, i - 1)) : null;
    const fresh = before ? Array.from(list, (p) => !before.has(p)) : null;
    const count = fresh ? fresh.filter(Boolean).length : 0;
    const facts = [];
    if (fresh) facts.push(R.el("span", { class: "change" }, R.el("b", {}, list.length - count), " stay · ", R.el("b", {}, count), " new"));
    else facts.push(R.el("span", { class: "change" }, "the beginning"));
    if (known) {
      const same = Array.from(list).filter((p) => gallery.labels[p] === gallery.labels[query]).length;
      const whole = source.agree[row * source.layers.length + i];
      const graph = source.k > list.length ? ` (${whole} of ${source.k})` : "";
      facts.push(R.el("span", { class: "agree" }, R.el("b", {}, same), ` of ${list.length}${graph} same class`));
    }
    const tiles = Array.from(list, (position, rank) => tile(view, position, rank, Boolean(fresh && fresh[rank])));
    const node = R.el(
      "li",
      { class: "layer" },
      R.el("div", { class: "layer-words" }, R.el("h4", { title: source.layers[i] }, R.brief(source.layers[i], 20)), facts),
      R.el("div", { class: "tiles", role: "group", "aria-label": `Nearest at ${source.layers[i]}` }, tiles),
    );
    return { node, tiles };
  }

  R.neighbours = (host, view) => {
    const { source, query, go, known, className } = view;
    const row = source.row.get(query);
    const rows = source.layers.map((_, i) => layerRow(view, row, i));
    const list = R.el("ol", { class: "layers" }, rows.map((r) => r.node));
    const legend = R.el("p", { class: "frames" }, known ? FRAMES : "A corner marks a neighbour that the layer before did not have.");
    const keep = host.contains(document.activeElement);
    host.replaceChildren(head(view, row, () => [...host.children]), legend, list);

    const width = source.nearest;
    const tiles = rows.flatMap((r) => r.tiles);
    const rove = R.roving(list, () => tiles, (pressed, here) => {
      const moves = { ArrowRight: here + 1, ArrowLeft: here - 1, ArrowDown: here + width, ArrowUp: here - width, Home: here - (here % width), End: here - (here % width) + width - 1 };
      const next = moves[pressed];
      return next === undefined || next < 0 || next >= tiles.length ? null : next;
    });
    list.addEventListener("click", (event) => {
      const chosen = event.target.closest(".neighbour");
      if (chosen) go(Number(chosen.dataset.position));
    });
    /* the same neighbour at other layers */
    const echo = (event, on) => {
      const here = event.target.closest(".neighbour");
      if (!here) return;
      for (const one of tiles) one.classList.toggle("echo", on && one !== here && one.dataset.position === here.dataset.position);
    };
    list.addEventListener("pointerover", (event) => echo(event, true));
    list.addEventListener("pointerout", (event) => echo(event, false));
    list.addEventListener("focusin", (event) => echo(event, true));
    list.addEventListener("focusout", (event) => echo(event, false));
    if (keep) rove.set(0, true);
    R.say([`Sample ${source.gallery.ids[query]}`, known ? `class ${className(source.gallery, query)}` : ""].filter(Boolean).join(", "));
  };
})();
