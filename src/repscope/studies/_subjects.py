"""What studies do with networks and data: open them by address, analyse them within the study's folder, draw subsets."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Int

from repscope.core.errors import BadInput
from repscope.core.points import ChosenPoints
from repscope.neighbors import NeighborGraph, neighbor_graph, suggest_k
from repscope.studies._analysis import analyze
from repscope.studies._run import Run
from repscope.studies._study import Workspace

if TYPE_CHECKING:
    from repscope.activations import Recording
    from repscope.data import DataSet
    from repscope.networks import Network

DISK = "8GiB"
"""Of activations that a study keeps at a time, where it needs graphs alone."""


def opened_network(address: str, weights: str | None = None, settings: Mapping[str, Any] | None = None) -> "Network":
    """The network of an address."""
    from repscope.networks import load_network

    return load_network(address, weights=weights, **dict(settings or {}))


def opened_data(address: str, settings: Mapping[str, Any] | None = None) -> "DataSet":
    """The data set of an address."""
    from repscope.data import load_data

    return load_data(address, **dict(settings or {}))


def analyzed(
    space: Workspace, name: str, network: "Network", data: "DataSet", layers: Sequence[str] | None, **options: Any
) -> Run:
    """A run of the study, in its folder under `runs`; what is there is not done again."""
    space.say(f"{name}: {network.name} on {data.name}")
    options = {"warn": lambda _message: None, **options}
    return analyze(network, data, layers or None, space.folder / "runs" / name, **options)


def passing_graphs(
    network: "Network", part: "DataSet", layers: Sequence[str] = (), k: int | None = None
) -> dict[str, NeighborGraph]:
    """The graph of every layer; the activations that it is computed from are not kept.

    Parameters
    ----------
    network : Network
    part : DataSet
    layers : sequence of str
        Glob patterns; the input and all blocks if none are given.
    k : int, optional
        Neighbours; n / (10 · classes) by default.
    """
    from repscope.activations import record

    count = suggest_k(len(part), len(part.class_names)) if k is None else k
    with TemporaryDirectory() as folder:
        recording = record(network, part, list(layers) or None, Path(folder) / "recording", warn=lambda _message: None)
        return {layer.name: neighbor_graph(recording.points(layer.name), count) for layer in recording.layers}


def sizes_of(given: Sequence[int], part: "DataSet") -> list[int]:
    """Numbers of samples, ascending; all there are, a half, a quarter and an eighth if none are given.

    Raises
    ------
    BadInput
        If there are not so many.
    """
    if given and max(given) > len(part):
        raise BadInput(f"{max(given)} samples were asked for; {part.name!r} has {len(part)} of this partition")
    return sorted(set(given)) or [len(part) // divisor for divisor in (8, 4, 2, 1)]


def subset(recording: "Recording", n: int, seed: int) -> Int[np.ndarray, " n"]:
    """Rows of a class-balanced subset, ascending; that of a smaller n is part of that of a larger one.

    Raises
    ------
    BadInput
        If there are not so many samples.
    """
    if not 2 <= n <= recording.n:
        raise BadInput(f"{n} samples were asked for; {recording.partition} has {recording.n}, expected 2 to as many")
    generator = np.random.default_rng(seed)
    labels = recording.labels if recording.labels is not None else np.zeros(recording.n, np.int64)
    order = generator.permutation(recording.n)
    place = np.empty(recording.n, np.int64)  # of each sample among those of its class, in that order
    for label in np.unique(labels):
        mine = order[labels[order] == label]
        place[mine] = np.arange(len(mine))
    ranked = np.lexsort((labels[order], place[order]))
    return np.sort(order[ranked][:n])


def subset_graph(
    space: Workspace, recording: "Recording", layer: str, rows: Int[np.ndarray, " n"], k: int
) -> NeighborGraph:
    """The graph of some samples at a layer, kept in the study's folder."""
    name = f"{recording.partition}-{layer.replace('/', '_')}-n{len(rows)}-k{k}.safetensors"
    path = space.folder / "graphs" / name
    if path.exists():
        return NeighborGraph.load(path)
    graph = neighbor_graph(ChosenPoints(recording.points(layer), rows), k)
    path.parent.mkdir(parents=True, exist_ok=True)
    graph.save(path)
    return graph
