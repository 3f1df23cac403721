/* Curves over layers: interval bands, markers, chance, and a reading of the numbers under the pointer or the keys. */
(() => {
  const SHAPES = [
    (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
    (x, y, r) => `M${x} ${y - r * 1.3}l${r * 1.3} ${r * 1.3}l${-r * 1.3} ${r * 1.3}l${-r * 1.3} ${-r * 1.3}z`,
    (x, y, r) => `M${x - r * 0.9} ${y - r * 0.9}h${r * 1.8}v${r * 1.8}h${-r * 1.8}z`,
    (x, y, r) => `M${x} ${y - r * 1.2}l${r * 1.2} ${r * 2.1}h${-r * 2.4}z`,
  ];
  const COLOURS = 4;
  const ANGLE = 40;

  const style = (series) =>
    `series c${series.colour % COLOURS}${series.faint ? " faint" : ""}${series.open ? " open" : ""}`;
  const marker = (series, x, y, r) => {
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

  function rowsOf(block) {
    const keys = [...new Set(block.series.flatMap((s) => Object.keys(s.keys)))];
    const rows = [[...keys, "layer", "measure", "value", "low", "high", "null", "notes"]];
    for (const s of block.series) {
      s.layers.forEach((layer, i) => {
        const notes = (s.remarks[i] || []).join("; ");
        const row = [layer, block.measure, s.values[i], s.low[i], s.high[i], s.null[i], notes];
        rows.push([...keys.map((k) => s.keys[k] || ""), ...row]);
      });
    }
    return rows;
  }

  function legend(block, redraw) {
    const list = R.el("div", { class: "legend", role: "group", "aria-label": "Curves shown" });
    const swatch = (...children) => R.svg("svg", { width: 30, height: 12, viewBox: "0 0 30 12", "aria-hidden": "true" }, children);
    for (const series of block.series) {
      const line = R.svg("path", { d: "M1 6H29", class: `${style(series)} line` });
      const button = R.el("button", { type: "button", "aria-pressed": "true", class: "legend-item" });
      button.append(swatch(line, marker(series, 15, 6, 3.6)), series.name);
      button.addEventListener("click", () => {
        series.hidden = !series.hidden;
        button.setAttribute("aria-pressed", String(!series.hidden));
        redraw();
      });
      list.append(button);
    }
    if (block.series.some((s) => s.null.some(some))) {
      const item = R.el("span", { class: "legend-item fixed" });
      item.append(swatch(R.svg("path", { d: "M1 6H29", class: "null" })), "chance");
      list.append(item);
    }
    return list;
  }

  /* Places on the x axis: by layer, or by depth from 0 to 1. */
  function axisOf(block) {
    if (block.axis === "layers") {
      const layers = block.series.length ? block.series[0].layers : [];
      const last = Math.max(1, layers.length - 1);
      return { count: layers.length, at: (_, i) => (layers.length > 1 ? i / last : 0.5), name: (i) => layers[i], layers };
    }
    const count = Math.max(...block.series.map((s) => s.layers.length));
    const at = (series, i) => (series.layers.length > 1 ? i / (series.layers.length - 1) : 0.5);
    return { count, at, name: (i) => `${Math.round((100 * i) / Math.max(1, count - 1))} % of the depth`, layers: null };
  }

  /* Which value of a series stands nearest to place `i` of the axis. */
  const nearest = (block, series, axis, i) => {
    if (block.axis === "layers") return i;
    return Math.round((i / Math.max(1, axis.count - 1)) * (series.layers.length - 1));
  };

  function drawing(block, axis, width, marked, cursor) {
    const shown = block.series.filter((s) => !s.hidden);
    const size = width < 480 ? 11 : 14;
    const names = axis.layers ? axis.layers.map((n) => R.brief(n, size)) : [];
    const longest = Math.max(4, ...names.map((n) => n.length));
    const radians = (ANGLE * Math.PI) / 180;
    const bottom = axis.layers ? 20 + longest * 6.4 * Math.sin(radians) : 44;
    const plot = { left: 46, top: 10, right: 14, height: Math.round(Math.min(250, Math.max(190, width * 0.44))) };
    const inner = width - plot.left - plot.right;
    const height = plot.top + plot.height + bottom;
    const numbers = shown.flatMap((s) => (s.faint ? s.values : [...s.values, ...s.low, ...s.high, ...s.null]));
    const [low, high] = R.domain(numbers.length ? numbers : [0, 1], block.bounds);
    const pad = Math.min(14, inner / (axis.count + 1));
    const x = (fraction) => plot.left + pad + fraction * (inner - 2 * pad);
    const y = (value) => plot.top + plot.height * (1 - (value - low) / (high - low));
    const clamp = (value) => Math.max(plot.top - 2, Math.min(plot.top + plot.height + 2, y(value)));
    const root = R.svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });

    const { step, values } = R.ticks(low, high, 5);
    for (const value of values) {
      const level = Math.round(y(value)) + 0.5;
      root.append(R.svg("path", { d: `M${plot.left} ${level}H${width - plot.right}`, class: "rule" }));
      root.append(R.svg("text", { x: plot.left - 8, y: level + 4, class: "tick y" }, R.tickText(value, step)));
    }
    const slot = axis.count > 1 ? (inner - 2 * pad) / (axis.count - 1) : inner;
    const base = plot.top + plot.height;
    if (axis.layers) {
      axis.layers.forEach((layer, i) => {
        if (!marked.includes(layer)) return;
        const wide = Math.min(slot, 26);
        const place = { x: x(axis.at(null, i)) - wide / 2, y: plot.top, width: wide, height: plot.height };
        root.append(R.svg("rect", { ...place, class: "mark-band" }));
      });
      const every = Math.max(1, Math.ceil(15 / slot));
      names.forEach((name, i) => {
        const px = x(axis.at(null, i));
        root.append(R.svg("path", { d: `M${px} ${base}v4`, class: "axis" }));
        const turn = `translate(${px + 4} ${base + 15}) rotate(${-ANGLE})`;
        if (i % every && !marked.includes(axis.layers[i])) return;
        const tone = marked.includes(axis.layers[i]) ? "tick x strong" : "tick x";
        root.append(R.svg("text", { transform: turn, class: tone }, name));
      });
    } else {
      [0, 0.25, 0.5, 0.75, 1].forEach((f) => {
        root.append(R.svg("text", { x: x(f), y: base + 18, class: "tick middle" }, `${f * 100} %`));
      });
      root.append(R.svg("text", { x: x(0.5), y: base + 36, class: "tick middle" }, "depth, from each network's first layer to its last"));
    }
    root.append(R.svg("path", { d: `M${plot.left} ${base + 0.5}H${width - plot.right}`, class: "axis" }));

    for (const s of shown.filter((one) => !one.faint)) {
      for (const run of runs(s.values, s.low, s.high)) {
        const upper = run.map((i) => [x(axis.at(s, i)), clamp(s.high[i])]);
        const lower = run.map((i) => [x(axis.at(s, i)), clamp(s.low[i])]).reverse();
        if (run.length > 1) root.append(R.svg("path", { d: `${path([...upper, ...lower])}Z`, class: `${style(s)} band` }));
        else root.append(R.svg("path", { d: path([upper[0], lower[0]]), class: `${style(s)} line` }));
      }
    }
    const nulls = new Set();
    for (const s of shown) {
      for (const run of runs(s.null)) {
        let points = run.map((i) => [x(axis.at(s, i)), y(s.null[i])]);
        if (points.length === 1) points = [[plot.left, points[0][1]], [width - plot.right, points[0][1]]];
        const d = path(points);
        if (!nulls.has(d)) root.append(R.svg("path", { d, class: "null" }));
        nulls.add(d);
      }
    }
    const back = [...shown].sort((a, b) => Number(b.faint) - Number(a.faint));
    for (const s of back) {
      for (const run of runs(s.values)) {
        root.append(R.svg("path", { d: path(run.map((i) => [x(axis.at(s, i)), clamp(s.values[i])])), class: `${style(s)} line` }));
      }
      const r = axis.count > 30 ? 2.6 : 3.6;
      s.values.forEach((v, i) => some(v) && root.append(marker(s, x(axis.at(s, i)), clamp(v), r)));
    }
    if (cursor !== null) {
      const px = x(axis.count > 1 ? cursor / (axis.count - 1) : 0.5);
      root.append(R.svg("path", { d: `M${px} ${plot.top}V${base}`, class: "cursor" }));
      for (const s of shown) {
        const i = nearest(block, s, axis, cursor);
        if (some(s.values[i])) root.append(R.svg("path", { d: SHAPES[0](x(axis.at(s, i)), clamp(s.values[i]), 6.5), class: `${style(s)} ring` }));
      }
    }
    const place = (px) => {
      const fraction = (px - plot.left - pad) / (inner - 2 * pad);
      return Math.max(0, Math.min(axis.count - 1, Math.round(fraction * (axis.count - 1))));
    };
    return { root, place, xOf: (i) => x(axis.count > 1 ? i / (axis.count - 1) : 0.5) };
  }

  /* What stands at one place, in words. */
  function reading(block, axis, i) {
    const lines = block.series
      .filter((s) => !s.hidden)
      .map((s) => {
        const j = nearest(block, s, axis, i);
        return { series: s, j, value: s.values[j], low: s.low[j], high: s.high[j], null: s.null[j], notes: s.remarks[j] || [] };
      });
    const spoken = lines.map((l) => {
      const where = axis.layers ? "" : ` at ${l.series.layers[l.j]}`;
      const interval = some(l.low) && some(l.high) ? `, ${R.interval(l.low, l.high)}` : "";
      return `${l.series.name}${where}: ${R.number(l.value)}${interval}`;
    });
    return { title: axis.name(i), lines, spoken: `${axis.name(i)}. ${spoken.join(". ")}` };
  }

  function tip(read, axis) {
    const body = R.el("tbody");
    for (const line of read.lines) {
      const key = R.svg("svg", { width: 14, height: 12, viewBox: "0 0 14 12" }, marker(line.series, 7, 6, 3.8));
      const name = axis.layers ? line.series.name : `${line.series.name}: ${line.series.layers[line.j]}`;
      const interval = some(line.low) && some(line.high) ? `${R.number(line.low)}–${R.number(line.high)}` : "";
      body.append(
        R.el("tr", {}, R.el("td", {}, key, name), R.el("td", { class: "numeric" }, R.el("b", {}, R.number(line.value))), R.el("td", { class: "numeric dim" }, interval)),
      );
    }
    const levels = [...new Set(read.lines.filter((l) => some(l.null)).map((l) => R.number(l.null)))];
    const chance = levels.length ? R.el("p", { class: "dim" }, `chance ${levels.join(", ")}`) : null;
    const noted = read.lines.filter((l) => l.notes.length).map((l) => l.series.name);
    const note = noted.length ? R.el("p", { class: "dim" }, `with a note, see below: ${noted.join(", ")}`) : null;
    return [R.el("p", { class: "tip-title" }, read.title), R.el("table", {}, body), chance, note];
  }

  R.blocks.chart = (block) => {
    const axis = axisOf(block);
    const bubble = R.el("div", { class: "tip", hidden: true, "aria-hidden": "true" });
    const host = R.el("div", {
      class: "plot",
      tabindex: "0",
      role: "group",
      "aria-roledescription": "line chart",
      "aria-label": `${block.title}, ${axis.count} layers; arrow keys read the numbers`,
    });
    let width = 0;
    let marked = [];
    let cursor = null;
    let current = null;

    const draw = () => {
      if (!width) return;
      current = drawing(block, axis, width, marked, cursor);
      host.replaceChildren(current.root, bubble);
      bubble.hidden = cursor === null;
      if (cursor === null) return;
      bubble.replaceChildren(...tip(reading(block, axis, cursor), axis).filter(Boolean));
      const px = current.xOf(cursor);
      const room = bubble.offsetWidth;
      const left = px + 14 + room > width ? px - 14 - room : px + 14;
      bubble.style.left = `${Math.max(0, Math.min(width - room, left))}px`;
    };
    const move = (next, speak) => {
      if (next === cursor) return;
      cursor = next;
      draw();
      if (speak && cursor !== null) R.say(reading(block, axis, cursor).spoken);
    };
    host.addEventListener("pointermove", (e) => current && move(current.place(e.clientX - host.getBoundingClientRect().left)));
    host.addEventListener("pointerdown", (e) => current && move(current.place(e.clientX - host.getBoundingClientRect().left)));
    host.addEventListener("pointerleave", () => document.activeElement !== host && move(null));
    host.addEventListener("blur", () => move(null));
    host.addEventListener("keydown", (e) => {
      const last = axis.count - 1;
      const from = cursor === null ? -1 : cursor;
      const next = { ArrowRight: Math.min(last, from + 1), ArrowLeft: Math.max(0, from - 1), Home: 0, End: last }[e.key];
      if (e.key === "Escape") move(null);
      if (next === undefined) return;
      e.preventDefault();
      move(next, true);
    });
    new ResizeObserver(([entry]) => {
      const now = Math.floor(entry.contentRect.width);
      if (now === width) return;
      width = now;
      draw();
    }).observe(host);
    R.on("mark", (layers) => {
      marked = layers;
      draw();
    });

    const heading = R.heading(block.title, block.symbol, R.tools(block.title, block.measure, () => rowsOf(block)));
    const wide = axis.count > 26 ? "chart wide" : "chart";
    const card = R.card(
      heading,
      wide,
      R.el("p", { class: "summary" }, block.summary),
      legend(block, draw),
      host,
      R.notes(block.notes),
      block.caption ? R.el("p", { class: "caption" }, block.caption) : null,
      R.lazyTable(`Numbers of ${block.title}`, () => rowsOf(block)),
    );
    card.dataset.measure = block.measure;
    return card;
  };

  /* The numbers as a table that is made when it is opened. */
  R.lazyTable = (label, rows) => {
    const box = R.el("details", { class: "as-table" }, R.el("summary", {}, "Numbers as a table"));
    box.addEventListener("toggle", () => {
      if (!box.open || box.childElementCount > 1) return;
      const [head, ...body] = rows();
      const numeric = head.map((_, j) => body.some((row) => typeof row[j] === "number"));
      const order = head.map((_, j) => j).filter((j) => head[j] !== "measure");
      const columns = order.map((j) => ({ label: head[j], group: "", numeric: numeric[j] }));
      box.append(R.scrollBox(label, R.plainTable(columns, body.map((row) => order.map((j) => row[j])))));
    });
    return box;
  };
})();
