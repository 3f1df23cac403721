/* Every picture's numbers: copied, or downloaded as CSV. */
(() => {
  const field = (value) => {
    if (value === null || value === undefined) return "";
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };

  /* Rows of values to CSV as RFC 4180 has it; the first row holds the names of the columns. */
  R.csv = (rows) => rows.map((row) => row.map(field).join(",")).join("\r\n") + "\r\n";

  R.download = (name, text) => {
    const address = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
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

  /* Two buttons. `what` names the numbers for people, `file` the file, `rows` makes them when asked. */
  R.tools = (what, file, rows) => {
    const copy = R.el("button", { type: "button", class: "quiet", "aria-label": `Copy the numbers of ${what}` }, "Copy");
    const save = R.el(
      "button",
      { type: "button", class: "quiet", "aria-label": `Download the numbers of ${what} as CSV` },
      "CSV",
    );
    copy.addEventListener("click", async () => {
      await R.copy(rows().map((row) => row.map((v) => (v === null || v === undefined ? "" : v)).join("\t")).join("\n"));
      R.flash(copy, "Copied");
    });
    save.addEventListener("click", () => {
      R.download(`${file.replace(/[^A-Za-z0-9_.-]+/g, "-")}.csv`, R.csv(rows()));
      R.flash(save, "Saved");
    });
    return R.el("div", { class: "tools" }, copy, save);
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
