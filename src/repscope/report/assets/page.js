/* From data to page: bar, title, sections. */
(() => {
  const draw = (block) => {
    try {
      return R.blocks[block.kind](block);
    } catch (error) {
      return R.el("p", { class: "silence wide" }, `This part could not be drawn: ${error.message}`);
    }
  };

  function bar(page) {
    const links = page.sections.map((s) => R.el("li", {}, R.el("a", { href: `#${s.name}` }, s.title)));
    const nav = page.sections.length > 1 ? R.el("nav", { "aria-label": "Parts of the page" }, R.el("ul", {}, links)) : null;
    return R.el(
      "div",
      { class: "bar", role: "banner" },
      R.el("a", { class: "skip", href: "#main" }, "Skip to the content"),
      R.el("span", { class: "brand" }, "repscope"),
      nav,
      R.themeButton(),
    );
  }

  function title(page) {
    return R.el(
      "header",
      { class: "title" },
      R.el("p", { class: "overline" }, page.overline),
      R.el("h1", {}, page.title),
      R.el("p", { class: "lead" }, page.lead),
      page.facts.length ? R.definitions(page.facts, "figures") : null,
    );
  }

  function section(part) {
    const id = R.id("section");
    return R.el(
      "section",
      { id: part.name, "aria-labelledby": id },
      R.el("div", { class: "section-head" }, R.el("h2", { id }, part.title), part.lead ? R.el("p", { class: "lead" }, part.lead) : null),
      R.el("div", { class: "blocks" }, part.blocks.map(draw)),
    );
  }

  /* The link of the part that is in sight. */
  function follow(nav, parts) {
    const links = new Map([...nav.querySelectorAll("a")].map((a) => [a.hash.slice(1), a]));
    const seen = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          const link = links.get(entry.target.id);
          if (!link || !entry.isIntersecting) continue;
          for (const one of links.values()) one.removeAttribute("aria-current");
          link.setAttribute("aria-current", "true");
        }
      },
      { rootMargin: "-20% 0px -70% 0px" },
    );
    parts.forEach((part) => seen.observe(part));
  }

  R.start = () => {
    const page = JSON.parse(document.getElementById("data").textContent);
    const top = bar(page);
    const main = R.el("main", { id: "main", tabindex: "-1" }, title(page));
    document.body.append(top, main);
    const parts = page.sections.map(section);
    main.append(...parts);
    const foot = R.el("footer", { role: "contentinfo" }, `Made by repscope ${page.version}. This file is whole: it works offline and asks the network for nothing.`);
    document.body.append(foot);
    const nav = top.querySelector("nav");
    if (nav) follow(nav, parts);
    const wanted = /^#[A-Za-z0-9_-]+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (wanted) wanted.scrollIntoView();
    else if (location.hash.startsWith("#sample=") && document.getElementById("neighbours")) document.getElementById("neighbours").scrollIntoView();
  };
})();
