"""One process per engine, so that each has its own libraries, kernels and peak of memory; one works at a time.

    parent: ask("time", file) ──► process: load, run, measure ──► {"wall", "cpu", "peak"}

Waiting threads sleep (OMP_WAIT_POLICY=PASSIVE), for all alike: otherwise processor time would count the waiting.
"""

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._engines import ENGINES
from benchmarks._measure import timed

PRODUCT = "M"
"""The worker that computes the full product."""

TILE = 1024
WARM = 3000
"""Rows of the first run, which compiles what is compiled on first use; below, some paths are not taken."""


class Failed(Exception):
    """An engine's process raised or died."""


class Worker:
    """An engine's process.

    Parameters
    ----------
    name : str
        The engine, or `PRODUCT`.
    threads : int
    """

    def __init__(self, name: str, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        with _environment(name, threads):
            self._process = context.Process(target=_serve, args=(other, name), daemon=True)
            self._process.start()
        other.close()

    def ask(self, order: str, *arguments: Any) -> Any:
        """Have something done, and wait for it."""
        try:
            self._pipe.send((order, *arguments))
            answer, error = self._pipe.recv()
        except (EOFError, OSError):
            self._process.join(5)
            raise Failed(f"its process ended with {self._process.exitcode}") from None
        if error:
            raise Failed(error)
        return answer

    def close(self) -> None:
        """End the process."""
        self._pipe.close()  # the process ends when nobody can ask any more
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def _environment(name: str, threads: int) -> Iterator[None]:
    counts = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    new = dict.fromkeys(counts, str(threads)) | {"OMP_WAIT_POLICY": "PASSIVE"}
    new |= ENGINES[name].environment if name in ENGINES else {}
    old = {key: os.environ.get(key) for key in new}
    os.environ.update(new)
    try:
        yield
    finally:
        for key, value in old.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value


def _serve(pipe: Any, name: str) -> None:
    """Do what is asked until nobody asks any more."""
    orders = _Product() if name == PRODUCT else _Orders(name)
    while True:
        try:
            order, *arguments = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send((getattr(orders, order)(*arguments), ""))
        except Exception as error:  # every library raises its own; the table says what came
            pipe.send((None, f"{type(error).__name__}: {str(error)[:200]}"))


class _Orders:
    """What an engine's process can be asked for."""

    def __init__(self, name: str) -> None:
        self._search = ENGINES[name].search

    def warm(self, file: Path, k: int) -> None:
        """A first run on a part of the points."""
        points = np.load(file, mmap_mode="r")[:WARM].copy()
        self._search(points, min(k, len(points) - 2))

    def time(self, file: Path, k: int) -> dict[str, float | None]:
        """Seconds, and the peak of memory above what the process holds with the points."""
        from benchmarks._memory import PeakAbove

        points = np.load(file)
        peak = PeakAbove()
        wall, cpu = timed(lambda: self._search(points, k))
        return {"wall": wall, "cpu": cpu, "peak": peak.mib()}

    def answer(self, file: Path, k: int, out: Path) -> None:
        """The neighbours themselves, into a file."""
        indices, distances = self._search(np.load(file), k)
        np.savez(out, indices=indices, distances=distances)

    def kernel(self) -> str:
        """Which kernel of OpenBLAS the engine's library uses, as far as it says so."""
        from threadpoolctl import threadpool_info

        found = {
            i["filepath"]: f"{i['architecture']} ({i['version']})" for i in threadpool_info() if "architecture" in i
        }
        own = [kernel for path, kernel in found.items() if "faiss" in path]
        return next(iter(own or found.values()), "")


class _Product:
    """M: the full n × n × d product, tile by tile by torch's default float32 matmul, results thrown away."""

    def __init__(self) -> None:
        self._file: Path | None = None
        self._random = np.random.default_rng(0)

    def time(self, file: Path, seconds: float) -> dict[str, float]:
        """Seconds of M, from as many rows of tiles as fit into `seconds`, at least one, of all tiles at most."""
        import torch

        if file != self._file:
            self._points, self._file = torch.from_numpy(np.load(file)), file
            self._rows(0)
        n = len(self._points)
        starts = self._random.permutation(np.arange(0, n, TILE))
        wall = cpu = done = 0.0
        for start in starts.tolist():
            more = timed(lambda start=start: self._rows(start))
            wall, cpu, done = wall + more[0], cpu + more[1], done + min(TILE, n - start)
            if wall > seconds:
                break
        return {"wall": wall * n / done, "cpu": cpu * n / done, "share": done / n}

    def _rows(self, start: int) -> None:
        import torch

        block, tile = self._points[start : start + TILE], torch.empty(TILE * TILE)
        for other in range(0, len(self._points), TILE):
            columns = self._points[other : other + TILE]
            out = tile[: len(block) * len(columns)].view(len(block), len(columns))
            torch.mm(block, columns.T, out=out)
