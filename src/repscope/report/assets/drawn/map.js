/* A map of the samples, one drawing for each layer, with a slider; a click on a point goes to the sample in the explorer. */
(() => {
  const SIZE = 560;
  const PAD = 14;

  function scaleOf(places) {
    let most = 0;
    for (const [x, y] of places) most = Math.max(most, Math.abs(x), Math.abs(y));
    const unit = (SIZE / 2 - PAD) / (most || 1);
    return ([x, y]) => [SIZE / 2 + x * unit, SIZE / 2 - y * unit];
  }

  R.drawn.map = (data) => {
    const count = data.ids.length;
    const named = data.labels ? data.class_names : [];
    const hue = (i) => (data.labels ? `m${data.labels[i] % 10}` : "m0");
    const nameOf = (i) => [data.labels ? data.class_names[data.labels[i]] : "", data.ids[i]].filter(Boolean).join(", ");
    const points = data.ids.map((_, i) => R.svg("circle", { r: 4, class: `point ${hue(i)}` }));
    const ring = R.svg("circle", { r: 8, class: "point-ring", visibility: "hidden" });
    const picture = R.svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "map-picture", role: "img" }, points, ring);
    const slider = R.el("input", { type: "range", min: 0, max: data.names.length - 1, step: 1, value: 0 });
    slider.id = R.id("map");
    const shown = R.el("output", { for: slider.id });
    const fine = R.el("p", { class: "map-note" });
    const said = R.el("p", { class: "map-note", role: "status" }, "Point at a sample to read its name; click to see its neighbours below.");
    let frame = 0;
    let chosen = -1;

    const place = () => {
      const at = scaleOf(data.places[frame]);
      data.places[frame].forEach((p, i) => {
        const [x, y] = at(p);
        points[i].setAttribute("cx", x.toFixed(1));
        points[i].setAttribute("cy", y.toFixed(1));
      });
      if (chosen >= 0) {
        const [x, y] = at(data.places[frame][chosen]);
        ring.setAttribute("cx", x.toFixed(1));
        ring.setAttribute("cy", y.toFixed(1));
        ring.setAttribute("visibility", "visible");
      }
    };
    const show = (i) => {
      frame = i;
      slider.value = i;
      slider.setAttribute("aria-valuetext", data.names[i]);
      shown.textContent = data.names[i];
      picture.setAttribute("aria-label", `${data.title}: ${count} samples at ${data.names[i]}`);
      const kept = data.kept[i];
      fine.textContent = kept === undefined ? "From the neighbours of all layers." : `This drawing keeps ${Math.round(100 * kept)} % of the layer’s neighbours.`;
      place();
    };
    const nearest = (event) => {
      const box = picture.getBoundingClientRect();
      const [x, y] = [((event.clientX - box.left) * SIZE) / box.width, ((event.clientY - box.top) * SIZE) / box.height];
      const at = scaleOf(data.places[frame]);
      let best = -1;
      let least = 14 ** 2;
      data.places[frame].forEach((p, i) => {
        const [px, py] = at(p);
        const far = (px - x) ** 2 + (py - y) ** 2;
        if (far < least) [best, least] = [i, far];
      });
      return best;
    };
    picture.addEventListener("pointermove", (event) => {
      const i = nearest(event);
      if (i >= 0) said.textContent = nameOf(i);
    });
    picture.addEventListener("click", (event) => {
      const i = nearest(event);
      if (i < 0) return;
      chosen = i;
      place();
      location.hash = `#sample=${encodeURIComponent(data.ids[i])}`;
    });
    slider.addEventListener("input", () => show(Number(slider.value)));
    const legend = named.length
      ? R.el("ul", { class: "map-legend" }, named.map((name, c) => R.el("li", {}, R.svg("svg", { viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true" }, R.svg("circle", { cx: 6, cy: 6, r: 5, class: `point m${c % 10}` })), name)))
      : null;
    const rows = () => [
      ["layer", "sample", "class", "x", "y"],
      ...data.names.flatMap((name, f) => data.places[f].map(([x, y], i) => [name, data.ids[i], data.labels ? data.class_names[data.labels[i]] : "", x, y])),
    ];
    const heading = R.heading(data.title, "", R.tools(data.title, data.title, rows, () => [heading.node, shown, fine, picture, legend], () => shown.textContent));
    const controls = R.el("div", { class: "film-controls" }, R.el("label", { for: slider.id }, data.label), slider, shown);
    show(0);
    return R.el("div", { class: "map wide" }, heading.node, controls, fine, picture, said, legend);
  };
})();
