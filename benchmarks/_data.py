"""The points: activations of a trained ResNet20 recorded once, and synthetic ones of any size."""

import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NETWORK = "repscope:resnet20-glyphs"
LAYERS = {"pool": 64, "stage3.1": 4096, "stage2.1": 8192, "stage1.1": 16384}
"""Layers after a ReLU, and their features."""


def recorded(folder: Path, samples: int, layers: tuple[str, ...] = tuple(LAYERS)) -> dict[str, Path]:
    """Files of the layers' activations on so many of the glyphs' training part, as (n, d) float32.

    All of `LAYERS` are recorded together, since the forward passes are what takes time.
    """
    files = {layer: folder / f"{layer}-{samples}.npy" for layer in LAYERS}
    if not all(files[layer].exists() for layer in layers):
        from repscope import load_data, load_network
        from repscope.activations import record

        part = load_data("glyphs").partition("train")
        data = part.balanced(samples) if samples < len(part) else part
        recording = record(load_network(NETWORK), data, list(LAYERS), folder / f"recording-{samples}")
        for layer, file in files.items():
            np.save(file, np.ascontiguousarray(recording.activations(layer)))
        shutil.rmtree(recording.path)
    return {layer: files[layer] for layer in layers}


def synthetic(folder: Path, n: int, d: int) -> Path:
    """File of n points after a ReLU: a curved sheet of 20 dimensions in d features, and a little noise."""
    file = folder / f"synthetic-{n}-{d}.npy"
    if not file.exists():
        random = np.random.default_rng(0)
        hidden = np.tanh(random.standard_normal((n, 20), np.float32) @ random.standard_normal((20, 64), np.float32) / 3)
        spread = random.standard_normal((64, d), np.float32) / 8
        points: NDArray[np.float32] = hidden @ spread
        points += 0.05 * random.standard_normal((n, d), np.float32)
        np.save(file, np.maximum(points, 0, out=points))
    return file
