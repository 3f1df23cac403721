"""What all of ImageNet through a ResNet50 takes: time, disk and network on 1, 8 and 64 GPUs, computed from rates.

Nothing of that size is run. Rates of this machine are measured; those of a GPU are its maker's, unless this machine has
one, and any can be given: ``--rate card=247 --rate images=3000 --rate disk=5 --rate network=12.5``.
"""

import math
import os
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks._measure import machine, show
from benchmarks._options import Options
from repscope.activations import network_layers, usual_layers
from repscope.networks import load_network
from repscope.studies._shared_graphs import share_count

IMAGES = 1_281_167
"""Of the training set."""

CARDS = (1, 8, 64)

MAKERS = {
    "card": (
        247.0,
        "10¹² multiply-adds/s in TF32",
        "NVIDIA, H100 SXM: 989 TFLOP/s with sparsity, half without, 2 each",
    ),
    "reached": (0.5, "of these that a search reaches", "assumed: what this project aims at"),
    "images": (
        3000.0,
        "images/s through ResNet50 at 224",
        "assumed: a twentieth of the card's rate; 4.1·10⁹ multiply-adds each",
    ),
    "room": (80.0, "GB of memory", "NVIDIA, H100 SXM"),
    "disk": (5.0, "GB/s, one machine's disk", "makers of NVMe disks on PCIe 4: 5 written, 7 read"),
    "network": (12.5, "GB/s, one machine's network", "100 Gbit/s by its standard"),
}

HELD = 24
"""Bytes on a card per feature of a row that waits for its neighbours: as it came, in float64, and rounded."""

QUARTER = 4
"""A search takes half of a card's free memory, and half of that for rows."""

LOOKS = 6
"""Times that a share, or a graph, reads all points beside the products: copies, centre, norms, limits, distances."""


@dataclass(frozen=True)
class Worker:
    """A GPU, or a machine without one, with a disk and a network of its own, in units per second."""

    products: float
    images: float
    disk: float
    network: float
    room: float
    card: bool


@dataclass(frozen=True)
class Case:
    """Layers of so many features, kept in so many bytes each."""

    name: str
    features: tuple[int, ...]
    stored: bool
    width: int = 4


def main(options: Options) -> None:
    network = load_network("torchvision:resnet50", weights="random")
    layers = network_layers(network)[0]
    chosen = usual_layers(network.module, [layer.name for layer in layers])
    shapes = [layer.shape for layer in layers if layer.name in chosen]
    whole = tuple(math.prod(shape) for shape in shapes)
    pooled = tuple(shape[0] for shape in shapes)  # the mean over positions: one number for each channel
    measured = _measure(network, options)
    card = torch.cuda.is_available()
    rates = {name: value for name, (value, _, _) in MAKERS.items()}
    rates |= (measured if card else {}) | dict(options.rates)
    print(f"{machine()}\n\n{IMAGES:,} images, {len(shapes)} layers of torchvision's resnet50 at 224 pixels: ", end="")
    print(f"{sum(whole):,} features, {sum(pooled):,} when each channel is averaged over its positions\n")
    sources = {n: "measured here" if card and n in measured else s for n, (_, _, s) in MAKERS.items()}
    sources |= dict.fromkeys(options.rates, "given")
    show(["rate of a GPU", "", "from"], [[MAKERS[n][1], f"{rates[n]:.4g}", sources[n]] for n in MAKERS])
    print()
    here = [[MAKERS[n][1].replace("TF32", "float32"), f"{measured[n]:.4g}", "measured here"] for n in measured]
    show(["rate of this machine", "", "from"], here)
    one = Worker(
        rates["card"] * rates["reached"] * 1e12, rates["images"], rates["disk"] * 1e9, rates["network"] * 1e9,
        rates["room"] * 1e9, card=True,
    )  # fmt: skip
    slow = Worker(measured["card"] * 1e12, measured["images"], measured["disk"] * 1e9, one.network, 2**31, card=False)
    cases = [
        Case("all layers, float32", whole, True),
        Case("all layers, float16", whole, True, 2),
        Case("all layers", whole, False),
        Case("averaged", pooled, True),
        Case("averaged", pooled, False),
    ]
    print()
    columns = [
        "layers",
        "",
        "on",
        "recording h",
        "graphs h",
        "of each: products h",
        "reading h",
        "disk TB",
        "network TB",
    ]
    rows = [_row(case, one, count, f"{count} GPU{'s' * (count > 1)}") for case in cases for count in CARDS]
    rows += [_row(cases[3], slow, count, f"{count} × this machine") for count in CARDS]
    show(columns, rows)


