/* The card of a chart: legend, numbers under the pointer or the keys, notes, and the numbers to take away. */
(() => {
  const some = (x) => x !== null && x !== undefined;

  function rowsOf(block) {
    const keys = [...new Set(block.series.flatMap((s) => Object.keys(s.keys)))];
    const rows = [[...keys, "layer", "measure", "value", "low", "high", "null", "notes"]];
    for (const s of block.series) {
      s.layers.forEach((layer, i) => {
        const notes = (s.remarks[i] || []).join("; ");
        const numbers = [s.values[i], s.low[i], s.high[i], s.null[i]];
        if (!notes && !numbers.some(some)) return; // the curve does not have this layer
        const row = [layer, block.measure, ...numbers, notes];
        rows.push([...keys.map((k) => s.keys[k] || ""), ...row]);
      });
    }
    return rows;
  }

  function legend(block, redraw) {
    const list = R.el("div", { class: "legend", role: "group", "aria-label": "Curves shown" });
    const swatch = (...children) => R.svg("svg", { width: 30, height: 12, viewBox: "0 0 30 12", "aria-hidden": "true" }, children);
    for (const series of block.series) {
      const line = R.svg("path", { d: "M1 6H29", class: `${R.seriesClass(series)} line` });
      const button = R.el("button", { type: "button", "aria-pressed": "true", class: "legend-item" });
      button.append(swatch(line, R.marker(series, 15, 6, 3.6)), series.name);
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

  /* What stands at one place, in words. */
  function reading(block, axis, i) {
    const lines = block.series
      .filter((s) => !s.hidden)
      .map((s) => {
        const j = axis.nearest(s, i);
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
      const key = R.svg("svg", { width: 14, height: 12, viewBox: "0 0 14 12" }, R.marker(line.series, 7, 6, 3.8));
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

  /* Where the bubble stands: beside the place, on the side that has room. */
  function setBubble(bubble, px, width) {
    const room = bubble.offsetWidth;
    const left = px + 14 + room > width ? px - 14 - room : px + 14;
    bubble.style.left = `${Math.max(0, Math.min(width - room, left))}px`;
  }

  /* The drawing, kept up with the width of its box, with the layers that are marked, and with pointer and keys. */
  function plotOf(block, axis) {
    const bubble = R.el("div", { class: "tip", hidden: true, "aria-hidden": "true" });
    const label = `${block.title}, ${axis.count} layers; arrow keys read the numbers`;
    const shape = { class: "plot", tabindex: "0", role: "group", "aria-roledescription": "line chart" };
    const host = R.el("div", { ...shape, "aria-label": label });
    const state = { width: 0, marked: [], cursor: null, drawn: null };

    const draw = () => {
      if (!state.width) return;
      state.drawn = R.drawCurves(block, axis, state.width, state.marked, state.cursor);
      host.replaceChildren(state.drawn.root, bubble);
      bubble.hidden = state.cursor === null;
      if (bubble.hidden) return;
      bubble.replaceChildren(...tip(reading(block, axis, state.cursor), axis).filter(Boolean));
      setBubble(bubble, state.drawn.xOf(state.cursor), state.width);
    };
    const move = (next, speak) => {
      if (next === state.cursor) return;
      state.cursor = next;
      draw();
      if (speak && next !== null) R.say(reading(block, axis, next).spoken);
    };
    const point = (e) => state.drawn && move(state.drawn.place(e.clientX - host.getBoundingClientRect().left));
    host.addEventListener("pointermove", point);
    host.addEventListener("pointerdown", point);
    host.addEventListener("pointerleave", () => document.activeElement !== host && move(null));
    host.addEventListener("blur", () => move(null));
    host.addEventListener("keydown", (e) => {
      const last = axis.count - 1;
      const from = state.cursor === null ? -1 : state.cursor;
      const moves = { ArrowRight: Math.min(last, from + 1), ArrowLeft: Math.max(0, from - 1), Home: 0, End: last };
      if (e.key === "Escape") move(null);
      if (moves[e.key] === undefined) return;
      e.preventDefault();
      move(moves[e.key], true);
    });
    new ResizeObserver(([entry]) => {
      const now = Math.floor(entry.contentRect.width);
      if (now === state.width) return;
      state.width = now;
      draw();
    }).observe(host);
    R.on("mark", (layers) => {
      state.marked = layers;
      draw();
    });
    return { host, draw };
  }

  R.blocks.chart = (block) => {
    const axis = R.axisOf(block);
    const { host, draw } = plotOf(block, axis);
    const curves = legend(block, draw);
    const tools = R.tools(block.title, block.title, () => rowsOf(block), () => [heading.node, curves, host]);
    const heading = R.heading(block.title, block.symbol, tools);
    const card = R.card(
      heading,
      axis.count > 26 ? "chart wide" : "chart",
      R.el("p", { class: "summary" }, block.summary),
      curves,
      host,
      R.notes(block.notes),
      block.caption ? R.el("p", { class: "caption" }, block.caption) : null,
      R.lazyTable(`Numbers of ${block.title}`, () => rowsOf(block)),
    );
    card.dataset.measure = block.measure;
    return card;
  };
})();
