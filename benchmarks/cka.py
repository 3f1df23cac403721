"""Debiased linear CKA of all pairs of 13 layers of a ResNet20 from disk: over all pairs of samples, and in batches.

First all libraries on 1,000 samples; then, on all samples, repscope and the fastest of the others. Each works in a
process of its own, one at a time, in turns. Peaks are of own memory (without pages of the maps) above what the
process held before.
"""

import multiprocessing
import os
import shutil
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._cka import WAYS, Matrix, batches, truth
from benchmarks._data import NETWORK
from benchmarks._measure import machine, show, versions
from benchmarks._memory import MIB, TreeWatch, _pages
from benchmarks._options import Options

N, TRIED, BATCH = 10_000, 1000, 250
ROUNDS, SHORT = 3, 60.0
"""Runs of which the median is taken, if one takes less than so many seconds."""

CHECKED = ("input", "stage2.1", "stage3.1", "pool", "classifier")
"""Layers whose pairs are compared with float64."""

COLUMNS = ["samples", "way", "wall s", "CPU s", "peak above MiB", "error, own terms", "from all pairs"]


def main(options: Options) -> None:
    n = options.size(N)
    batch = min(BATCH, n // 4)
    with options.working_folder() as folder:
        files = activations(folder, n)
        tried = _first(files, min(TRIED, n))
        names = [name for name, way in WAYS.items() if way.installed]
        sizes = [(tried, names)]
        print(
            f"{machine()}\n{versions('pytorch-cka', 'torch-cka', 'ckatorch')}\n\n{NETWORK} on {n} glyphs, {len(files)} "
            f"layers of up to {max(np.load(f, mmap_mode='r').shape[1] for f in files)} features, "
            f"{sum(f.stat().st_size for f in files) / MIB:.0f} MiB; {len(files) * (len(files) - 1) // 2} pairs; batches of {batch}; "
            f"{options.threads} threads; median of up to {ROUNDS}\n"
        )
        rows: list[list[object]] = []
        fastest = ""
        for part, ways in sizes:
            found = _in_turns(part, ways, batch, options)
            rows += _rows(part, found, batch)
            peers = {name: told["wall"] for name, told in found.items() if not name.startswith("repscope")}
            if n > TRIED and not fastest and peers:
                fastest = min(peers, key=lambda name: peers[name])
                sizes.append((files, [name for name in names if name.startswith("repscope") or name == fastest]))
        show(COLUMNS, rows + _missing())
        ours, other = (found.get(name) for name in ("repscope in batches", fastest or "none"))
        if ours and other:
            ratios = [b / a for a, b in zip(ours["walls"], other["walls"], strict=False)]
            print(f"\n{fastest} / repscope in batches, wall: median {statistics.median(ratios):.2f} "
                  f"({min(ratios):.2f} to {max(ratios):.2f})")  # fmt: skip


def activations(folder: Path, n: int) -> list[Path]:
    """Files of the layers' activations, as (n, d) float32, recorded once."""
    from repscope import load_data, load_network, record

    network, place = load_network(NETWORK), folder / f"layers-{n}"
    if not place.exists():
        part = load_data("glyphs").partition("train")
        recording = record(network, part.balanced(n) if n < len(part) else part, None, folder / f"layers-{n}-recording")
        made = folder / f"layers-{n}.part"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        for number, layer in enumerate(recording.layers):
            file = np.lib.format.open_memmap(
                made / f"{number:02d} {layer.name}.npy", "w+", np.float32, (n, layer.features)
            )
            for start in range(0, n, TRIED):
                file[start : start + TRIED] = recording.activations(layer.name, slice(start, min(start + TRIED, n)))
            del file
        shutil.rmtree(recording.path)
        made.rename(place)
    return sorted(place.glob("*.npy"))


def _first(files: Sequence[Path], n: int) -> list[Path]:
    """Files of the first n samples."""
    if len(np.load(files[0], mmap_mode="r")) == n:
        return list(files)
    place = files[0].parent.parent / f"layers-{n}-first"
    place.mkdir(exist_ok=True)
    for file in files:
        if not (place / file.name).exists():
            np.save(place / file.name, np.load(file, mmap_mode="r")[:n])
    return [place / file.name for file in files]


def _in_turns(files: Sequence[Path], names: Sequence[str], batch: int, options: Options) -> dict[str, dict[str, Any]]:
    """What each way found and took, the ways in turns."""
    context = multiprocessing.get_context("spawn")
    workers: dict[str, tuple[Any, Any, TreeWatch]] = {}
    for name in names:
        pipe, other = context.Pipe()
        process = context.Process(target=_serve, args=(other, name, files, batch, options.threads), daemon=True)
        process.start()
        other.close()
        watch = TreeWatch(process.pid or 0)
        watch.start()
        workers[name] = pipe, process, watch
        pipe.recv()
    found: dict[str, dict[str, Any]] = {name: {"walls": [], "cpus": [], "peaks": []} for name in names}
    for _ in range(1 if options.quick else ROUNDS):
        for name, (pipe, _, watch) in workers.items():
            told = found[name]
            if sum(told["walls"]) > SHORT:
                continue
            pipe.send("run")
            begin, wall, cpu, before, told["matrix"] = pipe.recv()
            peak = watch.peak(begin, begin + wall)
            told["walls"].append(wall)
            told["cpus"].append(cpu)
            told["peaks"].append(float("nan") if peak is None else peak[1] - before)
    for name, (pipe, process, watch) in workers.items():
        pipe.send("end")
        process.join()
        watch.stop()
        found[name] |= {"wall": statistics.median(found[name]["walls"]), "cpu": statistics.median(found[name]["cpus"])}
    return found


def _serve(pipe: Any, name: str, files: Sequence[Path], batch: int, threads: int) -> None:
    """A way's process: what is loaded and compiled at first use is so before anything is timed."""
    import gc

    import torch

    from repscope.core.memory import give_back

    torch.set_num_threads(threads)
    way = WAYS[name]
    few = _first(files[-2:], 4 * batch)
    way.run(few, batch)
    pipe.send("ready")
    while pipe.recv() == "run":
        gc.collect()
        give_back()
        own = _pages(os.getpid())[1]
        begin, cpu = time.time(), time.process_time()
        matrix = way.run(files, batch)
        wall, cpu = time.time() - begin, time.process_time() - cpu
        pipe.send((begin, wall, cpu, own * os.sysconf("SC_PAGE_SIZE") / MIB, matrix))


def _rows(files: Sequence[Path], found: dict[str, dict[str, Any]], batch: int) -> list[list[object]]:
    """A row for each way, with its errors on the pairs of some layers."""
    places = [number for number, file in enumerate(files) if file.stem.split(" ", 1)[1] in CHECKED]
    n = len(np.load(files[0], mmap_mode="r"))
    some = [files[place] for place in places]
    full, batched = truth(some, [np.arange(n)]), truth(some, batches(n, batch))

    def error(matrix: Matrix, of: Matrix) -> str:
        return f"{np.abs(matrix[np.ix_(places, places)] - of).max():.0e}"

    return [
        [n, name, told["wall"], told["cpu"], f"{max(told['peaks']):.0f}",
         error(told["matrix"], batched if WAYS[name].batched else full), error(told["matrix"], full)]
        for name, told in found.items()
    ]  # fmt: skip


def _missing() -> list[list[object]]:
    return [["", name, "not installed", "", "", "", ""] for name, way in WAYS.items() if not way.installed]
