/* The grid of samples: a list box of pictures that are drawn when they come into sight. */
(() => {
  /* `source` answers the source in view, `choose` is called with the position that was clicked or entered. */
  R.sampleGrid = (source, nameOf, choose) => {
    const label = "Samples; arrow keys move, Enter chooses";
    const grid = R.el("div", { class: "samples", role: "listbox", "aria-label": label });
    const tiles = () => [...grid.querySelectorAll(".sample")];
    const positionOf = (tile) => Number(tile.dataset.position);

    const watcher = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (!isIntersecting || target.firstChild) continue;
          target.append(R.picture(source().gallery.sheet, positionOf(target)));
          watcher.unobserve(target);
        }
      },
      { root: grid, rootMargin: "300px" },
    );

    const perRow = (list) => {
      const next = list.findIndex((tile) => tile.offsetTop > list[0].offsetTop);
      return next < 0 ? list.length : next;
    };
    const step = (pressed, here, list) => {
      if (pressed === "Enter" || pressed === " ") {
        choose(positionOf(list[here]));
        return here;
      }
      const row = perRow(list);
      const moves = { ArrowRight: here + 1, ArrowLeft: here - 1, ArrowDown: here + row, ArrowUp: here - row };
      return { ...moves, Home: 0, End: list.length - 1 }[pressed];
    };
    const rove = R.roving(grid, tiles, step);
    grid.addEventListener("click", (event) => {
      const tile = event.target.closest(".sample");
      if (tile) choose(positionOf(tile));
    });

    /* The samples at these positions, and the one that is looked at. */
    const fill = (list, query) => {
      watcher.disconnect();
      const none = { class: "none", role: "option", "aria-disabled": "true" };
      grid.replaceChildren(
        ...list.map((position) => {
          const shape = { class: "sample", role: "option", tabindex: "-1", "data-position": position };
          const chosen = String(position === query);
          return R.el("div", { ...shape, "aria-selected": chosen, "aria-label": nameOf(position) });
        }),
        ...(list.length ? [] : [R.el("p", none, "No sample fits.")]),
      );
      tiles().forEach((tile) => watcher.observe(tile));
      rove.set(Math.max(0, list.indexOf(query)), false);
    };

    /* The grid scrolls to the chosen sample, the page does not. */
    const select = (query) => {
      for (const tile of tiles()) {
        const chosen = positionOf(tile) === query;
        tile.setAttribute("aria-selected", String(chosen));
        if (!chosen) continue;
        const [top, bottom] = [tile.offsetTop, tile.offsetTop + tile.offsetHeight];
        const seen = top >= grid.scrollTop && bottom <= grid.scrollTop + grid.clientHeight;
        if (!seen) grid.scrollTop = top - grid.clientHeight / 2;
      }
    };
    return { node: grid, fill, select };
  };
})();
