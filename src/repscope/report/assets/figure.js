/* A part of the page as one standalone SVG: what is drawn in SVG, in HTML and on canvases, as it looks now.

   Every style is written out as an attribute and every label is set as text, so that the file needs nothing else. */
(() => {
  const PAD = 16;
  const GAP = 12;
  const ASIDE = ".tools, .query-tools, .tip, .readout, .unseen, .legend-item[aria-pressed='false']";
  const NUMBERS = ["d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width", "height", "points", "viewBox", "preserveAspectRatio", "transform"];
  const GROUPS = new Set(["svg", "g"]);
  const SHAPES = new Set(["path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "text"]);
  /* what is said only where it differs from what SVG takes for granted */
  const LETTERS = { "font-family": "", "font-size": "", "font-weight": "400", "font-style": "normal" };
  const STROKES = { "stroke-width": "1px", "stroke-dasharray": "none", "stroke-linecap": "butt", "stroke-linejoin": "miter" };
  const rounded = (x) => Number(x.toFixed(2));
  const ends = (area) => [area.left, area.top, area.right, area.bottom];

  /* A colour as old programs read it, and how opaque it is. */
  function colour(text) {
    const numbers = /^rgba?\(([^)]*)\)$/.exec(text);
    if (!numbers) return [text, 1];
    const [r, g, b, alpha] = numbers[1].split(/[\s,/]+/).map(Number);
    const hex = [r, g, b].map((c) => Math.round(c).toString(16).padStart(2, "0")).join("");
    return [`#${hex}`, alpha === undefined ? 1 : alpha];
  }

  function paint(name, text) {
    const [value, alpha] = colour(text);
    return { [name]: value, [`${name}-opacity`]: alpha === 1 ? null : alpha };
  }

  function unusual(style, usual) {
    const said = Object.keys(usual).map((name) => [name, style.getPropertyValue(name)]);
    return Object.fromEntries(said.filter(([name, value]) => value !== usual[name]));
  }

  function drawn(node, style) {
    const look = { ...paint("fill", style.fill), opacity: style.opacity === "1" ? null : style.opacity };
    if (style.stroke !== "none") Object.assign(look, paint("stroke", style.stroke), unusual(style, STROKES));
    if (node.localName !== "text") return look;
    return { ...look, ...unusual(style, LETTERS), "text-anchor": style.textAnchor === "start" ? null : style.textAnchor };
  }

  /* An SVG element again, with its styles written out; what the page does not draw with is left out. */
  function copied(node) {
    const style = getComputedStyle(node);
    const name = node.localName;
    if (style.display === "none" || node.matches(ASIDE)) return null;
    const numbers = Object.fromEntries(NUMBERS.map((n) => [n, node.getAttribute(n)]));
    if (GROUPS.has(name)) {
      return R.svg(name, { ...numbers, opacity: style.opacity === "1" ? null : style.opacity }, Array.from(node.children, copied));
    }
    if (!SHAPES.has(name) || style.visibility === "hidden") return null;
    return R.svg(name, { ...numbers, ...drawn(node, style) }, name === "text" ? node.textContent : null);
  }

  /* The box of an HTML element: ground and frame. */
  function boxed(area, style) {
    const sides = ["Top", "Right", "Bottom", "Left"].map((side) => {
      const [value, alpha] = colour(style[`border${side}Color`]);
      const wide = style[`border${side}Style`] === "none" || !alpha ? 0 : parseFloat(style[`border${side}Width`]);
      return { wide, value, dashes: style[`border${side}Style`] === "dashed" ? `${3 * wide} ${2 * wide}` : null };
    });
    const [fill, alpha] = colour(style.backgroundColor);
    const [{ wide, value, dashes }] = sides;
    const framed = wide > 0 && sides.every((side) => side.wide === wide && side.value === value);
    const half = framed ? wide / 2 : 0;
    const out = [];
    if (alpha || framed) {
      const place = { x: area.left + half, y: area.top + half, width: area.width - 2 * half, height: area.height - 2 * half };
      const shape = Object.fromEntries(Object.entries(place).map(([name, x]) => [name, rounded(x)]));
      const line = framed ? { stroke: value, "stroke-width": wide, "stroke-dasharray": dashes } : {};
      const ground = alpha ? paint("fill", style.backgroundColor) : { fill: "none" };
      out.push(R.svg("rect", { ...shape, rx: parseFloat(style.borderTopLeftRadius) || null, ...ground, ...line }));
    }
    if (!framed) {
      const [left, top, right, bottom] = ends(area).map(rounded);
      const lines = [`M${left} ${top}H${right}`, `M${right} ${top}V${bottom}`, `M${left} ${bottom}H${right}`, `M${left} ${top}V${bottom}`];
      sides.forEach((side, i) => side.wide && out.push(R.svg("path", { d: lines[i], stroke: side.value, "stroke-width": side.wide })));
    }
    return out;
  }

  const ruler = document.createElement("canvas").getContext("2d");

  /* How far below the middle of its line a text stands. */
  function sunk(style) {
    ruler.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const { fontBoundingBoxAscent: above, fontBoundingBoxDescent: below } = ruler.measureText("x");
    return (above - below) / 2;
  }

  /* A text node's lines as the page breaks them: words, and where they stand. */
  function linesOf(node) {
    const range = document.createRange();
    const out = [];
    let start = 0;
    for (const letter of node.data) {
      range.setStart(node, start);
      range.setEnd(node, (start += letter.length));
      const area = range.getBoundingClientRect();
      const last = out[out.length - 1];
      const goes = last && Math.abs(area.top - last.top) < area.height / 2;
      if (!area.height || (/\s/.test(letter) && !goes)) continue;
      const [left, top, right, bottom] = ends(area);
      if (goes) Object.assign(last, { words: last.words + letter, right: Math.max(last.right, right) });
      else out.push({ words: letter, left, top, right, bottom });
    }
    return out;
  }

  function written(node, style) {
    const look = { ...unusual(style, LETTERS), ...paint("fill", style.color) };
    if (style.writingMode.startsWith("vertical")) {
      const range = document.createRange();
      range.selectNodeContents(node);
      const area = range.getBoundingClientRect();
      const turn = `translate(${rounded((area.left + area.right) / 2 + sunk(style))} ${rounded(area.bottom)}) rotate(-90)`;
      return { texts: [R.svg("text", { transform: turn, ...look }, node.data)], areas: [area] };
    }
    const anchor = { center: "middle", right: "end", end: "end" }[style.textAlign] || "start";
    const lines = linesOf(node);
    const texts = lines.map(({ words, left, top, right, bottom }) => {
      const x = { start: left, middle: (left + right) / 2, end: right }[anchor];
      const place = { x: rounded(x), y: rounded((top + bottom) / 2 + sunk(style)) };
      return R.svg("text", { ...place, "text-anchor": anchor === "start" ? null : anchor, ...look }, words.trimEnd());
    });
    return { texts, areas: lines };
  }

  /* Everything that is seen of a node, drawn into `into` where it stands on the page; `reach` grows with it. */
  function trace(node, into, reach) {
    const grow = (area) => ends(area).forEach((x, i) => (reach[i] = (i < 2 ? Math.min : Math.max)(reach[i], x)));
    if (node.nodeType === Node.TEXT_NODE) {
      const style = getComputedStyle(node.parentElement);
      if (style.visibility === "hidden") return;
      const { texts, areas } = written(node, style);
      into.append(...texts);
      areas.forEach(grow);
      return;
    }
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(ASIDE)) return;
    const style = getComputedStyle(node);
    const area = node.getBoundingClientRect();
    if (style.display === "none") return;
    if (style.visibility !== "hidden" && style.display !== "contents") {
      const box = boxed(area, style);
      into.append(...box);
      if (box.length) grow(area);
    }
    const [across, down] = [node.clientLeft, node.clientTop];
    const inside = { x: area.left + across, y: area.top + down, width: area.width - 2 * across, height: area.height - 2 * down };
    const place = Object.fromEntries(Object.entries(inside).map(([name, x]) => [name, rounded(x)]));
    if (node.localName === "svg") {
      const inner = copied(node);
      for (const [name, value] of Object.entries(place)) inner.setAttribute(name, value);
      into.append(inner);
      grow(area);
    } else if (node.localName === "canvas") {
      into.append(R.svg("image", { ...place, href: node.toDataURL("image/png") }));
      grow(area);
    } else for (const child of node.childNodes) trace(child, into, reach);
  }

  function groundOf(node) {
    const text = getComputedStyle(node).backgroundColor;
    return colour(text)[1] || !node.parentElement ? colour(text)[0] : groundOf(node.parentElement);
  }

  /* Boxes that scroll show their beginning while the picture is taken. */
  function unscrolled(parts, act) {
    const moved = parts.flatMap((part) => [part, ...part.querySelectorAll("*")]).filter((node) => node.scrollLeft || node.scrollTop);
    const before = moved.map((node) => [node, node.scrollLeft, node.scrollTop]);
    moved.forEach((node) => node.scrollTo(0, 0));
    act();
    before.forEach(([node, left, top]) => node.scrollTo(left, top));
  }

  /* The family of most labels is said once. */
  function hoisted(root) {
    const labels = [...root.querySelectorAll("text")];
    const counts = new Map();
    for (const label of labels) counts.set(label.getAttribute("font-family"), 1 + (counts.get(label.getAttribute("font-family")) || 0));
    const [[family] = [null]] = [...counts].sort((a, b) => b[1] - a[1]);
    if (family) root.setAttribute("font-family", family);
    labels.filter((label) => label.getAttribute("font-family") === family).forEach((label) => label.removeAttribute("font-family"));
    return root;
  }

  /* Parts of the page, one below the other, as the text of an SVG file, and its size. */
  R.figure = (title, parts) => {
    const shown = parts.filter((part) => part && part.getClientRects().length);
    const groups = [];
    unscrolled(shown, () => {
      for (const part of shown) {
        const group = R.svg("g");
        const reach = [Infinity, Infinity, -Infinity, -Infinity];
        trace(part, group, reach);
        if (Number.isFinite(reach[0])) groups.push({ group, reach });
      }
    });
    const width = Math.ceil(Math.max(...groups.map(({ reach }) => reach[2] - reach[0])) + 2 * PAD);
    let down = PAD;
    for (const { group, reach } of groups) {
      group.setAttribute("transform", `translate(${rounded(PAD - reach[0])} ${rounded(down - reach[1])})`);
      down += reach[3] - reach[1] + GAP;
    }
    const height = Math.ceil(down - GAP + PAD);
    const ground = R.svg("rect", { width, height, fill: groundOf(shown[0]) });
    const size = { width, height, viewBox: `0 0 ${width} ${height}` };
    const root = hoisted(R.svg("svg", size, R.svg("title", {}, title), ground, groups.map(({ group }) => group)));
    const text = new XMLSerializer().serializeToString(root);
    /* letters that no XML file may hold */
    return { text: text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\u{FFFD}"), width, height };
  };

  /* The same as a PNG, with twice as many pixels each way. */
  R.pixels = async ({ text, width, height }) => {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await image.decode();
    const canvas = R.el("canvas", { width: 2 * width, height: 2 * height });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done, refuse) => {
      canvas.toBlob((blob) => (blob ? done(blob) : refuse(new Error("the browser draws no picture of this size"))), "image/png");
    });
  };
})();
