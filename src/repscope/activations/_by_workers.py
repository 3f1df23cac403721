"""Shards of a recording by the workers of an engine: each holds the network, and writes one shard after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import final

from repscope.activations._passes import Pass, record_rows
from repscope.activations._shards import write_shard
from repscope.core.engines import Engine, Needs
from repscope.core.progress import progress
from repscope.networks._evaluating import evaluating

PROCESS = 2**30
"""Bytes of a worker before it does anything."""


@final
@dataclass(frozen=True)
class Shard:
    """One file of a recording."""

    folder: str
    rows: range
    recording: str


def fill_by(engine: Engine, plan: Pass, folder: Path, missing: Sequence[range], name: str, total: int) -> None:
    """Record the missing shards by an engine's workers, each on a GPU of its own if the network is to run on one."""
    home = next((p.device.type for p in plan.network.module.parameters()), "cpu")
    on_gpu = (plan.device or home).startswith("cuda")
    shards = [Shard(str(folder.resolve()), rows, name) for rows in missing]
    weights = sum(p.numel() * p.element_size() for p in plan.network.module.parameters())
    shard = 4 * sum(layer.features for layer in plan.layers) * max(len(rows) for rows in missing)
    with progress("recording", total, "images", total - sum(len(rows) for rows in missing)) as advance:
        results = engine.run(
            record_shard,
            shards,
            folder=folder,
            prepare=partial(prepared, plan, "cuda" if on_gpu else plan.device),
            needs=Needs(PROCESS + 3 * weights + 2 * shard, on_gpu),
            done=lambda number: advance(len(missing[number])),
        )
        for _ in results:
            pass


def prepared(plan: Pass, device: str | None) -> tuple[Pass, str | None]:
    """What a worker holds: the network where it is to run."""
    if device is not None:
        plan.network.module.to(device)
    return plan, device


def record_shard(held: tuple[Pass, str | None], shard: Shard) -> None:
    """Record the rows of one shard."""
    plan, device = held
    with evaluating(plan.network.module, device) as there:
        tensors = record_rows(plan, shard.rows, there, lambda amount=1: None)
    write_shard(Path(shard.folder), shard.rows, tensors, shard.recording)
