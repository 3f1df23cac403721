/* Elements, numbers as text, announcements. Text enters the page as text nodes only. */
(() => {
  const SVG = "http://www.w3.org/2000/svg";

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? "" : String(value));
    }
    for (const child of children.flat(3)) {
      if (child !== null && child !== undefined && child !== false) node.append(child);
    }
    return node;
  }

  R.el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
  R.svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

  let count = 0;
  R.id = (word) => `${word}-${++count}`;

  const missing = (x) => x === null || x === undefined || !Number.isFinite(x);

  /* Whole numbers, thousands separated; adding zero takes the sign of zero away. */
  R.count = (x) => (missing(x) ? "–" : (x + 0).toLocaleString("en-US").replace("-", "−"));

  /* So many decimals, a real minus sign; a number that rounds to zero has none. */
  R.fixed = (x, digits) => x.toFixed(digits).replace(/^-(?=[0.]*$)/, "").replace("-", "−");

  /* Three significant digits, thousands separated, a real minus sign. */
  R.number = (x) => {
    if (missing(x)) return "–";
    const size = Math.abs(x);
    if (size === 0) return "0";
    if (size < 1e-4) return x.toExponential(1).replaceAll("-", "−");
    if (size >= 1000) return Math.round(x).toLocaleString("en-US").replace("-", "−");
    return R.fixed(x, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.01 ? 3 : 4);
  };

  R.interval = (low, high) => (low === null || high === null ? "" : `${R.number(low)} to ${R.number(high)}`);

  /* One place that screen readers listen to. */
  let speaker = null;
  R.say = (text) => {
    if (!speaker) {
      speaker = R.el("div", { class: "unseen", role: "status" });
      (document.querySelector("main") || document.body).append(speaker);
    }
    speaker.textContent = text;
  };

  const listeners = {};
  R.on = (event, act) => (listeners[event] = listeners[event] || []).push(act);
  R.emit = (event, value) => (listeners[event] || []).forEach((act) => act(value));

  /* Arrow keys move among items of which one is in the tab order. `step` answers the index to go to, or null. */
  R.roving = (host, items, step, current) => {
    let at = current || 0;
    const set = (index, focus) => {
      const list = items();
      if (!list.length) return;
      if (list[at]) list[at].tabIndex = -1;
      at = Math.max(0, Math.min(list.length - 1, index));
      list[at].tabIndex = 0;
      if (focus) {
        list[at].focus({ preventScroll: true });
        list[at].scrollIntoView({ block: "nearest", inline: "nearest" });
      }
    };
    host.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const here = items().indexOf(document.activeElement);
      if (here < 0) return;
      const next = step(event.key, here, items());
      if (next === null || next === undefined) return;
      event.preventDefault();
      set(next, true);
    });
    host.addEventListener("focusin", (event) => {
      const here = items().indexOf(event.target);
      if (here >= 0 && here !== at) set(here, false);
    });
    set(at, false);
    return { set };
  };
})();
