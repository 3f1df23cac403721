"""The exact search against float64 differences, in every index, on data that break other searches."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repscope.neighbors import Exact, neighbor_graph
from tests.references.brute_force import brute_force


def tight_clusters(g: np.random.Generator, n: int, d: int) -> np.ndarray:
    """Clusters of width 1e-3 whose centres have norm 8."""
    centres = g.standard_normal((max(1, n // 12), d))
    centres *= 8 / np.linalg.norm(centres, axis=1, keepdims=True)
    return (centres[g.integers(len(centres), size=n)] + 1e-3 * g.standard_normal((n, d))).astype(np.float32)


def relu_features(g: np.random.Generator, n: int, d: int) -> np.ndarray:
    """Uncentred, sparse features."""
    return np.maximum(g.standard_normal((n, d)) + 1, 0).astype(np.float32)


def with_duplicates(g: np.random.Generator, n: int, d: int) -> np.ndarray:
    """A fifth of the rows copied from others."""
    x = g.standard_normal((n, d)).astype(np.float32)
    x[g.permutation(n)[: n // 5]] = x[g.integers(n, size=n // 5)]
    return x


def with_zero_rows(g: np.random.Generator, n: int, d: int) -> np.ndarray:
    """A third of the rows all zero."""
    x = relu_features(g, n, d)
    x[g.permutation(n)[: n // 3]] = 0
    return x


def half_precision(g: np.random.Generator, n: int, d: int) -> np.ndarray:
    """float16, where many distances are exactly equal."""
    return (np.round(g.standard_normal((n, d)) * 4) / 4).astype(np.float16)


def far_from_origin(g: np.random.Generator, n: int, d: int) -> np.ndarray:
    """Offset by a thousand times the spread."""
    return (g.standard_normal((n, d)) + 1000).astype(np.float32)


def very_far_from_origin(g: np.random.Generator, n: int, d: int) -> np.ndarray:
    """Offset by ten thousand times the spread."""
    return (g.standard_normal((n, d)) + 10_000).astype(np.float32)


def one_huge_feature(g: np.random.Generator, n: int, d: int) -> np.ndarray:
    """One feature a million times larger than the rest."""
    x = g.standard_normal((n, d)).astype(np.float32)
    x[:, 0] *= 1e6
    return x


def subnormal(g: np.random.Generator, n: int, d: int) -> np.ndarray:
    """All numbers below the smallest normal one."""
    return (g.standard_normal((n, d)) * 1e-41).astype(np.float32)


def integers(g: np.random.Generator, n: int, d: int) -> np.ndarray:
    """A small grid: ties everywhere."""
    return g.integers(0, 4, size=(n, d))


def enormous(g: np.random.Generator, n: int, d: int) -> np.ndarray:
    """Numbers whose squares overflow."""
    return g.standard_normal((n, d)) * 1e200


KINDS = [
    tight_clusters,
    relu_features,
    with_duplicates,
    with_zero_rows,
    half_precision,
    far_from_origin,
    very_far_from_origin,
    one_huge_feature,
    subnormal,
    integers,
    enormous,
]


def assert_exact(points: np.ndarray, k: int, method: Exact | None = None) -> None:
    graph = neighbor_graph(points, k, method)
    # dividing by a power of two rounds nothing and keeps the reference's squares in range
    scale = 2.0 ** -int(np.frexp(np.abs(np.asarray(points, np.float64)).max() or 1.0)[1])
    scaled = np.asarray(points, np.float64) * scale
    indices, distances = brute_force(scaled, k)
    np.testing.assert_allclose(graph.distances * scale, distances, rtol=1e-12, atol=0)
    different = np.argwhere(graph.indices != indices)
    for row, column in different:  # only where the two distances agree to the last bits of a differently ordered sum
        mine = np.sqrt(((scaled[row] - scaled[graph.indices[row, column]]) ** 2).sum())
        assert mine == pytest.approx(distances[row, column], rel=4e-15)
    assert (graph.indices != np.arange(len(points))[:, None]).all()
    assert all(len(set(row)) == k for row in graph.indices.tolist())


@given(
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(2, 400),
    d=st.sampled_from([1, 2, 3, 17, 64, 257]),
    share=st.floats(0, 1),
    overfetch=st.sampled_from([None, 0, 3]),
    product=st.sampled_from(["auto", "float32", "int8"]),
)
@settings(max_examples=80, suppress_health_check=list(HealthCheck))
def test_every_index_equals_brute_force(kind, seed, n, d, share, overfetch, product):
    points = kind(np.random.default_rng(seed), n, d)
    assert_exact(points, 1 + round(share * (n - 2)), Exact(product, overfetch))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "d", "k"), [(900, 24, 30), (2, 5, 1), (3, 1, 2)])
def test_large_and_least(kind, n, d, k):
    assert_exact(kind(np.random.default_rng(n), n, d), k)


@pytest.mark.parametrize("kind", [tight_clusters, relu_features, with_duplicates, with_zero_rows, half_precision])
def test_three_thousand_samples(kind):
    assert_exact(kind(np.random.default_rng(0), 3000, 16), 40)


@pytest.mark.parametrize("product", ["float32", "int8"])
@pytest.mark.parametrize("n", [63, 64, 65, 127, 128, 129, 191, 192, 193])
def test_around_multiples_of_the_smallest_tile(n, product):
    """A budget of 300 KiB cuts the points into tiles of 64; every other row is a copy of one far away."""
    points = relu_features(np.random.default_rng(n), n, 70)
    points[1::2] = points[::2][::-1][: n // 2]
    assert_exact(points, 9, Exact(product, memory="300KiB"))


@pytest.mark.parametrize("n", [1023, 1024, 1025, 2047, 2048, 2049])
def test_around_multiples_of_the_largest_tile(n):
    assert_exact(with_duplicates(np.random.default_rng(n), n, 6), 5)


@pytest.mark.parametrize("kind", KINDS)
def test_many_features(kind):
    """Enough of both for int8 to be chosen where the processor is fast at it, and more features than one slab holds."""
    assert_exact(kind(np.random.default_rng(5), 700, 900), 20)


def test_int8_proves_most_rows_of_activations_and_says_how_many():
    points = relu_features(np.random.default_rng(1), 1500, 2100)
    graph = neighbor_graph(points, 10, Exact("int8"))
    counts = {name: int(graph.metadata[f"proved_{name}"]) for name in ("int8", "float32", "float64", "direct")}
    assert sum(counts.values()) == 1500
    assert counts["int8"] > 1300


def test_the_same_bytes_whatever_the_blocks_and_threads():
    points = relu_features(np.random.default_rng(0), 700, 300)
    graphs = [neighbor_graph(points, 12, Exact(memory=m)) for m in ("400KiB", "1MiB", "1GiB")]
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    graphs.append(neighbor_graph(points, 12))
    torch.set_num_threads(before)
    for other in graphs[1:]:
        assert (other.indices == graphs[0].indices).all()
        assert other.distances.tobytes() == graphs[0].distances.tobytes()


def test_reordering_samples_reorders_the_graph():
    g = np.random.default_rng(3)
    points = tight_clusters(g, 500, 30)
    order = g.permutation(500)
    graph, moved = neighbor_graph(points, 9), neighbor_graph(points[order], 9)
    assert (order[moved.indices] == graph.indices[order]).all()
    assert (moved.distances == graph.distances[order]).all()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_neighbours_on_a_gpu(kind):
    points = kind(np.random.default_rng(1), 1500, 96)
    here = neighbor_graph(points, 20)
    there = neighbor_graph(torch.as_tensor(np.asarray(points)).cuda(), 20)
    np.testing.assert_allclose(there.distances, here.distances, rtol=1e-12)
    assert (there.indices == here.indices).mean() > 0.999


def test_the_gather_of_a_gpu_gives_the_same_distances(monkeypatch):
    """The tensor path of a GPU, run on the processor: the same numbers up to the order of summation."""
    from repscope.core.points import ArrayPoints
    from repscope.neighbors._engine import distances

    g = np.random.default_rng(2)
    points = ArrayPoints(torch.from_numpy(relu_features(g, 200, 1100).astype(np.float32)))
    pairs = distances.PairLists.of(np.arange(200), g.integers(0, 200, (200, 7)).astype(np.int32))
    expected = distances.squared_distances(points, pairs)
    monkeypatch.setattr(distances, "GATHERED", 10**6)
    np.testing.assert_allclose(distances.gathered(points, pairs), expected, rtol=1e-13)
