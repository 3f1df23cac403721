/* The drawing of a chart: axes, interval bands, chance, curves and markers, and the place under the pointer. */
(() => {
  const SHAPES = [
    (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
    (x, y, r) => `M${x} ${y - r * 1.3}l${r * 1.3} ${r * 1.3}l${-r * 1.3} ${r * 1.3}l${-r * 1.3} ${-r * 1.3}z`,
    (x, y, r) => `M${x - r * 0.9} ${y - r * 0.9}h${r * 1.8}v${r * 1.8}h${-r * 1.8}z`,
    (x, y, r) => `M${x} ${y - r * 1.2}l${r * 1.2} ${r * 2.1}h${-r * 2.4}z`,
    (x, y, r) => `M${x} ${y + r * 1.2}l${r * 1.2} ${-r * 2.1}h${-r * 2.4}z`,
    (x, y, r) => `M${x - r * 0.45} ${y - r * 1.25}h${r * 0.9}v${r * 0.8}h${r * 0.8}v${r * 0.9}h${-r * 0.8}v${r * 0.8}h${-r * 0.9}v${-r * 0.8}h${-r * 0.8}v${-r * 0.9}h${r * 0.8}z`,
    (x, y, r) => `M${x - r * 1.1} ${y - r * 1.1}h${r * 2.2}l${-r * 2.2} ${r * 2.2}h${r * 2.2}z`,
    (x, y, r) => `M${x - r * 1.35} ${y - r * 0.6}h${r * 2.7}v${r * 1.2}h${-r * 2.7}z`,
  ];
  const COLOURS = 8;
  const ANGLE = 40;

  const style = R.seriesClass = (series) =>
    `series ${series.ramp === null ? `c${series.colour % COLOURS}` : `r${series.ramp}`}${series.faint ? " faint" : ""}${series.open ? " open" : ""}`;
  R.marker = (series, x, y, r) => {
    const shape = SHAPES[series.colour % SHAPES.length](x, y, series.faint ? r * 0.7 : r);
    return R.svg("path", { d: shape, class: `${style(series)} marker` });
  };
  const some = (x) => x !== null && x !== undefined;

  /* Runs of consecutive places at which every one of the lists has a number. */
  function runs(...lists) {
    const out = [];
    let run = [];
    lists[0].forEach((_, i) => {
      if (lists.every((list) => some(list[i]))) run.push(i);
      else if (run.length) {
        out.push(run);
        run = [];
      }
    });
    if (run.length) out.push(run);
    return out;
  }

  const path = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

  /* The x axis: by layer, or by depth from 0 to 1. `nearest` says which value of a series stands at place i. */
  R.axisOf = (block) => {
    const fraction = (count, i) => (count > 1 ? i / (count - 1) : 0.5);
    if (block.axis === "layers") {
      const layers = block.series.length ? block.series[0].layers : [];
      const at = (_, i) => fraction(layers.length, i);
      return { count: layers.length, at, name: (i) => layers[i], layers, nearest: (_, i) => i };
    }
    const count = Math.max(...block.series.map((s) => s.layers.length));
    const at = (series, i) => fraction(series.layers.length, i);
    const nearest = (series, i) => Math.round(fraction(count, i) * (series.layers.length - 1));
    return { count, at, name: (i) => `${Math.round(100 * fraction(count, i))} % of the depth`, layers: null, nearest };
  };

  /* Sizes and scales: where a fraction of the x axis and a value of the y axis lie. */
  function frameOf(block, axis, shown, width) {
    const names = axis.layers ? axis.layers.map((n) => R.brief(n, width < 480 ? 11 : 14)) : [];
    const longest = Math.max(4, ...names.map((n) => n.length));
    const below = axis.layers ? 20 + longest * 6.4 * Math.sin((ANGLE * Math.PI) / 180) : 44;
    const [left, top, right] = [46, 10, width - 14];
    const base = top + Math.round(Math.min(250, Math.max(190, width * 0.44)));
    const numbers = shown.flatMap((s) => (s.faint ? s.values : [...s.values, ...s.low, ...s.high, ...s.null]));
    const [low, high] = block.range || R.domain(numbers, block.bounds);
    const pad = Math.min(14, (right - left) / (axis.count + 1));
    const run = right - left - 2 * pad;
    const y = (value) => base - ((value - low) / (high - low)) * (base - top);
    return {
      ...{ width, left, right, top, base, low, high, names, y },
      height: base + below,
      slot: axis.count > 1 ? run / (axis.count - 1) : run,
      x: (fraction) => left + pad + fraction * run,
      inside: (value) => Math.max(top - 2, Math.min(base + 2, y(value))),
      place: (px) => Math.max(0, Math.min(axis.count - 1, Math.round(((px - left - pad) / run) * (axis.count - 1)))),
    };
  }

  function drawLevels(root, frame) {
    const { step, values } = R.ticks(frame.low, frame.high, 5);
    for (const value of values) {
      const level = Math.round(frame.y(value)) + 0.5;
      root.append(R.svg("path", { d: `M${frame.left} ${level}H${frame.right}`, class: "rule" }));
      root.append(R.svg("text", { x: frame.left - 8, y: level + 4, class: "tick y" }, R.tickText(value, step)));
    }
  }

  /* Names of layers at an angle; where they would touch, some are left out, but never a marked one. */
  function drawLayers(root, frame, axis, marked) {
    const every = Math.max(1, Math.ceil(15 / frame.slot));
    const wide = Math.min(frame.slot, 26);
    axis.layers.forEach((layer, i) => {
      const x = frame.x(axis.at(null, i));
      const on = marked.includes(layer);
      if (on) {
        const band = { x: x - wide / 2, y: frame.top, width: wide, height: frame.base - frame.top };
        root.append(R.svg("rect", { ...band, class: "mark-band" }));
      }
      root.append(R.svg("path", { d: `M${x} ${frame.base}v4`, class: "axis" }));
      if (i % every && !on) return;
      const turn = `translate(${x + 4} ${frame.base + 15}) rotate(${-ANGLE})`;
      root.append(R.svg("text", { transform: turn, class: on ? "tick x strong" : "tick x" }, frame.names[i]));
    });
  }

  function drawDepth(root, frame) {
    const text = (x, y, words) => root.append(R.svg("text", { x, y, class: "tick middle" }, words));
    for (const f of [0, 0.25, 0.5, 0.75, 1]) text(frame.x(f), frame.base + 18, `${f * 100} %`);
    text(frame.x(0.5), frame.base + 36, "depth, from each network's first layer to its last");
  }

  function drawBand(root, frame, axis, s) {
    for (const run of runs(s.values, s.low, s.high)) {
      const edge = (values) => run.map((i) => [frame.x(axis.at(s, i)), frame.inside(values[i])]);
      const [upper, lower] = [edge(s.high), edge(s.low).reverse()];
      if (run.length > 1) root.append(R.svg("path", { d: `${path([...upper, ...lower])}Z`, class: `${style(s)} band` }));
      else root.append(R.svg("path", { d: path([...upper, ...lower]), class: `${style(s)} line` }));
    }
  }

  /* Chance, drawn once where several curves have the same. */
  function drawNulls(root, frame, axis, shown) {
    const drawn = new Set();
    for (const s of shown) {
      for (const run of runs(s.null)) {
        const points = run.map((i) => [frame.x(axis.at(s, i)), frame.y(s.null[i])]);
        const level = points[0][1];
        const d = path(points.length > 1 ? points : [[frame.left, level], [frame.right, level]]);
        if (!drawn.has(d)) root.append(R.svg("path", { d, class: "null" }));
        drawn.add(d);
      }
    }
  }

  function drawCurve(root, frame, axis, s) {
    const point = (i) => [frame.x(axis.at(s, i)), frame.inside(s.values[i])];
    for (const run of runs(s.values)) root.append(R.svg("path", { d: path(run.map(point)), class: `${style(s)} line` }));
    const size = axis.count > 30 ? 2.6 : 3.6;
    s.values.forEach((v, i) => some(v) && root.append(R.marker(s, ...point(i), size)));
  }

  function drawCursor(root, frame, axis, shown, cursor, xOf) {
    root.append(R.svg("path", { d: `M${xOf(cursor)} ${frame.top}V${frame.base}`, class: "cursor" }));
    for (const s of shown) {
      const i = axis.nearest(s, cursor);
      if (!some(s.values[i])) continue;
      const ring = SHAPES[0](frame.x(axis.at(s, i)), frame.inside(s.values[i]), 6.5);
      root.append(R.svg("path", { d: ring, class: `${style(s)} ring` }));
    }
  }

  R.drawCurves = (block, axis, width, marked, cursor) => {
    const shown = block.series.filter((s) => !s.hidden);
    const frame = frameOf(block, axis, shown, width);
    const xOf = (i) => frame.x(axis.count > 1 ? i / (axis.count - 1) : 0.5);
    const size = { width, height: frame.height, viewBox: `0 0 ${width} ${frame.height}` };
    const root = R.svg("svg", { ...size, "aria-hidden": "true" });
    drawLevels(root, frame);
    if (axis.layers) drawLayers(root, frame, axis, marked);
    else drawDepth(root, frame);
    root.append(R.svg("path", { d: `M${frame.left} ${frame.base + 0.5}H${frame.right}`, class: "axis" }));
    shown.filter((s) => !s.faint).forEach((s) => drawBand(root, frame, axis, s));
    drawNulls(root, frame, axis, shown);
    [...shown].sort((a, b) => Number(b.faint) - Number(a.faint)).forEach((s) => drawCurve(root, frame, axis, s));
    if (cursor !== null) drawCursor(root, frame, axis, shown, cursor, xOf);
    return { root, place: frame.place, xOf };
  };
})();
