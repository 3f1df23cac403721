/* Pictures cut from a sprite sheet, and packed arrays unpacked. */
(() => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

  /* (shape, deflated base64 of little-endian 16-bit numbers) → numbers. */
  R.unpack = async (packed) => {
    if (!packed) return null;
    const stream = new Blob([bytes(packed.deflated)]).stream().pipeThrough(new DecompressionStream("deflate"));
    const view = new DataView(await new Response(stream).arrayBuffer());
    const out = new Uint16Array(view.byteLength / 2);
    for (let i = 0; i < out.length; i++) out[i] = view.getUint16(2 * i, true);
    return out;
  };

  R.sheet = async (sheet) => {
    const image = new Image();
    image.src = `data:image/webp;base64,${sheet.data}`;
    await image.decode();
    return { ...sheet, image };
  };

  /* Decode a sheet when its place on the page comes into sight, and use it; gives the place back. */
  R.whenSeen = (place, sheet, use) => {
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      R.sheet(sheet).then(use);
    }, { rootMargin: "400px" });
    seen.observe(place);
    return place;
  };

  /* The picture at a position of the sheet; its size on the page is the style's. */
  R.picture = (sheet, position) => {
    const canvas = R.el("canvas", { width: sheet.side, height: sheet.side, "aria-hidden": "true" });
    if (sheet.side < 64) canvas.className = "tiny";
    const x = (position % sheet.columns) * sheet.cell;
    const y = Math.floor(position / sheet.columns) * sheet.cell;
    canvas.getContext("2d").drawImage(sheet.image, x, y, sheet.side, sheet.side, 0, 0, sheet.side, sheet.side);
    return canvas;
  };
})();
