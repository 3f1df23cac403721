"""The graphs of recordings by an engine's workers: one task for a graph, or for each share of a large one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from repscope.activations import Recording
from repscope.core.blocks import parse_bytes
from repscope.core.engines import Engine, Needs
from repscope.core.progress import progress
from repscope.neighbors import Method
from repscope.studies._shared_graphs import GraphTask, build, can_be_shared, effort, join, share_count

PROCESS = 2**30
"""Bytes of a worker before it does anything."""


def graphs_by(engine: Engine, recordings: Sequence[Recording], ks: Mapping[str, int], method: Method) -> None:
    """Build and keep the graphs of all layers of each recording by an engine's workers; those on disk stay.

    The graph of many points is built in shares, whose number depends on the work alone; then a task joins them.
    """
    on_gpu = getattr(method, "device", None) not in (None, "cpu")
    if on_gpu:  # of which a worker sees one
        method = replace(method, device="cuda")
    tasks: list[GraphTask] = []
    joins: list[GraphTask] = []
    work: list[float] = []
    for recording in recordings:
        k = ks[recording.partition]
        for layer in recording.variants:
            if recording.kept_graph(layer.name, k, method) is not None:
                continue
            whole = GraphTask(str(recording.path.resolve()), recording.digest, layer.name, k, method)
            count = share_count(recording.n, layer.features) if can_be_shared(method) else 1
            shares = [replace(whole, share=(part, count)) for part in range(count)]
            tasks += shares if count > 1 else [whole]
            joins += [whole] if count > 1 else []
            work += [effort(recording, layer) / count] * count
    folder = recordings[0].path.parent
    needs = _needs(method, max(r.n for r in recordings), max(ks.values()), on_gpu)
    with progress("neighbour graphs", 100, "%") as advance:
        _all(engine.run(build, tasks, folder=folder, needs=needs, done=lambda i: advance(100 * work[i] / sum(work))))
    with progress("joining shares", len(joins), "graphs") as advance:
        _all(engine.run(join, joins, folder=folder, needs=needs, done=lambda _: advance()))


def _needs(method: Method, n: int, k: int, on_gpu: bool) -> Needs:
    """The method's budget, and about what it holds beside: candidates and the result."""
    budget = parse_bytes(getattr(method, "memory", 0))
    return Needs(PROCESS + budget + n * (16 * k + 128) * 8, on_gpu)


def _all(results: Iterator[object]) -> None:
    for _ in results:
        pass
