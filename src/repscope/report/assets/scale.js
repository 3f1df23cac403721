/* Where numbers and names go on an axis. */
(() => {
  /* Round steps: 1, 2 or 5 times a power of ten. */
  R.ticks = (low, high, wanted) => {
    const raw = (high - low) / Math.max(1, wanted);
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.999);
    const out = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) out.push(+(i * step).toPrecision(12));
    return { step, values: out };
  };

  R.tickText = (value, step) => {
    const digits = Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9)));
    return Math.abs(value) >= 1000 ? value.toLocaleString("en-US").replace("-", "−") : R.fixed(value, digits);
  };

  /* The range to show: the data and chance, down to the natural end when that is near, rounded outward. */
  R.domain = (numbers, bounds) => {
    const finite = numbers.filter((x) => x !== null && Number.isFinite(x));
    if (!finite.length) return [0, 1];
    let low = Math.min(...finite);
    let high = Math.max(...finite);
    const span = high - low || Math.abs(high) || 1;
    const [least, greatest] = bounds;
    if (least !== null && low - least < span) low = least;
    else low -= span * 0.08;
    if (greatest !== null && greatest - high < span * 0.6) high = greatest;
    else high += span * 0.08;
    if (least !== null) low = Math.max(low, least);
    if (high <= low) high = low + 1;
    const { step } = R.ticks(low, high, 10);
    if (low !== least) low = Math.floor(low / step + 1e-9) * step;
    if (high !== greatest) high = Math.ceil(high / step - 1e-9) * step;
    return [low, high];
  };

  /* A layer's name in at most `size` letters: leading parts give way first, as in "layers.3.blocks.1.fc" → "l3.b1.fc". */
  R.brief = (name, size) => {
    if (name.length <= size) return name;
    const parts = name.split(".");
    const last = parts.pop();
    const short = [];
    for (const part of parts) {
      if (/^\d+$/.test(part) && short.length) short[short.length - 1] += part;
      else short.push(/^\d+$/.test(part) ? part : part.slice(0, 1));
    }
    const text = /^\d+$/.test(last) && short.length ? short.join(".") + last : [...short, last].join(".");
    return text.length <= size ? text : `…${text.slice(text.length - size + 1)}`;
  };
})();
