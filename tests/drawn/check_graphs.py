"""Neighbor graphs against all differences in long double; the same bytes whatever the method's settings and the points' form."""

import numpy as np
import torch

from repscope.neighbors import Exact, NeighborGraph, neighbor_graph
from repscope.neighbors.quantised import Quantised
from tests.drawn import slow_neighbors
from tests.drawn.points import change, draw_cloud, typed
from tests.drawn.session import Difference, Draw


def graphs(draw: Draw) -> None:
    """One cloud; its graph by brute force and by several settings."""
    n = draw.one_of(draw.number(2, 12), draw.number(12, 90), draw.number(90, 250))
    d = draw.one_of(1, 2, draw.number(1, 30), draw.number(30, 300))
    k = draw.one_of(1, n - 1, draw.number(1, min(n - 1, 20)))
    x = typed(draw, change(draw, draw_cloud(draw, n, d)), ("float32", "float32", "float64", "float16"))
    if draw.chance(0.1):
        x = draw.generator.integers(-3, 4, size=(n, d)).astype(draw.one_of(np.int64, np.uint8, np.int16, bool))
        draw.tell(f"whole numbers, {x.dtype}")
    draw.tell(f"k = {k}")
    before = x.copy()
    graph = neighbor_graph(x, k)
    check_graph(draw, x, graph)
    for other in _others(draw, x, k):
        for part in ("indices", "distances", "tied", "copy_of", "distinct_indices", "distinct_distances"):
            draw.equal(f"{part} by other settings", getattr(other, part), getattr(graph, part))
    near = neighbor_graph(x, k, Quantised()) if draw.chance(0.3) else None
    if near is not None and n <= 50:  # of k + 50 candidates: all others
        draw.equal("distances of Quantised", near.distances, graph.distances)
    first = graph.first(draw.number(1, k))
    check_graph(draw, x, first)
    draw.equal("points as they were", x, before)


def check_graph(draw: Draw, x: np.ndarray, graph: NeighborGraph) -> None:
    """Every entry: as near as it may be, ordered, counted."""
    n, k = graph.indices.shape
    rows = np.arange(n)[:, None]
    draw.equal("copies", graph.copy_of, slow_neighbors.first_copies(x))
    draw.true("never the sample itself", not (graph.indices == rows).any())
    draw.true("no neighbor twice", all(len(set(row)) == k for row in graph.indices.tolist()))
    found = slow_neighbors.distances(x)
    there = np.take_along_axis(found.matrix, graph.indices, axis=1)
    nearest = np.sort(found.matrix, axis=1)[:, :k]
    slack = 2 * found.relative
    worst = np.abs(there - nearest) - slack * nearest
    if not (worst <= 0).all():
        i, j = np.argwhere(worst > 0)[0]
        raise Difference(
            f"the neighbor {j} of sample {i} is {graph.indices[i, j]} at {there[i, j]}, there is one at {nearest[i, j]}"
        )
    lengths = np.ldexp(graph.distances.astype(np.longdouble), -found.exponent)
    fine = np.abs(lengths - there) <= slack * there + np.ldexp(np.longdouble(1), -1074 - found.exponent)
    draw.true("distances", fine.all(), f"{lengths[~fine][:3]} for {there[~fine][:3]}")
    draw.true("nearest first", (np.diff(graph.distances, axis=1) >= 0).all())
    equal = (
        (np.diff(graph.distances, axis=1) == 0) & (np.diff(graph.indices, axis=1) < 0) & (graph.distances[:, 1:] > 0)
    )
    wide = x.astype(np.longdouble)  # two different squares may have one root, and then the order is that of the squares
    if x.dtype.kind in "iub" or bool((wide == np.round(wide)).all() and np.abs(wide).max() < 2**20):
        order = np.array([np.lexsort((np.arange(n), row))[:k] for row in found.matrix])
        draw.true("equal distances by index", not equal.any())
        draw.equal("indices", graph.indices, order)
        last = np.take_along_axis(found.matrix, order[:, -1:], axis=1)
        ties = (found.matrix == last).sum(axis=1) - (nearest == last).sum(axis=1)
        draw.equal("rows with ties", graph.tied > 0, ties > 0)
        if graph.duplicates:  # copies of points beyond the list are counted as one
            draw.true("no more ties than there are", (graph.tied <= ties).all())
        else:
            draw.equal("ties", graph.tied, ties)
    else:
        last = nearest[:, -1:]
        most = (np.abs(found.matrix - last) <= 2 * slack * last).sum(axis=1)
        draw.true("no more ties than there are", (graph.tied <= np.maximum(most - 1, 0)).all())


def _others(draw: Draw, x: np.ndarray, k: int):
    """The same graph by other ways."""
    methods = [
        Exact(product="float32"),
        Exact(product="int8"),
        Exact(product="float32", overfetch=draw.number(0, 30)),
        Exact(memory=draw.one_of("1MiB", "3MiB", "64MiB")),
    ]
    yield neighbor_graph(x, k, draw.one_of(*methods))
    form = draw.one_of("tensor", "disk", "threads", "axes")
    draw.tell(f"also as: {form}")
    if form == "tensor":
        yield neighbor_graph(torch.from_numpy(x.copy()), k)
    elif form == "disk":
        np.save(draw.folder / "points.npy", x)
        yield neighbor_graph(np.load(draw.folder / "points.npy", mmap_mode="r"), k)
    elif form == "axes":
        yield neighbor_graph(x.reshape(len(x), -1, 1, 1), k)
    else:
        before = torch.get_num_threads()
        try:
            torch.set_num_threads(2)
            yield neighbor_graph(x, k)
        finally:
            torch.set_num_threads(before)
