"""Images per second of a ResNet20 at 32 pixels in training: our loop beside a bare one, and beside one of timm's parts.

The bare loop has its batches in memory, as the network takes them, and looks at nothing but the gradient. timm's training script is
not in its package; its parts are (loader, transforms, optimiser, schedule), and the loop that joins them is ours. Its images are in
memory too. Its augmentation has no rotation and no shift, but a random crop that is resized; the rest is the same.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from benchmarks._measure import machine, show, versions
from benchmarks._options import Options
from repscope.data import DataSet
from repscope.networks import load_network
from repscope.training import Augmentation, Recipe, train
from repscope.training._preparation import optimiser_of, prepared

IMAGES, BATCH, ROUNDS = 1280, 128, 5
RECIPE = Recipe(epochs=1, batch=BATCH)
GOALS = (
    ("repscope", "bare", 0.8),
    ("repscope, all augmentations", "bare", 0.8),
    ("repscope", "timm's parts", 1.0),
    ("repscope, all augmentations", "timm's parts, augmentations", 1.0),
)


def main(options: Options) -> None:
    torch.set_num_threads(options.threads)
    images = max(BATCH, options.size(IMAGES) // BATCH * BATCH)
    rounds = 1 if options.quick else ROUNDS
    generator = np.random.default_rng(0)
    pictures = generator.integers(0, 256, (images, 32, 32, 3), dtype=np.uint8)
    labels = np.arange(images) % 10
    data = DataSet("synthetic", pictures, tuple(map(str, range(images))), labels, tuple("abcdefghij"))
    with options.working_folder() as folder:
        out = folder / "training.safetensors"
        candidates = {
            "bare": bare(data),
            "repscope": ours(data, RECIPE, out),
            "repscope, all augmentations": ours(
                data, Recipe(epochs=1, batch=BATCH, augment=Augmentation.only("all")), out
            ),
            "timm's parts": timms(data, options.threads, no_aug=True),
            "timm's parts, augmentations": timms(
                data, options.threads, hflip=0.5, color_jitter=(0.4, 0.4, 0.2, 0.1), color_jitter_prob=0.8, grayscale_prob=0.2,
                gaussian_blur_prob=1.0,
            ),
        }  # fmt: skip
        for run in candidates.values():
            run()
        rates: dict[str, list[float]] = {name: [] for name in candidates}
        for _ in range(rounds):
            for name, run in candidates.items():
                rates[name].append(images / run())
    print(f"{machine()}; {versions('timm')}; {images} images, {BATCH} at a time, {rounds} epochs of each in turn\n")
    middle = {name: statistics.median(values) for name, values in rates.items()}
    ratios = {name: [a / b for a, b in zip(rates[name], rates["bare"], strict=True)] for name in rates}
    rows: list[list[object]] = [
        [
            name,
            f"{middle[name]:.0f}",
            statistics.median(ratios[name]),
            f"{min(ratios[name]):.2f}–{max(ratios[name]):.2f}",
        ]
        for name in rates
    ]
    show(["training of ResNet20, 32 pixels", "images / s", "of the bare loop", "range"], rows)
    print()
    met = []
    for name, beside, least in GOALS:
        reached = statistics.median(a / b for a, b in zip(rates[name], rates[beside], strict=True))
        met.append([f"{name} ≥ {least} {beside}", reached, "yes" if reached >= least else "no"])
    show(["goal", "reached", "met"], met)


def _module() -> torch.nn.Module:
    return load_network("repscope:resnet20").module.to(memory_format=torch.channels_last).train()


def ours(data: DataSet, recipe: Recipe, out: Path) -> Callable[[], float]:
    """One epoch as `train` does it, with its log and its state, from when it has begun to when it is done."""
    network = load_network("repscope:resnet20")

    def run() -> float:
        stamps: list[float] = []
        train(network, data, recipe, out, each=lambda _epoch, _network: stamps.append(time.perf_counter()))
        return stamps[1] - stamps[0]

    return run


def bare(data: DataSet) -> Callable[[], float]:
    """One epoch of batches that are in memory as the network takes them."""
    network, module = load_network("repscope:resnet20"), _module()
    optimiser = optimiser_of(module, RECIPE)
    inputs = prepared(network, torch.stack(list(data))).to(memory_format=torch.channels_last)
    labels = torch.as_tensor(data.labels)
    batches = list(zip(torch.split(inputs, BATCH), torch.split(labels, BATCH), strict=True))

    def run() -> float:
        begin = time.perf_counter()
        for batch, target in batches:
            loss = cross_entropy(module(batch), target)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        return time.perf_counter() - begin

    return run


class _Pictures(torch.utils.data.Dataset):  # type: ignore[type-arg]
    """As timm's data sets are: Pillow images and labels, and a transform that its loader puts in."""

    def __init__(self, data: DataSet) -> None:
        from PIL import Image

        assert data.labels is not None
        self.images = [Image.fromarray(np.asarray(picture)) for picture in data.images]  # type: ignore[attr-defined]
        self.labels = data.labels.tolist()
        self.transform: Any = None

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.transform(self.images[index]), self.labels[index]


def timms(data: DataSet, workers: int, **augmentation: Any) -> Callable[[], float]:
    """One epoch with timm's loader, transforms, optimiser and schedule, as its training script joins them on a CPU."""
    from timm.data import create_loader
    from timm.optim import create_optimizer_v2
    from timm.scheduler import CosineLRScheduler

    module = _module()
    optimiser = create_optimizer_v2(module, opt="sgd", lr=RECIPE.learning_rate, weight_decay=5e-4, momentum=0.9)
    schedule = CosineLRScheduler(optimiser, t_initial=1000, warmup_t=200, t_in_epochs=False)
    loader = create_loader(
        _Pictures(data), (3, 32, 32), BATCH, is_training=True, use_prefetcher=False, num_workers=workers, pin_memory=False, **augmentation,
    )  # fmt: skip
    steps = iter(range(10**9))

    def run() -> float:
        begin = time.perf_counter()
        losses = 0.0
        for batch, target in loader:
            loss = cross_entropy(module(batch.contiguous(memory_format=torch.channels_last)), target)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step_update(next(steps))
            losses += loss.item()
        return time.perf_counter() - begin

    return run
