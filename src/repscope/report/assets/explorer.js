/* The neighbour explorer: the grid of samples, its filters, and which sample is looked at. */
(() => {
  async function open(block) {
    const galleries = await Promise.all(
      block.galleries.map(async (g) => ({ ...g, sheet: await R.sheet(g.sheet), position: new Map(g.ids.map((id, i) => [id, i])) })),
    );
    const sources = await Promise.all(
      block.sources.map(async (s) => {
        const names = ["queries", "neighbours", "agree", "vote"];
        const [queries, neighbours, agree, vote] = await Promise.all(names.map((name) => R.unpack(s[name])));
        const row = new Map(Array.from(queries, (position, i) => [position, i]));
        return { ...s, gallery: galleries[s.gallery], queries, neighbours, agree, vote, row };
      }),
    );
    return sources;
  }

  const option = (value, text) => R.el("option", { value }, text);

  /* The sample to begin with: the one whose neighbours turn to its own class most, from the first layer to the last. */
  function telling(s) {
    if (!s.agree) return s.queries[0];
    const layers = s.layers.length;
    const gain = Array.from(s.queries, (_, i) => s.agree[i * layers + layers - 1] - s.agree[i * layers]);
    return s.queries[gain.indexOf(Math.max(...gain))];
  }

  function labelled(text, control) {
    control.id = control.id || R.id("field");
    return R.el("div", { class: "field" }, R.el("label", { for: control.id }, text), control);
  }

  function build(block, sources, stage) {
    const names = block.class_names;
    const known = Boolean(sources[0].agree);
    const state = { source: sources[0], query: null, list: [] };
    const className = (gallery, position) => (gallery.labels ? names[gallery.labels[position]] : "");

    const source = R.el("select", {}, sources.map((s, i) => option(i, s.title)));
    const classes = R.el("select", {}, option("", "all classes"), names.map((name, i) => option(i, name)));
    const vote = R.el("select", {});
    const search = R.el("input", { type: "search", placeholder: "part of an id", autocomplete: "off", spellcheck: "false" });
    const count = R.el("p", { class: "count", role: "status" });
    const grid = R.el("div", { class: "samples", role: "listbox", "aria-label": "Samples; arrow keys move, Enter chooses" });
    const detail = R.el("section", { class: "detail", "aria-label": "Neighbours of the chosen sample" });

    const watcher = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (!isIntersecting || target.firstChild) continue;
          target.append(R.picture(state.source.gallery.sheet, Number(target.dataset.position)));
          watcher.unobserve(target);
        }
      },
      { root: grid, rootMargin: "300px" },
    );

    const tilesPerRow = () => {
      const tiles = [...grid.children];
      const next = tiles.findIndex((tile) => tile.offsetTop > tiles[0].offsetTop);
      return next < 0 ? tiles.length : next;
    };

    const misjudged = (s, i, layer) => s.vote[i * s.layers.length + layer] !== s.gallery.labels[s.queries[i]];

    function filter() {
      const s = state.source;
      const wanted = search.value.trim().toLowerCase();
      const layer = vote.value === "" ? null : Number(vote.value);
      state.list = [];
      s.queries.forEach((position, i) => {
        if (classes.value !== "" && s.gallery.labels[position] !== Number(classes.value)) return;
        if (wanted && !s.gallery.ids[position].toLowerCase().includes(wanted)) return;
        if (layer !== null && !misjudged(s, i, layer)) return;
        state.list.push(position);
      });
      watcher.disconnect();
      grid.replaceChildren(
        ...state.list.map((position) => {
          const label = [className(s.gallery, position), s.gallery.ids[position]].filter(Boolean).join(", ");
          const chosen = position === state.query;
          const shape = { class: "sample", role: "option", tabindex: "-1", "data-position": position };
          const tile = R.el("div", { ...shape, "aria-selected": String(chosen), "aria-label": label });
          watcher.observe(tile);
          return tile;
        }),
      );
      if (!state.list.length) grid.append(R.el("p", { class: "none", role: "option", "aria-disabled": "true" }, "No sample fits."));
      rove.set(Math.max(0, state.list.indexOf(state.query)), false);
      const total = s.gallery.total.toLocaleString("en-US");
      const here = s.queries.length.toLocaleString("en-US");
      const all = s.queries.length === s.gallery.total ? `${total}` : `${here} of ${total}`;
      const shown = state.list.length === s.queries.length ? "" : `${state.list.length.toLocaleString("en-US")} of `;
      const partly = s.queries.length === s.gallery.total ? "" : " (those whose neighbours’ pictures are all in this page)";
      count.textContent = `${shown}${all} ${s.gallery.partition} samples${partly}`;
    }

    const rove = R.roving(
      grid,
      () => [...grid.querySelectorAll(".sample")],
      (pressed, here, list) => {
        if (pressed === "Enter" || pressed === " ") {
          go(Number(list[here].dataset.position));
          return here;
        }
        const step = tilesPerRow();
        const moves = { ArrowRight: here + 1, ArrowLeft: here - 1, ArrowDown: here + step, ArrowUp: here - step, Home: 0, End: list.length - 1 };
        return moves[pressed];
      },
    );
    grid.addEventListener("click", (event) => {
      const tile = event.target.closest(".sample");
      if (tile) go(Number(tile.dataset.position));
    });

    /* The address names the sample, so that it can be sent, and so that "back" goes back. */
    const address = (position) =>
      `#sample=${encodeURIComponent(state.source.gallery.ids[position])}&in=${encodeURIComponent(state.source.key)}`;

    function go(position) {
      if (!state.source.row.has(position)) return;
      show(position);
      if (location.hash !== address(position)) location.hash = address(position);
    }

    function read() {
      const found = /^#sample=([^&]*)(?:&in=(.*))?$/.exec(location.hash);
      if (!found) return false;
      let id, key;
      try {
        [id, key] = [decodeURIComponent(found[1]), decodeURIComponent(found[2] || "")];
      } catch {
        return false;
      }
      const s = sources.find((one) => one.key === key) || state.source;
      const position = s.gallery.position.get(id);
      if (position === undefined || !s.row.has(position)) return false;
      if (s === state.source && position === state.query) return true;
      if (s !== state.source) choose(s);
      show(position);
      return true;
    }

    function show(position) {
      state.query = position;
      for (const tile of grid.querySelectorAll(".sample")) {
        const chosen = Number(tile.dataset.position) === position;
        tile.setAttribute("aria-selected", String(chosen));
        if (chosen) {
          /* the grid scrolls, the page does not */
          const above = tile.offsetTop - grid.offsetTop < grid.scrollTop;
          const below = tile.offsetTop - grid.offsetTop + tile.offsetHeight > grid.scrollTop + grid.clientHeight;
          if (above || below) grid.scrollTop = tile.offsetTop - grid.offsetTop - grid.clientHeight / 2;
        }
      }
      R.neighbours(detail, { source: state.source, query: position, names, known, className, go });
    }

    function choose(s) {
      state.source = s;
      source.value = String(sources.indexOf(s));
      const before = vote.value;
      vote.replaceChildren(option("", "all samples"));
      if (known) s.layers.forEach((layer, i) => vote.append(option(i, `misjudged at ${layer}`)));
      vote.value = before && Number(before) < s.layers.length ? before : "";
      filter();
    }

    source.addEventListener("change", () => {
      const id = state.source.gallery.ids[state.query];
      choose(sources[Number(source.value)]);
      const same = state.source.gallery.position.get(id);
      go(same !== undefined && state.source.row.has(same) ? same : (state.list[0] ?? state.source.queries[0]));
    });
    classes.addEventListener("change", filter);
    vote.addEventListener("change", filter);
    search.addEventListener("input", filter);
    window.addEventListener("hashchange", read);

    stage.replaceChildren(
      R.el(
        "div",
        { class: "chooser" },
        R.el(
          "div",
          { class: "fields", role: "group", "aria-label": "Which samples" },
          sources.length > 1 ? labelled(block.galleries.length > 1 ? "Partition" : "Seen by", source) : null,
          known ? labelled("Class", classes) : null,
          known ? labelled("Neighbours’ vote", vote) : null,
          labelled("Find", search),
        ),
        count,
        grid,
      ),
      detail,
    );
    choose(sources[0]);
    if (!read()) show(telling(sources[0]));
  }

  R.blocks.explorer = (block) => {
    const stage = R.el("div", { class: "explorer wide", "aria-busy": "true" }, R.el("p", { class: "count" }, "Unpacking the pictures …"));
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
