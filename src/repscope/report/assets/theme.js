/* Light, dark, or as the system says; the choice is kept where the browser allows it. */
(() => {
  const KEY = "repscope-theme";
  const WORDS = { auto: "Theme: system", light: "Theme: light", dark: "Theme: dark" };
  const ORDER = ["auto", "light", "dark"];

  const kept = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };

  const apply = (theme) => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  };

  const icon = (theme) => {
    const face = R.svg("svg", { viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true" });
    face.append(R.svg("circle", { cx: 10, cy: 10, r: 7, class: "icon-line" }));
    if (theme === "dark") face.append(R.svg("circle", { cx: 10, cy: 10, r: 7, class: "icon-fill" }));
    if (theme === "auto") face.append(R.svg("path", { d: "M10 3 a7 7 0 0 1 0 14 z", class: "icon-fill" }));
    return face;
  };

  R.themeButton = () => {
    let theme = ORDER.includes(kept()) ? kept() : "auto";
    apply(theme);
    const button = R.el("button", { type: "button", class: "quiet theme" });
    const show = () => {
      button.replaceChildren(icon(theme), R.el("span", { class: "theme-word" }, WORDS[theme].slice(7)));
      button.setAttribute("aria-label", `${WORDS[theme]}; change`);
      button.title = WORDS[theme];
    };
    button.addEventListener("click", () => {
      theme = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        /* some browsers keep nothing for a file */
      }
      apply(theme);
      show();
      R.say(WORDS[theme]);
    });
    show();
    return button;
  };
})();
