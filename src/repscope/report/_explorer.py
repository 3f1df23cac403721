"""The data of the neighbour explorer: pictures, and the nearest neighbours of each sample at every layer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Int

from repscope.core.sprites import SHEET_BYTES, SpriteSheet, sprite_sheet
from repscope.report._blocks import Block
from repscope.report._packing import pack_uint16
from repscope.report._selection import PICTURES, Selection, select_samples
from repscope.studies import Run

NEAREST = 10
"""Neighbours shown at each layer."""

SECOND = 2500
"""Pictures in all up to which a page shows further partitions beside the last one."""

CHEAP = 2000
"""Samples up to which graphs of NEAREST neighbours are built when the run's k is smaller: seconds in all."""


@final
@dataclass(frozen=True)
class Gallery:
    """The pictures of one partition, with ids and labels; the position in it names a sample below."""

    partition: str
    total: int
    ids: tuple[str, ...]
    labels: tuple[int, ...] | None
    sheet: dict[str, Any]


@final
@dataclass(frozen=True)
class Source:
    """The neighbours under one network.

    Attributes
    ----------
    gallery : int
        Which gallery its samples are in.
    queries : packed (m,)
        Positions of the samples that can be explored.
    neighbours : packed (m, l, NEAREST)
        Positions of their nearest neighbours, nearest first.
    agree : packed (m, l) or None
        How many of the k neighbours in the graph are of the sample's own class.
    vote : packed (m, l) or None
        The class of most of the k neighbours; of equally many, the one with the smaller number.
    """

    key: str
    title: str
    gallery: int
    layers: tuple[str, ...]
    k: int
    nearest: int
    queries: dict[str, Any]
    neighbours: dict[str, Any]
    agree: dict[str, Any] | None
    vote: dict[str, Any] | None


@final
@dataclass(frozen=True)
class Explorer(Block):
    """Galleries, and the networks' views of them."""

    kind: ClassVar[str] = "explorer"
    class_names: tuple[str, ...]
    galleries: tuple[Gallery, ...]
    sources: tuple[Source, ...]


def explorer_of_run(run: Run, budget: int = PICTURES) -> Explorer:
    """The last partition (validation, where there is one), and others while all pictures are few."""
    plans: list[_Plan] = []
    pictures = 0
    for partition in reversed(run.partitions):
        if plans and pictures + run.recording(partition).n > min(SECOND, budget):
            continue
        plans.append(_plan([run], partition, budget))
        pictures += len(plans[-1].selection.pictures)
    galleries = [_gallery(run, p, SHEET_BYTES * len(p.selection.pictures) // pictures) for p in plans]
    sources = [_source(run, p, p.partition, p.partition, number) for number, p in enumerate(plans)]
    return Explorer(run.class_names, tuple(galleries), tuple(sources))


def explorer_of_runs(
    runs: Sequence[Run], keys: Sequence[str], names: Sequence[str], partition: str, budget: int = PICTURES
) -> Explorer:
    """The same samples as several networks see them: one gallery, a source for each; keys are for addresses."""
    plan = _plan(runs, partition, budget)
    sources = [
        _source(run, plan, f"{key}-{partition}", f"{name} ({partition})", 0)
        for run, key, name in zip(runs, keys, names, strict=True)
    ]
    return Explorer(runs[0].class_names, (_gallery(runs[0], plan, SHEET_BYTES),), tuple(sources))


@final
@dataclass(frozen=True)
class _Plan:
    """Which samples of a partition are in the page, and how many neighbours of each."""

    partition: str
    selection: Selection
    nearest: int


def _plan(runs: Sequence[Run], partition: str, budget: int) -> _Plan:
    nearest = min(_shown(run, partition) for run in runs)
    lists = [graph[:, :nearest].astype(np.int32) for run in runs for graph in _graphs(run, partition)]
    labels = runs[0].recording(partition).labels
    return _Plan(partition, select_samples(np.stack(lists, axis=1), labels, budget), nearest)


def _shown(run: Run, partition: str) -> int:
    """Neighbours that can be shown: those of the graph; of few samples, more than the run's k."""
    recording, k = run.recording(partition), run.k(partition)
    return min(NEAREST, recording.n - 1) if recording.n <= CHEAP and recording.stored else min(NEAREST, k)


def _graphs(run: Run, partition: str) -> Iterator[Int[np.ndarray, "n k"]]:
    recording, count = run.recording(partition), max(run.k(partition), _shown(run, partition))
    for layer in run.layers:
        yield recording.graph(layer, count).indices


def _gallery(run: Run, plan: _Plan, budget: int) -> Gallery:
    recording, rows = run.recording(plan.partition), plan.selection.pictures
    sheet: SpriteSheet = sprite_sheet(recording.thumbnails()[rows], budget)
    labels = None if recording.labels is None else tuple(recording.labels[rows].tolist())
    return Gallery(plan.partition, recording.n, tuple(recording.ids[i] for i in rows), labels, vars(sheet))


def _source(run: Run, plan: _Plan, key: str, title: str, gallery: int) -> Source:
    recording = run.recording(plan.partition)
    position = np.full(recording.n, -1, dtype=np.int64)
    position[plan.selection.pictures] = np.arange(len(plan.selection.pictures))
    queries, labels = plan.selection.queries, recording.labels
    lists = np.empty((len(queries), len(run.layers), plan.nearest), dtype=np.int64)
    agree, vote = (np.zeros(lists.shape[:2], dtype=np.int64) for _ in range(2))
    for number, indices in enumerate(_graphs(run, plan.partition)):
        lists[:, number] = position[indices[queries, : plan.nearest]]
        if labels is not None:
            around = labels[indices[queries, : run.k(plan.partition)]]
            agree[:, number] = (around == labels[queries, None]).sum(axis=1)
            vote[:, number] = majority(around)
    known = labels is not None
    return Source(
        key,
        title,
        gallery,
        run.layers,
        run.k(plan.partition),
        plan.nearest,
        pack_uint16(position[queries]),
        pack_uint16(lists),
        pack_uint16(agree) if known else None,
        pack_uint16(vote) if known else None,
    )


def majority(labels: Int[np.ndarray, "m k"]) -> Int[np.ndarray, " m"]:
    """The most frequent label of each row; of equally frequent ones, the smallest.

    >>> majority(np.array([[3, 1, 1], [2, 0, 5]])).tolist()
    [1, 0]
    """
    rows, classes = len(labels), int(labels.max(initial=0)) + 1
    cells = (np.arange(rows)[:, None] * classes + labels).ravel()
    winners: Int[np.ndarray, " m"] = np.bincount(cells, minlength=rows * classes).reshape(rows, classes).argmax(axis=1)
    return winners
