"""Data sets and folders from a number: sizes, forms, names, copies of images, class structure.

The address `tests.drawn.data:drawn_items` with the setting `number` makes the same data set everywhere.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from tests.drawn.session import Draw

LABELS = ("balanced", "balanced", "skewed", "one class", "single images", "texts", "none")
NAMES = (
    "a.png",
    "b c.png",
    "ünï.png",
    "10.png",
    "2.png",
    "x&y<z>.png",
    "narrow\u202fspace.png",
    "'quote'.png",
    "سلام.png",
    "👩‍👧.png",
)


STOP: list[int] = []
"""Images that are given until the next interruption, if there is to be one."""


class Items:
    """A torch data set."""

    def __init__(self, images: list[Any], labels: list[Any] | None) -> None:
        self.images, self.labels = images, labels

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Any:
        if STOP:
            STOP[0] -= 1
            if STOP[0] < 0:
                STOP.clear()
                raise KeyboardInterrupt
        return self.images[index] if self.labels is None else (self.images[index], self.labels[index])


def drawn_pixels(g: np.random.Generator, n: int, side: int) -> np.ndarray:
    """(n, side, side, 3) uint8: smooth patterns by class and noise; copies, constants."""
    codes = g.integers(3, size=n)
    ramp = np.linspace(0, 1, side)
    base = np.stack([np.sin(6 * ramp[:, None] * (c + 1)) * np.cos(4 * ramp[None] * (2 - c)) for c in range(3)])
    pixels = 120 + 60 * base[codes][..., None] + 30 * g.normal(size=(n, side, side, 3))
    pixels = pixels.clip(0, 255).astype(np.uint8)
    if g.random() < 0.3:
        pixels[g.integers(n, size=max(1, n // 6))] = pixels[0]
    if g.random() < 0.2:
        pixels[g.integers(n, size=2)] = g.integers(256)
    if g.random() < 0.1:
        pixels[:] = pixels[0]
    return pixels


def drawn_labels(g: np.random.Generator, n: int) -> list[Any] | None:
    """Labels of some structure."""
    kind = str(g.choice(LABELS))
    if kind == "none":
        return None
    if kind == "one class":
        return [0] * n
    if kind == "single images":
        return list(range(n))
    labels = g.choice(3, size=n, p=[0.8, 0.15, 0.05] if kind == "skewed" else None)
    return [f"class {c}" for c in labels] if kind == "texts" else [int(c) for c in labels]


def drawn_items(number: int = 0) -> Items:
    """The data set of a number."""
    g = np.random.default_rng(number)
    n, side = int(g.integers(8, 40)), int(g.choice([8, 12, 12, 17]))
    pixels = drawn_pixels(g, n, side)
    form = str(g.choice(["pillow", "gray", "array", "tensor", "float", "sizes"]))
    images: list[Any] = list(pixels)
    if form == "pillow":
        images = [Image.fromarray(p) for p in pixels]
    elif form == "gray":
        images = [p[..., 0] for p in pixels]
    elif form == "tensor":
        images = [torch.from_numpy(p).permute(2, 0, 1) for p in pixels]
    elif form == "float":
        images = [torch.from_numpy(p).permute(2, 0, 1) / 255 for p in pixels]
    elif form == "sizes":
        images = [p[: int(g.integers(6, side + 1)), : int(g.integers(6, side + 1))] for p in pixels]
    return Items(images, drawn_labels(g, n))


def draw_folder(draw: Draw) -> Path:
    """A folder of pictures, with odd names and forms."""
    g, root = draw.generator, draw.folder / "pictures"
    parts = draw.one_of([""], ["train", "val"], ["train", "validation", "test"])
    classes = draw.one_of(["cat", "dog"], ["cat"], ["a b", "ü", "10", "2"], [""])
    draw.tell(f"folder: parts {parts}, classes {classes}")
    for part in parts:
        for name in classes:
            where = root / part / name
            where.mkdir(parents=True, exist_ok=True)
            for number, pixels in enumerate(drawn_pixels(g, draw.number(3, 9), 12)):
                picture = Image.fromarray(pixels)
                stem = NAMES[number] if draw.chance(0.5) else f"{number}.png"
                kind = draw.one_of("RGB", "RGB", "L", "P", "RGBA", "1", "LA", "CMYK", "I;16")
                if kind == "I;16":
                    picture = Image.fromarray(pixels[..., 0].astype(np.uint16) * 257)
                elif kind != "RGB":
                    picture = picture.convert(kind)
                target = where / stem
                if kind == "CMYK":
                    target = target.with_suffix(".jpg")
                elif kind == "RGB" and draw.chance(0.3):
                    target = target.with_suffix(draw.one_of(".jpg", ".bmp", ".gif", ".webp", ".PNG", ".tif"))
                picture.save(target)
    if draw.chance(0.1):
        (root / "broken.png").write_bytes(b"not a picture")
        draw.tell("a broken picture")
    if draw.chance(0.1):
        (root / "notes.txt").write_text("not a picture")
    if draw.chance(0.1):
        (root / "link.png").symlink_to(root / "nowhere.png")
        draw.tell("a dangling link")
    return root
