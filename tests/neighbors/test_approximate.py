"""Approximate methods: valid graphs, the same bytes whatever the threads, and a recall that is what it is said to be."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from repscope.core.errors import BadInput, MissingPackage
from repscope.neighbors import METHODS, NeighborGraph, load_method, neighbor_graph
from repscope.neighbors._recall import estimate_recall
from repscope.neighbors.hnsw import HNSW
from repscope.neighbors.ivf import IVF
from repscope.neighbors.nn_descent import NNDescent
from tests.references.brute_force import brute_force

K = 8
QUICK = {
    "ivf": IVF(nlist=20, nprobe=3, checked=200),
    "hnsw": HNSW(M=4, ef_construction=20, ef_search=20, overfetch=0, checked=200),
    "nn_descent": NNDescent(n_trees=2, n_iters=2, max_candidates=5, overfetch=0, checked=200),
}
NEEDS = {"ivf": "faiss", "hnsw": "faiss", "nn_descent": "pynndescent"}


@pytest.fixture(params=QUICK)
def method(request):
    pytest.importorskip(NEEDS[request.param])
    return QUICK[request.param]


def clustered(seed, n=600, d=12):
    """Clusters that touch, with some samples copied from others."""
    g = np.random.default_rng(seed)
    points = g.normal(size=(n, d)) + 3 * g.normal(size=(6, d))[np.arange(n) % 6]
    points[g.permutation(n)[: n // 20]] = points[g.integers(n, size=n // 20)]
    return points


@pytest.mark.parametrize("offset", [0, 1e4])
def test_a_valid_graph(method, offset):
    points = clustered(0) + offset
    graph = neighbor_graph(points, K, method)
    n = len(points)
    assert graph.indices.shape == graph.distances.shape == (n, K)
    assert (graph.indices != np.arange(n)[:, None]).all()
    assert all(len(set(row)) == K for row in graph.indices.tolist())
    direct = np.linalg.norm(points[:, None] - points[graph.indices], axis=2)
    np.testing.assert_allclose(graph.distances, direct, rtol=1e-12)
    order = np.lexsort((graph.indices, graph.distances))
    assert (order == np.arange(K)).all()
    _, exact = brute_force(points, K)
    assert (graph.distances >= exact * (1 - 1e-12)).all()  # an approximate list is never nearer than the true one
    assert 0.3 < graph.recall.value <= 1


def test_copies_are_taken_out_and_put_back(method):
    points = clustered(1)
    graph = neighbor_graph(points, K, method)
    assert graph.duplicates == neighbor_graph(points, K).duplicates > 20
    copies = np.flatnonzero(graph.copy_of != np.arange(graph.n))
    assert (graph.distances[copies, 0] == 0).all()
    distinct = graph.distinct()
    assert distinct.n == graph.n - graph.duplicates
    assert distinct.distances.all()
    assert distinct.checked is graph.distinct_checked


def test_the_exact_rows_are_exact_and_kept(method, tmp_path):
    points = clustered(2)
    graph = neighbor_graph(points, K, method)
    exact = neighbor_graph(points, K)
    for checked, truth in ((graph.checked, exact), (graph.distinct_checked, exact.distinct())):
        assert (checked.indices == truth.indices[checked.rows]).all()
        np.testing.assert_allclose(checked.distances, truth.distances[checked.rows], rtol=1e-12)
    mended = graph.with_exact_rows()
    assert (mended.indices[graph.checked.rows] == exact.indices[graph.checked.rows]).all()
    rest = np.setdiff1d(np.arange(graph.n), graph.checked.rows)
    assert (mended.indices[rest] == graph.indices[rest]).all()
    assert mended.recall is None
    graph.save(tmp_path / "graph")
    read = NeighborGraph.load(tmp_path / "graph")
    assert read.recall == graph.recall
    assert (read.distinct_checked.indices == graph.distinct_checked.indices).all()


def test_metadata(method):
    graph = neighbor_graph(clustered(0), K, method, metadata={"layer": "pool"})
    assert graph.metadata["layer"] == "pool"
    assert graph.metadata["method"] == method.address.partition(":")[0]
    assert (graph.metadata["checked"], graph.metadata["seed"]) == ("200", "0")
    assert graph.metadata["recall"] == f"{graph.recall.value:.4f}"
    assert graph.metadata["recall_interval"] == f"{graph.recall.low:.4f} to {graph.recall.high:.4f}"
    assert int(graph.metadata["filled"]) >= 0
    assert graph.first(3).metadata["recall"] == f"{graph.first(3).recall.value:.4f}"
    assert load_method(method.address) == method


def test_the_same_bytes_whatever_the_threads(method):
    points = clustered(0, n=2500)
    before = torch.get_num_threads()
    graphs = []
    for threads in (1, 3, before):
        torch.set_num_threads(threads)
        graphs.append(neighbor_graph(points, K, method))
    torch.set_num_threads(before)
    for other in graphs[1:]:
        assert other.indices.tobytes() == graphs[0].indices.tobytes()
        assert other.distances.tobytes() == graphs[0].distances.tobytes()
        assert other.checked.rows.tobytes() == graphs[0].checked.rows.tobytes()
        assert other.metadata == graphs[0].metadata


def test_another_seed_draws_other_rows(method):
    first, second = (neighbor_graph(clustered(0), K, replace(method, seed=seed)) for seed in (0, 1))
    assert (first.checked.rows != second.checked.rows).any()


@pytest.mark.parametrize("d", [1, 2, 40])
def test_all_cells_searched_give_the_exact_graph(d):
    pytest.importorskip("faiss")
    points = clustered(3, d=d)
    graph, exact = neighbor_graph(points, K, IVF(nlist=16, nprobe=16, checked=100)), neighbor_graph(points, K)
    assert (graph.indices == exact.indices).all()
    np.testing.assert_allclose(graph.distances, exact.distances, rtol=1e-12)
    assert (graph.recall.value, graph.recall.high) == (1, 1)


@pytest.mark.parametrize(
    "points",
    [
        np.arange(5.0)[:, None],
        np.zeros((150, 3)),
        np.r_[np.zeros((200, 2)), np.ones((3, 2))],
        np.random.default_rng(0).normal(size=(150, 4)) * 1e200,
        np.random.default_rng(0).normal(size=(150, 4)).astype(np.float16),
    ],
)
def test_few_equal_enormous_and_coarse_points(method, points):
    graph = neighbor_graph(points, 3, method)
    exact = neighbor_graph(points, 3)
    assert (graph.indices != np.arange(len(points))[:, None]).all()
    assert (graph.distances >= exact.distances * (1 - 1e-12)).all()
    assert graph.duplicates == exact.duplicates


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("ivf:nlist=0", "nlist = 0 cells; expected 1 or more, or None for a number that suits the points"),
        ("ivf:nprobe=-1", "nprobe = -1 cells; expected 1 or more, or None"),
        ("hnsw:M=1", "M = 1 links; expected 2 or more"),
        ("hnsw:ef_construction=0", "ef_construction = 0 points in view; expected 1 or more"),
        ("hnsw:ef_search=0", "ef_search = 0 points in view; expected 1 or more"),
        ("nn_descent:n_trees=0", "n_trees = 0; expected 1 or more, or None for a number that suits the points"),
        ("nn_descent:max_candidates=0", "max_candidates = 0; expected 1 or more"),
        ("ivf:overfetch=-1", "overfetch = -1 candidates beyond those wanted; expected zero or more"),
        ("ivf:checked=99", "checked = 99 rows to compare with exact ones; expected at least 100: from fewer neither"),
    ],
)
def test_settings_that_make_no_sense(address, text):
    if not address.startswith("nn_descent"):
        pytest.importorskip("faiss")
    with pytest.raises(BadInput, match=text):
        neighbor_graph(clustered(0), K, load_method(address))


def test_distances_that_vanish_are_refused():
    pytest.importorskip("faiss")
    points = np.c_[np.full(150, 1e200), np.arange(150.0)]
    with pytest.raises(BadInput, match="the features differ so much in size that distances between different samples"):
        neighbor_graph(points, 2, IVF(checked=100))


@pytest.mark.parametrize("name", QUICK)
def test_a_missing_package_is_named(name, monkeypatch):
    monkeypatch.setitem(sys.modules, NEEDS[name], None)
    how = r"pip install 'repscope\[ann\]'" if NEEDS[name] == "faiss" else "pip install 'pynndescent'"
    with pytest.raises(MissingPackage, match=rf"neighbor_graph\(…, \w+\(\)\) needs the package '{NEEDS[name]}'.*{how}"):
        neighbor_graph(clustered(0), K, QUICK[name])


def test_what_methods_say_of_themselves():
    for name in QUICK:
        assert METHODS[name].summary.startswith("approximate: ")
        assert "recall measured on exact rows" in METHODS[name].summary


def test_the_interval_of_a_recall():
    all_found = estimate_recall(np.ones(500), n=10_000, k=10)
    assert (all_found.value, all_found.high) == (1, 1)
    assert 0.99 < all_found.low < 1  # a share of the samples that the draw missed may have lost everything
    none_found = estimate_recall(np.zeros(500), n=10_000, k=10)
    assert (none_found.value, none_found.low) == (0, 0)
    assert 0 < none_found.high < 0.01
    everyone = estimate_recall(np.repeat([0.0, 1.0], 50), n=100, k=10)
    assert (everyone.low, everyone.value, everyone.high) == (0.5, 0.5, 0.5)
