/* Heat maps as tables: a cell can be pointed at, focused and read aloud. */
(() => {
  /* Ramps from nothing to everything, one for each theme; a step is chosen by value, the ink by its luminance. */
  const RAMPS = {
    light: [[250, 248, 243], [214, 226, 224], [150, 193, 199], [78, 148, 172], [32, 101, 143], [16, 58, 102], [11, 27, 60]],
    dark: [[29, 31, 36], [30, 50, 66], [32, 80, 104], [44, 116, 138], [84, 157, 166], [151, 200, 190], [228, 240, 222]],
  };
  const STEPS = 80;
  const some = (x) => x !== null && x !== undefined;

  const mix = (ramp, v) => {
    const at = Math.max(0, Math.min(1, v)) * (ramp.length - 1);
    const i = Math.min(ramp.length - 2, Math.floor(at));
    return ramp[i].map((c, j) => Math.round(c + (ramp[i + 1][j] - c) * (at - i)));
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const css = (rgb) => `rgb(${rgb.join(" ")})`;
  const ink = (rgb) => (luminance(rgb) > 0.179 ? "#000" : "#fff");
  const both = (read) => `light-dark(${read(RAMPS.light)}, ${read(RAMPS.dark)})`;

  R.paint = (node, v) => {
    node.style.background = both((ramp) => css(mix(ramp, v)));
    node.style.color = both((ramp) => ink(mix(ramp, v)));
  };

  const compact = (v) => {
    if (Number.isInteger(v)) return R.count(v);
    return Math.abs(v) < 1 ? R.fixed(v, 2).replace(/^(−?)0/, "$1") : R.number(v);
  };

  function rowsOf(block) {
    const keys = [...new Set(block.sheets.flatMap((s) => Object.keys(s.keys)))];
    const rows = [[...keys, "layer", "other", "measure", "value", "low", "high", "null"]];
    for (const s of block.sheets) {
      s.rows.forEach((a, i) =>
        s.columns.forEach((b, j) => {
          const cell = [a, b, block.measure, s.values[i][j], s.low[i][j], s.high[i][j], s.null[i][j]];
          rows.push([...keys.map((k) => s.keys[k] || ""), ...cell]);
        }),
      );
    }
    return rows;
  }

  function rangeOf(block) {
    const [least, greatest] = block.bounds;
    if (least !== null && greatest !== null) return [least, greatest];
    const all = block.sheets.flatMap((s) => s.values.flat()).filter(some);
    return [least ?? Math.min(...all), greatest ?? Math.max(...all)];
  }

  function key(range) {
    const end = (x) => (Number.isInteger(x) ? R.count(x) : R.number(x));
    const bar = R.svg("svg", { class: "ramp", viewBox: `0 0 ${STEPS} 1`, preserveAspectRatio: "none" });
    for (let i = 0; i < STEPS; i++) {
      const step = R.svg("rect", { x: i, width: STEPS - i, height: 1 });
      step.style.fill = both((ramp) => css(mix(ramp, i / (STEPS - 1))));
      bar.append(step);
    }
    return R.el("div", { class: "key", "aria-hidden": "true" }, end(range[0]), bar, end(range[1]));
  }

  function describe(block, sheet, i, j) {
    const value = sheet.values[i][j];
    const interval = some(sheet.low[i][j]) && some(sheet.high[i][j]) ? `, ${R.interval(sheet.low[i][j], sheet.high[i][j])}` : "";
    const chance = some(sheet.null[i][j]) ? `; chance ${R.number(sheet.null[i][j])}` : "";
    return { pair: `${sheet.rows[i]} × ${sheet.columns[j]}`, numbers: some(value) ? `${R.number(value)}${interval}${chance}` : "no score" };
  }

  /* A line across a cell that has no value. */
  const struck = () =>
    R.svg("svg", { class: "missing", viewBox: "0 0 24 24", preserveAspectRatio: "none", "aria-hidden": "true" }, R.svg("path", { d: "M0 24L24 0", class: "axis" }));

  function grid(block, sheet, range, readout) {
    const [low, high] = range;
    const span = high - low || 1;
    const longest = Math.max(sheet.rows.length, sheet.columns.length);
    const written = longest <= 16;
    const size = ["large", "medium", "small", "tiny"][[16, 26, 38].filter((most) => longest > most).length];
    const table = R.el("table", { class: `heat ${size}`, role: "grid", "aria-label": `${block.title}, ${sheet.name}` });
    const short = (name) => R.el("span", { title: name }, R.brief(name, 15));
    /* where rows are thin, every second name waits until it is pointed at */
    const turn = (i) => (i % 2 ? "second" : null);
    const head = sheet.columns.map((name, j) =>
      R.el("th", { scope: "col", class: turn(j), "data-layer": name, "aria-label": name }, short(name)),
    );
    table.append(R.el("thead", {}, R.el("tr", {}, R.el("td"), head)));
    const cells = [];
    const body = R.el("tbody");
    const sides = [];
    sheet.rows.forEach((name, i) => {
      const side = R.el("th", { scope: "row", class: turn(i), "data-layer": name, "aria-label": name }, short(name));
      sides.push(side);
      const line = R.el("tr", {}, side);
      sheet.columns.forEach((_, j) => {
        const value = sheet.values[i][j];
        const words = describe(block, sheet, i, j);
        const cell = R.el("td", { tabindex: "-1", "aria-label": `${words.pair}: ${words.numbers}` });
        if (some(value)) {
          R.paint(cell, (value - low) / span);
          if (written) cell.append(compact(value));
        } else cell.append(struck());
        cells.push(cell);
        line.append(cell);
      });
      body.append(line);
    });
    table.append(body);
    const width = sheet.columns.length;
    const idle = readout.textContent;
    let lit = [];
    const show = (index) => {
      lit.forEach((node) => node.classList.remove("lit"));
      const i = Math.floor(index / width);
      const j = index % width;
      lit = [sides[i], head[j]];
      lit.forEach((node) => node.classList.add("lit"));
      const words = describe(block, sheet, i, j);
      readout.replaceChildren(R.el("b", {}, words.pair), ` ${words.numbers}`);
    };
    const rest = () => {
      lit.forEach((node) => node.classList.remove("lit"));
      readout.textContent = idle;
    };
    const over = (event) => {
      const index = cells.indexOf(event.target.closest("td"));
      if (index >= 0) show(index);
    };
    table.addEventListener("pointerover", over);
    table.addEventListener("focusin", over);
    table.addEventListener("pointerleave", rest);
    table.addEventListener("focusout", rest);
    R.roving(table, () => cells, (pressed, here, list) => {
      const column = here % width;
      const moves = {
        ArrowRight: column < width - 1 ? here + 1 : here,
        ArrowLeft: column > 0 ? here - 1 : here,
        ArrowDown: here + width < list.length ? here + width : here,
        ArrowUp: here - width >= 0 ? here - width : here,
        Home: here - column,
        End: here - column + width - 1,
      };
      return moves[pressed];
    });
    R.on("mark", (layers) => [...head, ...sides].forEach((n) => n.classList.toggle("marked", layers.includes(n.dataset.layer))));
    return table;
  }

  R.blocks.matrix = (block) => {
    const range = rangeOf(block);
    const figures = block.sheets.map((sheet) => {
      const readout = R.el("p", { class: "readout" }, "Point at a cell, or focus it and use the arrow keys.");
      const sides = block.row_title === block.column_title ? "" : ` · rows ${block.row_title}, columns ${block.column_title}`;
      const scroll = R.el("div", { class: "scroll" }, grid(block, sheet, range, readout));
      return R.el("figure", { class: "sheet" }, R.el("figcaption", {}, R.el("b", {}, sheet.name), sides), scroll, readout);
    });
    const scale = key(range);
    const sheets = R.el("div", { class: "sheets" }, figures);
    const tools = R.tools(block.title, block.title, () => rowsOf(block), () => [heading.node, scale, sheets]);
    const heading = R.heading(block.title, block.symbol, tools);
    const card = R.card(
      heading,
      "wide",
      R.el("p", { class: "summary" }, block.summary),
      scale,
      sheets,
      R.notes(block.notes),
      block.caption ? R.el("p", { class: "caption" }, block.caption) : null,
      R.lazyTable(`Numbers of ${block.title}`, () => rowsOf(block)),
    );
    card.dataset.measure = block.measure;
    return card;
  };
})();
