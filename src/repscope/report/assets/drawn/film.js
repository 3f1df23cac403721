/* A film strip: one figure over time, a frame at a time, with a slider and a button for every frame. The frame that is
   shown is the one that is saved; its title, which names the frame, is the name of the file. */
(() => {
  R.drawn.film = (data) => {
    const frames = data.frames.map((frame) => R.el("div", { class: "frame", hidden: true }, R.blocks[frame.block.kind](frame.block)));
    const slider = R.el("input", { type: "range", min: 0, max: frames.length - 1, step: 1, value: 0 });
    slider.id = R.id("film");
    const shown = R.el("output", { for: slider.id });
    const buttons = data.frames.map((frame, i) =>
      R.el("button", { type: "button", class: "frame-button", "aria-pressed": "false", onclick: () => show(i) }, frame.name),
    );
    const show = (i) => {
      frames.forEach((frame, j) => (frame.hidden = i !== j));
      buttons.forEach((button, j) => button.setAttribute("aria-pressed", String(i === j)));
      slider.value = i;
      slider.setAttribute("aria-valuetext", data.frames[i].name);
      shown.textContent = data.frames[i].name;
    };
    slider.addEventListener("input", () => show(Number(slider.value)));
    const controls = R.el(
      "div",
      { class: "film-controls" },
      R.el("label", { for: slider.id }, data.label),
      slider,
      shown,
      R.el("div", { class: "film-strip", role: "group", "aria-label": "Frames" }, buttons),
    );
    show(frames.length - 1);
    return R.el("div", { class: "film wide", role: "group", "aria-label": data.title }, R.el("h3", {}, data.title), controls, frames);
  };
})();
