"""Whole runs: every score of the table against slow references of the recorded activations, and the same by other settings."""

import numpy as np

from repscope import analyze
from repscope.core.errors import RepscopeError
from repscope.measures import MEASURES, PairMeasure
from tests.drawn import slow_kernels, slow_linear, slow_neighbors
from tests.drawn.check_graphs import check_graph
from tests.drawn.check_measures import plausible
from tests.drawn.check_recordings import draw_data, draw_network
from tests.drawn.modules import check_state, state_of
from tests.drawn.session import Draw
from tests.references.similarity import votes

CHOSEN = ("layer_similarity", "class_similarity", "intrinsic_dimension", "neighbor_accuracy", "cka", "rbf_cka", "hsic", "rsa",
          "mutual_neighbors", "hubness", "procrustes", "svcca")  # fmt: skip


def runs(draw: Draw) -> None:
    """One network on one data set, with some measures, by two settings."""
    _, network = draw_network(draw)
    data = draw_data(draw)
    before = state_of(network.module)
    wanted = [str(m) for m in draw.generator.choice(CHOSEN, size=draw.number(1, 4), replace=False)]
    k = draw.one_of(None, 2, 3)
    draw.tell(f"measures {wanted}, k = {k}")
    settings = {"measures": wanted, "k": k, "seed": draw.number(0, 3), "partitions": ["all"], "warn": lambda _: None}
    try:
        run = analyze(network, data, None, draw.folder / "run", **settings)
    except RepscopeError as error:
        draw.counts["refused"] += 1
        draw.tell(f"refused: {error}")
        return
    finally:
        check_state(draw, network.module, before)
    _scores(draw, run, wanted, data.labels)
    again = analyze(
        network, data, None, draw.folder / "again", **settings, memory=draw.one_of("16MiB", "64MiB"),
    )  # fmt: skip
    for name in wanted:
        first, second = ([(r.layer, r.other, r.score.as_dict()) for r in one.scores(name).rows] for one in (run, again))
        draw.true("scores by other settings", repr(first) == repr(second), f"{name}: {first} and {second}")


def _scores(draw, run, wanted, labels) -> None:
    recording = run.recording("all")
    points = {name: np.asarray(recording.activations(name)) for name in run.layers}
    graphs = {name: run.graph(name, "all") for name in run.layers}
    for name in run.layers:
        check_graph(draw, points[name], graphs[name])
    for name in wanted:
        for row in run.scores(name).rows:
            plausible(draw, row.score)
            if not np.isfinite(row.score.value):
                draw.counts[f"{name}: refused"] += 1
                continue
            expected = _expected(name, points, graphs, labels, row.layer, row.other)
            if expected is not None:
                draw.agree(name, row.score.value / expected[2], expected[0] / expected[2], expected[1] / expected[2])
        pair = isinstance(MEASURES[name], PairMeasure)
        draw.true("every layer has its row", len(run.scores(name).rows) >= len(run.layers) ** (1 + pair) // (1 + pair))


def _expected(name, points, graphs, labels, layer, other):
    """Value, tolerance, and the size that both are to be divided by."""
    x, graph = points[layer], graphs[layer]
    y, second = (points[other], graphs[other]) if other is not None else (x, graph)
    if name == "class_similarity":
        return float(slow_neighbors.class_share(graph.indices, labels.tolist())), 1e-12, 1.0
    if name == "neighbor_accuracy":
        return float(np.mean(votes(graph.indices, labels.tolist()))), 1e-12, 1.0
    if name == "hubness":
        return slow_neighbors.skewness(graph.indices), 1e-8, 1.0
    if name in ("layer_similarity", "mutual_neighbors"):
        return float(slow_neighbors.overlap(graph.indices, second.indices)[name == "mutual_neighbors"]), 1e-12, 1.0
    if name == "intrinsic_dimension":
        found = slow_neighbors.two_nn(x)
        return None if found is None else (*found, found[0])
    if name in ("cka", "hsic"):
        (a, left), (b, right) = slow_kernels.linear(x), slow_kernels.linear(y)
        if not slow_kernels.cka(a, b)[1] < 0.02:
            return None
        if name == "cka":
            return (*slow_kernels.cka(a, b), 1.0)
        value, tolerance = slow_kernels.hsic(a, b)
        scale = 2.0 ** (2 * (left + right))
        return value * scale, tolerance * scale, float(a.norm * b.norm) / len(x) ** 2 * scale
    if name == "rbf_cka":
        a, b = slow_kernels.gaussian(x), slow_kernels.gaussian(y)
        return None if a is None or b is None else (*slow_kernels.cka(a, b), 1.0)
    if any(not np.isfinite(slow_linear.centered(one)[1]) for one in (x, y)):
        return None
    if name == "rsa":
        value = slow_linear.rank_correlation(x, y)
        return None if value is None else (value, 1e-6, 1.0)
    if name == "procrustes":
        return (*slow_linear.procrustes(x, y), 1.0)
    if name == "svcca":
        found = slow_linear.correlations(x, y, 0.99)
        return None if found is None else (*found[0], 1.0)
    return None
