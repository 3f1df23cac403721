/* Every picture to take away: its numbers copied or as CSV, itself as SVG or PNG. */
(() => {
  const field = (value) => {
    if (value === null || value === undefined) return "";
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };

  /* Rows of values to CSV as RFC 4180 has it; the first row holds the names of the columns. */
  R.csv = (rows) => rows.map((row) => row.map(field).join(",")).join("\r\n") + "\r\n";

  R.download = (name, blob) => {
    const address = URL.createObjectURL(blob);
    const link = R.el("a", { href: address, download: name, hidden: true });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  };

  R.copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = R.el("textarea", { class: "unseen", "aria-hidden": "true", tabindex: "-1" });
      area.value = text;
      document.body.append(area);
      const before = document.activeElement;
      area.select();
      document.execCommand("copy");
      area.remove();
      if (before) before.focus();
    }
  };

  const button = (word, label, act) => {
    const node = R.el("button", { type: "button", class: "quiet", "aria-label": label }, word);
    node.addEventListener("click", async () => {
      try {
        R.flash(node, await act());
      } catch (error) {
        R.flash(node, "Failed");
        R.say(`${label}: ${error.message}`);
      }
    });
    return node;
  };

  /* The name of the files of a picture: the section it stands in, then its own, which tells it apart within the section. */
  const named = (tools, more) => {
    const section = tools.closest("section[id]");
    const own = tools.dataset.file;
    const words = [section && !own.startsWith(section.id) ? section.id : "", own, more || ""].join(" ");
    return words.replace(/[^\p{L}\p{N}_.]+/gu, "-").replace(/^[-.]+|[-.]+$/g, "");
  };

  /* The same with a number, where several have one name. */
  const fileOf = (tools, more) => {
    const alike = [...document.querySelectorAll(".tools[data-file]")].filter((other) => named(other) === named(tools));
    return named(tools, alike.length > 1 ? `${alike.indexOf(tools) + 1} ${more || ""}` : more);
  };

  /* Buttons that take a picture away. `what` names it for people, `file` the files, `rows` makes its numbers when asked,
     and `parts` answers the elements that it is drawn with, from the title to the legend; without it there are numbers only.
     Where a picture is of a part of the numbers, `shown` says of which. */
  R.tools = (what, file, rows, parts, shown) => {
    const save = (ending, blob, more) => {
      R.download(`${fileOf(tools, more)}.${ending}`, blob);
      return "Saved";
    };
    const now = () => (shown ? shown() : "");
    const text = () => rows().map((row) => row.map((v) => v ?? "").join("\t")).join("\n");
    const copy = async () => {
      await R.copy(text());
      return "Copied";
    };
    const csv = () => save("csv", new Blob(["\ufeff", R.csv(rows())], { type: "text/csv;charset=utf-8" }));
    const svg = () => save("svg", new Blob([R.figure(what, parts()).text], { type: "image/svg+xml" }), now());
    const png = async () => save("png", await R.pixels(R.figure(what, parts())), now());
    const tools = R.el(
      "div",
      { class: "tools", "data-file": file },
      button("Copy", `Copy the numbers of ${what}`, copy),
      button("CSV", `Download the numbers of ${what} as CSV`, csv),
      parts && button("SVG", `Download the picture of ${what} as SVG`, svg),
      parts && button("PNG", `Download the picture of ${what} as PNG`, png),
    );
    return tools;
  };

  R.flash = (button, word) => {
    const before = button.dataset.word || button.textContent;
    button.dataset.word = before;
    button.textContent = word;
    R.say(word);
    clearTimeout(button.timer);
    button.timer = setTimeout(() => (button.textContent = before), 1600);
  };
})();