def _row(case: Case, worker: Worker, count: int, where: str) -> list[object]:
    """One line of the table."""
    size = IMAGES * case.width * sum(case.features)
    moved = size if case.stored else 0
    path = min(worker.disk, worker.network)
    forward = IMAGES / worker.images / count
    recording = max(forward, moved / path / count) if case.stored else 0.0
    tasks, products, reading, network = [], 0.0, 0.0, float(moved)
    for d in case.features:
        shares = 1 if worker.card else share_count(IMAGES, d)
        times = _times_read(d, shares, worker)
        multiply = IMAGES**2 * d * (1 if worker.card else 0.5) / worker.products
        read = times * (IMAGES * d * case.width / path if case.stored else IMAGES / worker.images)
        network += times * IMAGES * d * case.width if case.stored else 0
        products, reading = products + multiply, reading + read
        tasks += [max(multiply, read) / shares] * shares
    graphs = max(max(tasks), sum(tasks) / count)
    hours = [_short(seconds / 3600) for seconds in (recording, graphs, products / count, reading / count)]
    kind = "stored" if case.stored else "recomputed"
    return [case.name, kind, where, *hours, f"{moved / 1e12:,.1f}", f"{network / 1e12:,.0f}"]


def _short(hours: float) -> str:
    return f"{hours:,.0f}" if hours >= 10 else f"{hours:.2g}"


def _times_read(d: int, shares: int, worker: Worker) -> float:
    """How often all points are read: to look at them, and for every group of rows that the memory holds."""
    if worker.card:
        return LOOKS + IMAGES * HELD * d / (worker.room / QUARTER)
    return LOOKS * shares + IMAGES * 4 * d / worker.room / 2  # each pair of blocks once


def _measure(network: object, options: Options) -> dict[str, float]:
    """Products, forward passes and disk of this machine."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    side = 256 if options.quick else (16_384 if device == "cuda" else 4096)
    before, torch.backends.cuda.matmul.allow_tf32 = torch.backends.cuda.matmul.allow_tf32, True
    try:
        matrix = torch.rand(side, side, device=device)
        products = side**3 / _seconds(lambda: (matrix @ matrix)[0, 0].item())
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before
    batch = torch.rand(1 if options.quick else (64 if device == "cuda" else 16), 3, 224, 224, device=device)
    module = network.module.to(device)  # type: ignore[attr-defined]
    with torch.inference_mode():
        images = len(batch) / _seconds(lambda: module(batch)[0, 0].item())
    module.to("cpu")
    with options.working_folder() as folder:
        disk = _disk(folder / "disk", 2**20 if options.quick else 2**30)
    return {"card": products / 1e12, "images": images, "disk": disk / 1e9}


def _seconds(work: object) -> float:
    """The best of three, after one that is not counted."""
    times = []
    for _ in range(4):
        start = time.perf_counter()
        work()  # type: ignore[operator]
        times.append(time.perf_counter() - start)
    return min(times[1:])


def _disk(file: Path, size: int) -> float:
    """Bytes written per second until they are on the disk."""
    payload = os.urandom(2**20)
    start = time.perf_counter()
    with file.open("wb") as written:
        for _ in range(size // len(payload)):
            written.write(payload)
        written.flush()
        os.fsync(written.fileno())
    seconds = time.perf_counter() - start
    file.unlink()
    return size / seconds
