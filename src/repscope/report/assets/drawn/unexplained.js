/* For a pair of networks: canonical correlations, and the images furthest along what a linear map does not explain. */
(() => {
  const percent = (x) => `${(100 * x).toFixed(1)} %`;

  function choice(label, names, chosen, changed) {
    const options = names.map((name, i) => R.el("option", { value: i, selected: i === chosen }, name));
    const select = R.el("select", { onchange: changed }, options);
    select.id = R.id("network");
    return { select, parts: [R.el("label", { for: select.id }, label), select] };
  }

  function correlations(data, pair, a, b) {
    const none = pair.numbers.map(() => null);
    const series = {
      name: "canonical correlation", keys: { source: a, target: b }, layers: pair.numbers.map(String),
      values: pair.correlations, low: none, high: none, null: pair.numbers.map(() => pair.by_chance),
      remarks: pair.numbers.map(() => []), colour: 0, faint: false, open: false, ramp: null,
    };
    return R.blocks.chart({
      measure: "canonical_correlation", title: `Canonical correlations, ${a} and ${b}`, symbol: "", axis: "layers", notes: [],
      summary: "How well the best agreeing directions of both networks agree, then the next, and so on.",
      series: [series], bounds: [0, 1], range: [0, 1],
      caption: "Dashed: the largest of networks that have nothing in common, as chance gives with so many images and dimensions.",
    });
  }

  function strip(data, sheet, rows, label) {
    const pictures = rows.map((row) => {
      const figure = R.el("span", { class: "end-picture", role: "img", "aria-label": data.captions[row], title: data.captions[row] });
      if (sheet) figure.append(R.picture(sheet, row));
      return figure;
    });
    return R.el("div", { class: "end" }, R.el("span", { class: "dim" }, label), R.el("div", { class: "end-row" }, pictures));
  }

  function directions(data, sheet, pair, a, b) {
    const intro = `A linear map from ${a} leaves ${percent(pair.share)} of the variance of ${b} unexplained. Images that lie furthest along the directions with most of it:`;
    const all = pair.directions.map((share, i) =>
      R.el(
        "div",
        { class: "direction", role: "group", "aria-label": `Direction ${i + 1}` },
        R.el("h4", {}, `Direction ${i + 1}: ${percent(share)} of the variance`),
        strip(data, sheet, pair.images[i][0], "one end"),
        strip(data, sheet, pair.images[i][1], "the other"),
      ),
    );
    return R.el("div", { class: "directions" }, R.el("p", { class: "summary" }, intro), all);
  }

  R.drawn.unexplained = (data) => {
    const place = R.el("div", { class: "unexplained" });
    let sheet = null;
    const show = () => {
      const [a, b] = [from, to].map((c) => data.networks[Number(c.select.value)]);
      const pair = data.pairs[`${a}\t${b}`];
      if (pair) place.replaceChildren(correlations(data, pair, a, b), directions(data, sheet, pair, a, b));
      else place.replaceChildren(R.el("p", { class: "prose" }, a === b ? "Choose two different networks." : `Not known: ${data.why_not}.`));
    };
    const from = choice("Source", data.networks, 0, () => show());
    const to = choice("Target", data.networks, 1, () => show());
    if (data.sheet) R.sheet(data.sheet).then((made) => { sheet = made; show(); });
    show();
    return R.el(
      "div",
      { class: "film wide", role: "group", "aria-label": "What a linear map does not see" },
      R.el("h3", {}, "What a linear map does not see"),
      R.el("div", { class: "choices" }, from.parts, to.parts),
      place,
    );
  };
})();
