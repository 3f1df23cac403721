/* The neighbour explorer: which samples are offered, and which one is looked at. */
(() => {
  async function open(block) {
    const galleries = await Promise.all(
      block.galleries.map(async (g) => {
        const position = new Map(g.ids.map((id, i) => [id, i]));
        return { ...g, sheet: await R.sheet(g.sheet), position };
      }),
    );
    return Promise.all(
      block.sources.map(async (s) => {
        const packed = [s.queries, s.neighbours, s.agree, s.vote];
        const [queries, neighbours, agree, vote] = await Promise.all(packed.map(R.unpack));
        const row = new Map(Array.from(queries, (position, i) => [position, i]));
        return { ...s, gallery: galleries[s.gallery], queries, neighbours, agree, vote, row };
      }),
    );
  }

  /* The sample to begin with: the one whose neighbours turn to its own class most, from the first layer to the last. */
  function telling(s) {
    if (!s.agree) return s.queries[0];
    const layers = s.layers.length;
    const gain = Array.from(s.queries, (_, i) => s.agree[i * layers + layers - 1] - s.agree[i * layers]);
    return s.queries[gain.indexOf(Math.max(...gain))];
  }

  const option = (value, text) => R.el("option", { value }, text);

  function labelled(text, control) {
    control.id = R.id("field");
    return R.el("div", { class: "field" }, R.el("label", { for: control.id }, text), control);
  }

  /* The fields that say which samples are offered. */
  function fieldsOf(block, sources, known) {
    const source = R.el("select", {}, sources.map((s, i) => option(i, s.title)));
    const classes = R.el("select", {}, option("", "all classes"), block.class_names.map((name, i) => option(i, name)));
    const vote = R.el("select", {});
    const search = R.el("input", { type: "search", placeholder: "part of an id", autocomplete: "off", spellcheck: "false" });
    const node = R.el(
      "div",
      { class: "fields", role: "group", "aria-label": "Which samples" },
      sources.length > 1 ? labelled(block.galleries.length > 1 ? "Partition" : "Seen by", source) : null,
      known ? labelled("Class", classes) : null,
      known ? labelled("Neighbours’ vote", vote) : null,
      labelled("Find", search),
    );
    const setLayers = (layers) => {
      const before = vote.value;
      vote.replaceChildren(option("", "all samples"));
      if (known) layers.forEach((layer, i) => vote.append(option(i, `misjudged at ${layer}`)));
      vote.value = before && Number(before) < layers.length ? before : "";
    };
    return { node, source, classes, vote, search, setLayers };
  }

  /* Positions of the samples of a source that the fields let through. */
  function offered(s, fields) {
    const wanted = fields.search.value.trim().toLowerCase();
    const [label, layer] = [fields.classes.value, fields.vote.value];
    return Array.from(s.queries).filter((position, i) => {
      if (label !== "" && s.gallery.labels[position] !== Number(label)) return false;
      if (wanted && !s.gallery.ids[position].toLowerCase().includes(wanted)) return false;
      return layer === "" || s.vote[i * s.layers.length + Number(layer)] !== s.gallery.labels[position];
    });
  }

  /* How many of how many are offered, in words. */
  function counted(s, list) {
    const [total, here] = [s.gallery.total, s.queries.length];
    const all = here === total ? R.count(total) : `${R.count(here)} of ${R.count(total)}`;
    const some = list.length === here ? "" : `${R.count(list.length)} of `;
    const why = here === total ? "" : " (those whose neighbours’ pictures are all in this page)";
    return `${some}${all} ${s.gallery.partition} samples${why}`;
  }

  /* The address names the sample, so that it can be sent, and so that "back" goes back. */
  const addressOf = (s, position) =>
    `#sample=${encodeURIComponent(s.gallery.ids[position])}&in=${encodeURIComponent(s.key)}`;

  function addressed(sources, fallback) {
    const found = /^#sample=([^&]*)(?:&in=(.*))?$/.exec(location.hash);
    if (!found) return null;
    try {
      const [id, key] = [decodeURIComponent(found[1]), decodeURIComponent(found[2] || "")];
      const source = sources.find((s) => s.key === key) || fallback;
      const position = source.gallery.position.get(id);
      return source.row.has(position) ? { source, position } : null;
    } catch {
      return null; /* not an address that this page wrote */
    }
  }

  function build(block, sources, stage) {
    const known = Boolean(sources[0].agree);
    const home = { source: sources[0], position: telling(sources[0]) };
    const state = { source: null, query: null, trail: [] };
    const className = (gallery, position) => (gallery.labels ? block.class_names[gallery.labels[position]] : "");
    const nameOf = (position) => {
      const gallery = state.source.gallery;
      return [className(gallery, position), gallery.ids[position]].filter(Boolean).join(", ");
    };
    const fields = fieldsOf(block, sources, known);
    const count = R.el("p", { class: "count", role: "status" });
    const grid = R.sampleGrid(() => state.source, nameOf, (position) => go({ source: state.source, position }));
    const detail = R.el("section", { class: "detail", "aria-label": "Neighbours of the chosen sample" });

    const filter = () => {
      const list = offered(state.source, fields);
      grid.fill(list, state.query);
      count.textContent = counted(state.source, list);
      return list;
    };
    const show = ({ source, position }) => {
      const other = source !== state.source;
      Object.assign(state, { source, query: position });
      if (other) {
        fields.source.value = String(sources.indexOf(source));
        fields.setLayers(source.layers);
        filter();
      }
      grid.select(position);
      const choose = (next) => go({ source, position: next });
      const back = state.trail.length ? () => go(state.trail.pop(), true) : null;
      R.neighbours(detail, { source, query: position, names: block.class_names, known, className, go: choose, back });
    };
    const go = (next, backwards) => {
      if (!next.source.row.has(next.position)) return;
      const same = next.source === state.source && next.position === state.query;
      if (!backwards && !same) state.trail.push({ source: state.source, position: state.query });
      show(next);
      const address = addressOf(next.source, next.position);
      if (location.hash !== address) location.hash = address;
    };
    /* the address changed: by us, by the browser's own back button, or by hand */
    const follow = () => {
      const next = addressed(sources, state.source) || (location.hash ? null : home);
      if (next && (next.source !== state.source || next.position !== state.query)) show(next);
    };

    fields.source.addEventListener("change", () => {
      const id = state.source.gallery.ids[state.query];
      const source = sources[Number(fields.source.value)];
      const same = source.gallery.position.get(id);
      go({ source, position: source.row.has(same) ? same : telling(source) });
    });
    fields.classes.addEventListener("change", filter);
    fields.vote.addEventListener("change", filter);
    fields.search.addEventListener("input", filter);
    window.addEventListener("hashchange", follow);
    stage.replaceChildren(R.el("div", { class: "chooser" }, fields.node, count, grid.node), detail);
    show(addressed(sources, sources[0]) || home);
  }

  R.blocks.explorer = (block) => {
    const waiting = R.el("p", { class: "count" }, "Unpacking the pictures …");
    const stage = R.el("div", { class: "explorer wide", "aria-busy": "true" }, waiting);
    const begin = async () => {
      try {
        build(block, await open(block), stage);
      } catch (error) {
        stage.replaceChildren(R.el("p", { class: "silence" }, `The pictures could not be unpacked: ${error.message}`));
      }
      stage.removeAttribute("aria-busy");
    };
    begin();
    return stage;
  };
})();
