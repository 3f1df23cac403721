"""The graphs of all layers of recordings, here or by the workers of an engine."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from repscope.activations import LayerInfo, Recording
from repscope.core.engines import Engine
from repscope.core.errors import BadInput
from repscope.core.progress import progress
from repscope.neighbors import Exact, Method
from repscope.studies._graphs_by_engine import graphs_by
from repscope.studies._shared_graphs import effort

Part: TypeAlias = tuple[Recording, LayerInfo]
"""One graph to build."""


def build_graphs(
    recordings: Sequence[Recording],
    ks: Mapping[str, int],
    method: Method | None = None,
    engine: Engine | None = None,
) -> None:
    """Build and keep the graphs of all layers of each recording; those on disk stay as they are."""
    if engine is not None and not engine.here:
        graphs_by(engine, recordings, ks, method or Exact())
        return
    parts = [(recording, layer) for recording in recordings for layer in recording.variants]
    total = sum(effort(*part) for part in parts)
    with progress("neighbour graphs", 100, "%") as advance:

        def build(part: Part) -> None:
            recording, layer = part
            weight = 100 * effort(*part) / total
            told = 0.0

            def tell(share: float) -> None:
                nonlocal told
                advance(weight * (share - told))
                told = share

            try:
                recording.graph(layer.name, ks[recording.partition], method, tell=tell)
            except BadInput as error:
                raise BadInput(f"the graph of layer {layer.name!r} ({recording.partition}): {error}") from error
            tell(1.0)

        _side_by_side(build, parts, method.in_flight if method else 1)


def _side_by_side(work: Callable[[Part], None], parts: Sequence[Part], at_once: int) -> None:
    """Do the parts in order, so many at once; the first error ends the rest."""
    if at_once == 1:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(at_once) as pool:
        try:
            for done in [pool.submit(work, part) for part in parts]:
                done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
