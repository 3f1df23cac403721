"""Graphs of layers whose activations the disk does not hold together.

layers ──► groups that fit the disk ──► recorded, searched, deleted: a forward pass for each group
a layer that does not fit even alone ──► its rows are computed whenever the search asks for them
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

from repscope.activations import (
    KINDS,
    PRECISION,
    WIDTH,
    LayerInfo,
    Recording,
    Scale,
    layer_points,
    planned_layers,
    record_chosen,
)
from repscope.core.blocks import parse_bytes
from repscope.core.digests import digest
from repscope.core.files import free_space, write_json
from repscope.core.job import Job
from repscope.neighbors import Exact, Method, neighbor_graph, times_read

if TYPE_CHECKING:
    from repscope.core.points import Points
    from repscope.data import DataSet
    from repscope.networks import Network


SPARE = 0.9
"""Share of the free disk that activations are offered, when it is short."""

SPARE_BYTES = 2**24
"""And what is left for pictures, scores and the report in any case."""

BATCH = 64
"""Images of a forward pass, for an estimate."""


@final
@dataclass(frozen=True)
class Passes:
    """Which layers are recorded together, and which not at all.

    Attributes
    ----------
    groups : tuple of tuple of LayerInfo
        Each fits the disk; one forward pass each.
    recomputed : tuple of LayerInfo
        Larger than the disk alone.
    times : tuple of int
        For each of these, about how often all its rows will be computed.
    largest : int
        Bytes of the largest group.

    Examples
    --------
    >>> layers = [LayerInfo(name, (features,)) for name, features in (("a", 10), ("b", 10), ("c", 90))]
    >>> plan = plan_passes(layers, n=100, width=4, batch=10, disk=10_000, memory="1GiB")
    >>> [[layer.name for layer in group] for group in plan.groups], [layer.name for layer in plan.recomputed]
    ([['a', 'b']], ['c'])
    """

    groups: tuple[tuple[LayerInfo, ...], ...]
    recomputed: tuple[LayerInfo, ...]
    times: tuple[int, ...]
    largest: int

    @property
    def count(self) -> int:
        """About how many forward passes over all images it will take."""
        return len(self.groups) + sum(self.times)

    def __str__(self) -> str:
        text = f"at most {self.largest / 2**30:.2f} GiB of activations on disk at a time"
        if self.groups:
            text += f", in {len(self.groups)} groups of layers"
        if self.recomputed:
            names = ", ".join(layer.name for layer in self.recomputed)
            text += f"; too large even alone, and computed whenever needed: {names}"
        return f"{text}; about {self.count} forward passes over all images instead of 1"


def plan_passes(layers: Sequence[LayerInfo], n: int, width: int, batch: int, disk: int, memory: int | str) -> Passes:
    """Layers in their order, as many together as the disk holds."""
    groups: list[list[LayerInfo]] = []
    recomputed, room, largest = [], 0, 0
    for layer in layers:
        size = n * width * layer.features
        if size > disk:
            recomputed.append(layer)
            continue
        if size > room:
            groups.append([])
            room = disk
        groups[-1].append(layer)
        room -= size
        largest = max(largest, disk - room)
    times = tuple(times_read(n, layer.features, parse_bytes(memory), batch) for layer in recomputed)
    return Passes(tuple(map(tuple, groups)), tuple(recomputed), times, largest)


def graphs_in_passes(
    network: "Network",
    data: "DataSet",
    recording: Recording,
    k: int,
    method: Method | None,
    disk: int,
    *,
    device: str | None = None,
    say: Callable[[str], object] | None = None,
) -> None:
    """Build the graphs of all layers of a recording that holds no activations; those on disk stay as they are.

    Parameters
    ----------
    network, data
        Those of the recording.
    recording : Recording
        What `record(…, stored=False)` made.
    k : int
    method : Method, optional
    disk : int
        Bytes that activations may take on disk at a time.
    device : str, optional
        Of the forward passes.
    say : function of str, optional
        Is told, before anything is done, how many forward passes it will take.
    """
    settings = recording.manifest["settings"]
    width, batch = WIDTH[settings["dtype"]], settings["batch"]
    plan = plan_passes(recording.variants, recording.n, width, batch, disk, _memory(method))
    if say is not None:
        say(f"{recording.partition}: {plan}")
    passing = recording.path / "graphs" / "unfinished" / "activations"

    def build(layer: LayerInfo, points: "Points") -> None:
        path = recording.graph_path(layer.name, k)
        job = Job(path.parent / "unfinished" / path.name)
        about = recording.graph_metadata(layer.name, method)
        neighbor_graph(points, k, method, metadata=about, job=job).save(path)

    def missing(layers: Sequence[LayerInfo]) -> list[LayerInfo]:
        return [layer for layer in layers if recording.kept_graph(layer.name, k, method) is None]

    for group in plan.groups:
        if not missing(group):
            continue
        names = [layer.name for layer in group]
        folder = passing / digest([name.encode() for name in names])
        held = record_chosen(
            network, data, group, folder, partition=recording.partition, dtype=settings["dtype"],
            batch=settings["batch"], device=device,
        )  # fmt: skip
        for layer in missing(group):
            build(layer, held.points(layer.name))
        if held.imprecise:
            write_json(recording.path / PRECISION, {**recording.imprecise, **held.imprecise})
            del recording.imprecise  # it is read again
        shutil.rmtree(folder)
    for layer in missing(plan.recomputed):
        with layer_points(network, data, layer, settings["dtype"], settings["batch"], device) as points:
            build(layer, points)
    shutil.rmtree(passing, ignore_errors=True)


def propose_passes(
    network: "Network",
    layers: str | Sequence[str] | None,
    parts: "Mapping[str, DataSet]",
    dtype: str,
    method: Method,
    folder: Path,
    scales: Sequence[Scale] = (1,),
    pooling: Sequence[str] = KINDS,
) -> str:
    """How the analysis would fit the disk, to be said when it does not."""
    free = free_space(folder)
    disk = int(SPARE * (free - SPARE_BYTES))
    if disk <= 0:
        return ""
    kept = planned_layers(network, layers, scales, pooling)[0]
    plans = [plan_passes(kept, len(part), WIDTH[dtype], BATCH, disk, _memory(method)) for part in parts.values()]
    most = max(plans, key=lambda plan: plan.count)
    return f"; or keep graphs only, with --disk {disk / 2**20:.0f}MiB: {most}"


def _memory(method: Method | None) -> int | str:
    return method.memory if isinstance(method, Exact) else Exact().memory
