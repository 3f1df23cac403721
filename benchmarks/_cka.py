"""Ways to the CKA of all pairs of layers, as functions from files of activations to a matrix; and the truth.

Every way reads the same memory maps. Those in batches get the same batches. Libraries that hook models get one whose
modules pass on rows of the maps: what they do with them is what they do for anyone.
"""

import importlib.util
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
BLOCK = 500
"""Rows that the truth takes at a time."""


def batches(n: int, batch: int) -> list[NDArray[np.int64]]:
    """The batches that repscope draws, for all."""
    order = np.random.default_rng(0).permutation(n)
    return [np.sort(order[start : start + batch]) for start in range(0, n - batch + 1, batch)]


def opened(files: Sequence[Path]) -> list[NDArray[np.float32]]:
    """The activations as memory maps."""
    return [np.load(file, mmap_mode="r") for file in files]


def ours_in_full(files: Sequence[Path], batch: int) -> Matrix:
    """The measure, over all pairs of samples."""
    from repscope import measure
    from repscope.measures import ArrayLayer

    layers = [ArrayLayer(points, 2, file.stem) for file, points in zip(files, opened(files), strict=True)]
    values = [score.value for score in measure("cka").scores(layers, layers)]
    return np.array(values).reshape(len(files), -1)


def ours_in_batches(files: Sequence[Path], batch: int) -> Matrix:
    """The measure, over pairs of samples within batches."""
    from repscope.core.points import as_points
    from repscope.measures._minibatch import minibatch_alignment

    points = [as_points(layer) for layer in opened(files)]
    return np.array([[s.value for s in row] for row in minibatch_alignment(points, batch, "linear", 1.0, False)])


def pytorch_cka(files: Sequence[Path], batch: int) -> Matrix:
    """pytorch-cka: one matrix of products for each layer and batch, float32, not centred."""
    from cka import compute_cka  # type: ignore[import-not-found]

    model, loader, names = _player(files, batch)
    found = compute_cka(model, model, loader, layers=names, device="cpu", progress=False)
    return found[0].double().numpy()


def torch_cka(files: Sequence[Path], batch: int) -> Matrix:
    """torch-cka: two matrices of products, and products of those, for each pair and batch."""
    from torch_cka import CKA  # type: ignore[import-not-found]

    model, loader, names = _player(files, batch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that both models are the same
        asked = CKA(model, model, "x", "x", names, names, device="cpu")
        asked.compare(loader)
    return asked.hsic_matrix.detach().double().numpy()


def ckatorch(files: Sequence[Path], batch: int) -> Matrix:
    """ckatorch: its `cka_batch` of each pair, as its class calls it, of all batches at once, or it does not sum them."""
    import torch
    from ckatorch import cka_batch  # type: ignore[import-untyped]

    maps = [torch.from_numpy(layer) for layer in _quietly(opened(files))]
    chosen = torch.from_numpy(np.stack(batches(len(maps[0]), batch)))
    found = np.empty((len(maps), len(maps)))
    with torch.no_grad():
        for i, x in enumerate(maps):
            for j, y in enumerate(maps):
                found[i, j] = float(cka_batch(x[chosen], y[chosen]))
    return found


def _quietly(maps: list[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Maps, while torch does not warn that they are read-only."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        yield from maps


def _player(files: Sequence[Path], batch: int) -> tuple[Any, Any, list[str]]:
    """A model that gives, for the numbers of samples, each layer's activations as a module's output; a loader; the modules' names."""
    import torch

    maps = [torch.from_numpy(layer) for layer in _quietly(opened(files))]

    class Player(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.ModuleList(torch.nn.Identity() for _ in maps)

        def forward(self, chosen: torch.Tensor) -> torch.Tensor:
            for layer, values in zip(self.layers, maps, strict=True):
                layer(values[chosen])
            return chosen

    class Loader:
        dataset = "activations"
        chosen = [(torch.from_numpy(some),) for some in batches(len(maps[0]), batch)]  # noqa: RUF012

        def __len__(self) -> int:
            return len(self.chosen)

        def __iter__(self) -> Iterator[tuple[torch.Tensor]]:
            return iter(self.chosen)

    return Player(), Loader(), [f"layers.{number}" for number in range(len(maps))]


@final
@dataclass(frozen=True)
class Way:
    """A way: its function, the module that it needs, and whether it takes batches."""

    run: Callable[[Sequence[Path], int], Matrix]
    needs: str = "repscope"
    batched: bool = True

    @property
    def installed(self) -> bool:
        """Whether it can be run."""
        return importlib.util.find_spec(self.needs) is not None


WAYS = {
    "repscope, all pairs of samples": Way(ours_in_full, batched=False),
    "repscope in batches": Way(ours_in_batches),
    "pytorch-cka in batches": Way(pytorch_cka, "cka"),
    "torch-cka in batches": Way(torch_cka, "torch_cka"),
    "ckatorch in batches": Way(ckatorch, "ckatorch"),
}


def truth(files: Sequence[Path], parts: Sequence[NDArray[np.int64]]) -> Matrix:
    """Debiased CKA in float64 as Song et al. 2012, eq. 4, define it: terms of these parts are summed, then divided.

    One part of all samples gives the CKA of all pairs.
    """
    total = np.zeros((len(files), len(files)))
    for part in parts:
        centred = [layer[part].astype(np.float64) for layer in opened(files)]
        for points in centred:
            points -= points.mean(axis=0)
        n, count = len(part), len(files)
        rows, products = np.zeros((count, n)), np.zeros((count, count))
        for start in range(0, n, BLOCK):
            own = np.arange(start, min(start + BLOCK, n))
            kernels = [points[own] @ points.T for points in centred]
            for kernel in kernels:
                kernel[np.arange(len(own)), own] = 0
            rows[:, own] = [kernel.sum(axis=1) for kernel in kernels]
            products += [[np.vdot(k, l) for l in kernels] for k in kernels]  # noqa: E741
        sums = rows.sum(axis=1)
        terms = products - 2 / (n - 2) * rows @ rows.T + np.outer(sums, sums) / ((n - 1) * (n - 2))
        total += terms / (n * (n - 3))
    own = np.sqrt(np.diag(total))
    return total / np.outer(own, own)
