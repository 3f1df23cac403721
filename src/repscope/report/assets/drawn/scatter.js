/* Points with names, areas and intervals: what a score is, against what it costs. The horizontal axis is logarithmic. */
(() => {
  const WIDE = 640;
  const HIGH = 400;
  const LEFT = 56;
  const BOTTOM = 46;
  const LARGEST = 20;

  const words = (data, point) =>
    `${point.name}: ${data.measure} ${R.number(point.value)}${point.low === null ? "" : ` [${R.interval(point.low, point.high)}]`}, ` +
    `${data.across} ${R.count(Math.round(point.x))}, ${data.area} ${R.count(Math.round(point.area))}.`;

  const steps = (low, high) => {
    const out = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
      for (const m of [1, 2, 5]) if (m * 10 ** power >= low && m * 10 ** power <= high) out.push(m * 10 ** power);
    return out;
  };

  const large = (x) => (x >= 1e6 ? `${+(x / 1e6).toPrecision(3)} million` : R.count(Math.round(x)));

  /* Where names stand: beside their points, moved down where two would lie on each other. */
  const apart = (places) => {
    const put = [];
    for (const place of [...places].sort((a, b) => a.y - b.y)) {
      const hits = () => put.some((other) => Math.abs(other.y - place.y) < 13 && Math.abs(other.x - place.x) < 8 * Math.max(place.letters, other.letters));
      while (hits()) place.y += 2;
      put.push(place);
    }
    return places;
  };

  R.drawn.scatter = (data) => {
    const readout = R.el("p", { class: "readout", role: "status" }, "Point at a network, or walk with the arrow keys.");
    const points = data.points;
    const [low, high] = R.domain(points.flatMap((p) => [p.value, p.low, p.high]), [null, null]);
    const near = Math.min(...points.map((p) => p.x)) / 1.25;
    const far = Math.max(...points.map((p) => p.x)) * 1.35;
    const across = (x) => LEFT + ((WIDE - LEFT - 10) * Math.log(x / near)) / Math.log(far / near);
    const up = (y) => 12 + ((HIGH - BOTTOM - 12) * (high - y)) / (high - low);
    const picture = R.svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "scatter", role: "group", "aria-label": data.title });
    const ticks = R.ticks(low, high, 6);
    for (const y of ticks.values) {
      picture.append(R.svg("line", { x1: LEFT, x2: WIDE - 10, y1: up(y), y2: up(y), class: "grid" }));
      picture.append(R.svg("text", { x: LEFT - 6, y: up(y) + 4, "text-anchor": "end" }, R.tickText(y, ticks.step)));
    }
    for (const x of steps(near, far)) {
      picture.append(R.svg("line", { x1: across(x), x2: across(x), y1: 12, y2: HIGH - BOTTOM, class: "grid" }));
      picture.append(R.svg("text", { x: across(x), y: HIGH - BOTTOM + 16, "text-anchor": "middle" }, large(x)));
    }
    const caption = `${data.across} (logarithmic); area: ${data.area}`;
    picture.append(R.svg("text", { x: (LEFT + WIDE) / 2, y: HIGH - 8, "text-anchor": "middle" }, caption));
    const most = Math.max(...points.map((p) => p.area));
    const names = apart(points.map((point) => ({ x: across(point.x) + 8, y: up(point.value) - 6, letters: point.name.length })));
    const nodes = points.map((point, i) => {
      const [x, y] = [across(point.x), up(point.value)];
      const node = R.svg("g", { class: `series point-with-area c${i % 8}`, tabindex: -1, role: "img", "aria-label": words(data, point) });
      if (point.low !== null) node.append(R.svg("line", { x1: x, x2: x, y1: up(point.low), y2: up(point.high), class: "whisker" }));
      node.append(R.svg("circle", { cx: x, cy: y, r: LARGEST * Math.sqrt(point.area / most), class: "disc" }));
      node.append(R.svg("circle", { cx: x, cy: y, r: 2.5, class: "centre" }));
      node.append(R.svg("text", { x: names[i].x, y: names[i].y }, point.name));
      const show = () => (readout.textContent = words(data, point));
      node.addEventListener("pointerenter", show);
      node.addEventListener("focus", show);
      picture.append(node);
      return node;
    });
    const order = nodes.map((_, i) => i).sort((a, b) => points[a].x - points[b].x || points[a].value - points[b].value);
    nodes[order[0]].setAttribute("tabindex", 0);
    picture.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const at = order.findIndex((i) => nodes[i] === document.activeElement);
      const next = nodes[order[at + step]];
      if (!step || at < 0 || !next) return;
      event.preventDefault();
      nodes[order[at]].setAttribute("tabindex", -1);
      next.setAttribute("tabindex", 0);
      next.focus();
    });
    const rows = () => [["name", data.across, data.area, data.measure, "low", "high"], ...points.map((p) => [p.name, p.x, p.area, p.value, p.low, p.high])];
    const heading = R.heading(data.title, "", R.tools(data.title, data.title, rows, () => [heading.node, picture]));
    const node = R.el("div", { class: "film wide", role: "group", "aria-label": data.title }, heading.node, R.el("p", {}, data.text));
    node.append(R.el("div", { class: "scroll", tabindex: -1 }, picture), readout);
    return node;
  };
})();
