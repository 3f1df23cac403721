/* Blocks of words: paragraphs, facts, findings, settings, links. */
(() => {
  R.blocks.text = (block) => R.el("p", { class: "prose wide" }, block.text);

  R.definitions = (items, name) =>
    R.el("dl", { class: name }, items.map(([term, value]) => R.el("div", {}, R.el("dt", {}, term), R.el("dd", {}, value))));

  R.heading = (text, symbol, tools) => {
    const id = R.id("block");
    const same = !symbol || symbol.toLowerCase() === text.toLowerCase();
    const head = R.el("h3", { id }, text, same ? null : R.el("span", { class: "symbol" }, symbol));
    return { id, node: R.el("header", { class: "card-head" }, head, tools || null) };
  };

  R.card = (heading, name, ...children) =>
    R.el("article", { class: `card ${name}`, "aria-labelledby": heading.id }, heading.node, ...children);

  /* Sentences that must be read with the numbers: all in sight when they are few, the first ones otherwise. */
  R.notes = (notes) => {
    if (!notes.length) return null;
    const more = (note) => (note.more ? " (the numbers differ from place to place; each stands in the table below)" : "");
    const item = (note) =>
      R.el("li", {}, note.text, more(note), note.where ? R.el("span", { class: "where" }, note.where) : null);
    const list = (some) => R.el("ul", {}, some.map(item));
    const box = R.el("div", { class: "notes", role: "note", "aria-label": "To be read with the numbers" });
    if (notes.length <= 4) box.append(list(notes));
    else {
      const rest = notes.slice(3);
      box.append(list(notes.slice(0, 3)), R.el("details", {}, R.el("summary", {}, `${rest.length} more notes`), list(rest)));
    }
    return box;
  };

  R.blocks.facts = (block) => {
    const heading = R.heading(block.title, "", R.tools(block.title, block.title, () => [["term", "value"], ...block.items]));
    return R.card(heading, "facts", R.definitions(block.items, "pairs"));
  };

  R.blocks.code = (block) => {
    const copy = R.el("button", { type: "button", class: "quiet", "aria-label": `Copy ${block.title}` }, "Copy");
    copy.addEventListener("click", async () => {
      await R.copy(block.text);
      R.flash(copy, "Copied");
    });
    const heading = R.heading(block.title, "", R.el("div", { class: "tools" }, copy));
    const text = R.el("pre", { tabindex: "0", role: "region", "aria-label": block.title }, R.el("code", {}, block.text));
    return R.card(heading, "code", text);
  };

  const mark = (tone) => {
    const face = R.svg("svg", { viewBox: "0 0 20 20", width: 20, height: 20, class: "mark", "aria-hidden": "true" });
    if (tone === "warning") {
      face.append(R.svg("path", { d: "M10 2.5 18.5 17.5 1.5 17.5 Z", class: "icon-line" }));
      face.append(R.svg("path", { d: "M10 8v4.6M10 14.6v.9", class: "icon-line" }));
    } else {
      face.append(R.svg("circle", { cx: 8.5, cy: 8.5, r: 5.5, class: "icon-line" }));
      face.append(R.svg("path", { d: "M12.8 12.8 18 18", class: "icon-line" }));
    }
    return face;
  };

  const finding = (item) => {
    const id = R.id("finding");
    const button = R.el("button", { type: "button", class: "chip-set", "aria-pressed": "false" });
    const shown = item.layers.slice(0, 6);
    const rest = item.layers.length - shown.length;
    button.append(R.el("span", { class: "unseen" }, "Mark in the charts: "));
    shown.forEach((layer) => button.append(R.el("span", { class: "chip" }, layer), " "));
    if (rest > 0) button.append(`and ${rest} more`);
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      document.querySelectorAll(".chip-set").forEach((other) => other.setAttribute("aria-pressed", "false"));
      button.setAttribute("aria-pressed", String(on));
      R.emit("mark", on ? item.layers : []);
      R.say(on ? `Marked in the charts: ${item.layers.join(", ")}` : "Nothing is marked");
    });
    const warning = item.tone === "warning";
    return R.el(
      "li",
      { class: `finding ${warning ? "warning" : "note"}`, "aria-labelledby": id },
      mark(item.tone),
      R.el(
        "div",
        {},
        R.el("h3", { id }, warning ? R.el("span", { class: "unseen" }, "Warning: ") : null, item.title),
        R.el("p", {}, item.sentence),
        R.el(
          "div",
          { class: "finding-foot" },
          item.partition ? R.el("span", { class: "where" }, item.partition) : null,
          item.layers.length ? button : null,
        ),
        item.criterion
          ? R.el("details", { class: "criterion" }, R.el("summary", {}, "How it was decided"), R.el("p", {}, item.criterion))
          : null,
      ),
    );
  };

  R.blocks.findings = (block) => {
    if (!block.items.length) return R.el("p", { class: "silence wide" }, block.silence);
    return R.el("ul", { class: "findings wide" }, block.items.map(finding));
  };

  R.blocks.links = (block) =>
    R.el(
      "ul",
      { class: "links wide" },
      block.items.map(([title, address, line]) =>
        R.el("li", {}, R.el("a", { href: address }, R.el("span", { class: "link-title" }, title)), R.el("p", {}, line)),
      ),
    );

  R.blocks.drawn = (block) => R.drawn[block.name](block.data);
})();
