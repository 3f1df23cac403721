/* Tables: numbers to the right, the first column stays in sight, the box scrolls and not the page. */
(() => {
  const cell = (value, numeric, whole) => {
    if (numeric && typeof value !== "string") return whole ? R.count(value) : R.number(value);
    return value === null ? "–" : String(value);
  };

  /* Sentences are broken into lines; names and short texts are not. */
  const kind = (value, numeric) => (numeric ? "numeric" : String(value).length > 12 && /\s/.test(value) ? "words" : null);

  const spans = (columns) => {
    const out = [];
    for (const column of columns) {
      const last = out[out.length - 1];
      if (last && last.group === column.group && column.group) last.count++;
      else out.push({ group: column.group, count: 1 });
    }
    return out;
  };

  R.plainTable = (columns, rows, layers) => {
    const head = R.el("thead");
    const grouped = columns.some((c) => c.group);
    if (grouped) {
      const line = R.el("tr");
      for (const { group, count } of spans(columns)) {
        if (group) line.append(R.el("th", { scope: "colgroup", colspan: count, class: "group" }, group));
        else line.append(R.el("td", { colspan: count }));
      }
      head.append(line);
    }
    head.append(
      R.el("tr", {}, columns.map((c) => R.el("th", { scope: "col", class: c.numeric ? "numeric" : null }, c.label))),
    );
    /* a column of counts is written in whole numbers, a column of scores never */
    const whole = columns.map((_, j) => rows.every((row) => row[j] === null || Number.isInteger(row[j])));
    const body = R.el("tbody");
    rows.forEach((row, i) => {
      const line = R.el("tr", { "data-layer": layers ? layers[i] : null });
      row.forEach((value, j) => {
        const numeric = columns[j].numeric;
        const heads = j === 0 ? { scope: "row" } : {};
        const shape = { ...heads, class: kind(value, numeric && j > 0) };
        line.append(R.el(j === 0 ? "th" : "td", shape, cell(value, numeric, whole[j])));
      });
      body.append(line);
    });
    return R.el("table", { class: "numbers" }, head, body);
  };

  R.scrollBox = (label, ...children) =>
    R.el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, ...children);

  R.blocks.table = (block) => {
    const names = block.columns.map((c) => (c.group ? `${c.group} ${c.label}` : c.label));
    const heading = R.heading(block.title, "", R.tools(block.title, block.title, () => [names, ...block.rows]));
    const table = R.plainTable(block.columns, block.rows, block.layers.length ? block.layers : null);
    R.on("mark", (layers) => {
      for (const line of table.tBodies[0].rows) line.classList.toggle("marked", layers.includes(line.dataset.layer));
    });
    const summary = block.summary ? R.el("p", { class: "summary" }, block.summary) : null;
    return R.card(heading, "wide", summary, R.scrollBox(block.title, table));
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
