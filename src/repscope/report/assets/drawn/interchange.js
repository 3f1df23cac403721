/* Hybrids of networks: a table shaded by the change against the source, and a ring of networks joined by what mapping changes. */
(() => {
  const SIDE = 420;
  const ring = (i, n, r) => {
    const angle = (2 * Math.PI * i) / n - Math.PI / 2;
    return [SIDE / 2 + r * Math.cos(angle), SIDE / 2 + r * Math.sin(angle)];
  };
  const percent = (x) => `${(100 * x).toFixed(1)} %`;
  const signed = (x) => R.fixed(x, 1).replace(/^(?=[1-9]|0\.[1-9])/, "+");

  function words(data, kind, i, j) {
    const cell = kind.cells[i][j];
    const [a, b] = [data.networks[i], data.networks[j]];
    if (i === j) return `${a} by itself is right on ${percent(cell.right)}.`;
    const own = [percent(kind.cells[i][i].right), percent(kind.cells[j][j].right)];
    const list = (items) => items.map(([name, count]) => `${name} ${count > 0 ? "+" : "−"}${Math.abs(count)}`).join(", ");
    const moved = [cell.gain.length ? `gain: ${list(cell.gain)}` : "", cell.lose.length ? `lose: ${list(cell.lose)}` : ""].filter(Boolean);
    const features = cell.features === null || cell.features === undefined ? "" : ` R² of the features ${cell.features.toFixed(3)}.`;
    return (
      `${a} into ${b}: right on ${percent(cell.right)}, ${signed(cell.change)} % of the source's [${signed(cell.low)}, ${signed(cell.high)}]. ` +
      `By themselves: ${a} ${own[0]}, ${b} ${own[1]}.${features}${moved.length ? ` Images by class that ${moved.join("; ")}.` : ""}`
    );
  }

  function grid(data, kind, say) {
    const changes = kind.cells.slice(0, data.real).flatMap((line) => line.slice(0, data.real).map((cell) => cell.change ?? 0));
    const worst = Math.max(1, ...changes.map((x) => -x));
    const table = R.el("table", { class: "heat large", role: "grid", "aria-label": `Accuracy of hybrids, ${kind.name}` });
    const short = (name) => R.el("span", { title: name }, R.brief(name, 18));
    const head = data.networks.map((name) => R.el("th", { scope: "col", "aria-label": name }, short(name)));
    const cells = [];
    const body = data.networks.map((name, i) => {
      const line = data.networks.map((_, j) => {
        const cell = kind.cells[i][j];
        const text = (100 * cell.right).toFixed(1);
        const td = R.el("td", { role: "gridcell", tabindex: -1, "aria-label": words(data, kind, i, j) }, text);
        if (i === j) td.classList.add("own");
        R.paint(td, i === j ? 0 : Math.min(1, Math.max(0, -cell.change) / worst));
        const show = () => say(words(data, kind, i, j));
        td.addEventListener("pointerenter", show);
        td.addEventListener("focus", show);
        cells.push(td);
        return td;
      });
      return R.el("tr", {}, R.el("th", { scope: "row", "aria-label": name }, short(name)), line);
    });
    cells[0].tabIndex = 0;
    const n = data.networks.length;
    table.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -n, ArrowDown: n }[event.key];
      const at = cells.indexOf(document.activeElement);
      if (!step || at < 0) return;
      const sideways = Math.abs(step) === 1 && Math.floor((at + step) / n) !== Math.floor(at / n);
      const next = cells[at + step];
      if (!next || sideways) return;
      event.preventDefault();
      cells[at].tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });
    table.append(R.el("thead", {}, R.el("tr", {}, R.el("td"), head)), R.el("tbody", {}, body));
    return R.el("div", { class: "scroll", tabindex: -1 }, table);
  }

  /* Networks on a ring; a line is the mean change of both directions, the thicker the less is lost. */
  function graph(data, kind) {
    const n = data.real;
    const picture = R.svg("svg", { viewBox: `-140 -20 ${SIDE + 280} ${SIDE + 40}`, role: "img", class: "ring", "aria-label": `Networks joined by what mapping changes, ${kind.name}` });
    const both = [];
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) both.push([i, j, (kind.cells[i][j].change + kind.cells[j][i].change) / 2]);
    const worst = Math.max(1, ...both.map(([, , x]) => -x));
    both.sort((x, y) => x[2] - y[2]);
    for (const [i, j, x] of both) {
      const kept = 1 - Math.min(1, Math.max(0, -x) / worst);
      const [x1, y1] = ring(i, n, SIDE / 2 - 20);
      const [x2, y2] = ring(j, n, SIDE / 2 - 20);
      const line = R.svg("line", { x1, y1, x2, y2, class: "tie" });
      line.style.strokeWidth = `${0.5 + 4 * kept}px`;
      line.style.opacity = String(0.12 + 0.7 * kept);
      line.append(R.svg("title", {}, `${data.networks[i]} and ${data.networks[j]}: ${signed(x)} % on average of both directions`));
      picture.append(line);
    }
    for (let i = 0; i < n; i++) {
      const [cx, cy] = ring(i, n, SIDE / 2 - 20);
      const [x, y] = ring(i, n, SIDE / 2 - 4);
      picture.append(R.svg("circle", { cx, cy, r: 6, class: "knot" }));
      const anchor = Math.abs(x - SIDE / 2) < 20 ? "middle" : x < SIDE / 2 ? "end" : "start";
      picture.append(R.svg("text", { x, y: y + 4, "text-anchor": anchor }, data.networks[i]));
    }
    return picture;
  }

  R.drawn.interchange = (data) => {
    const readout = R.el("p", { class: "readout", role: "status" });
    const say = (text) => (readout.textContent = text);
    const place = R.el("div", { class: "hybrids" });
    const buttons = data.kinds.map((kind, i) =>
      R.el("button", { type: "button", class: "frame-button", "aria-pressed": "false", onclick: () => show(i) }, kind.name),
    );
    const show = (i) => {
      buttons.forEach((button, j) => button.setAttribute("aria-pressed", String(i === j)));
      place.replaceChildren(grid(data, data.kinds[i], say), graph(data, data.kinds[i]));
      say("Point at a cell, or walk with the arrow keys.");
    };
    show(0);
    return R.el(
      "div",
      { class: "film wide", role: "group", "aria-label": "Hybrids" },
      R.el("h3", {}, "Hybrids: accuracy, shaded by the change against the source"),
      R.el("div", { class: "choices", role: "group", "aria-label": "Kind of map" }, buttons),
      readout,
      place,
    );
  };
})();
