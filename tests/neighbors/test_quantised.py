"""Candidates in few bits: what they find, and what is refused."""

import numpy as np
import pytest
import torch

from repscope.core.errors import BadInput
from repscope.neighbors import Quantised, load_method, neighbor_graph
from repscope.neighbors._engine import probes, products
from tests.references.brute_force import brute_force


def activations(n: int, d: int) -> np.ndarray:
    """Uncentred, sparse, of few directions, as those of a network."""
    g = np.random.default_rng(0)
    hidden = g.standard_normal((n, 30)) @ g.standard_normal((30, d)) / 5
    return np.maximum(hidden + 0.3 * g.standard_normal((n, d)) + 1, 0).astype(np.float32)


@pytest.mark.parametrize("product", ["int8", "bfloat16"])
@pytest.mark.parametrize("offset", [0, 100])
def test_nearly_all_neighbours_at_their_float64_distances(product, offset):
    points = activations(600, 700) + np.float32(offset)
    graph = neighbor_graph(points, 10, Quantised(product))
    indices, distances = brute_force(points, 10)
    assert (graph.indices == indices).mean() > 0.999
    here = graph.indices == indices
    np.testing.assert_allclose(graph.distances[here], distances[here], rtol=1e-12)
    assert graph.metadata["method"] == "quantised"
    assert (graph.metadata["product"], graph.metadata["overfetch"], graph.metadata["filled"]) == (product, "50", "0")
    assert graph.recall.value > 0.999
    assert graph.recall.rows == 256


def test_what_eight_bits_miss_shows_in_the_recall():
    """Tight pairs in a cloud of far larger spread: one step for all is far coarser than what tells neighbours apart."""
    g = np.random.default_rng(1)
    points = 1000 * g.standard_normal((40, 50)).repeat(15, axis=0) + 1e-3 * g.standard_normal((600, 50))
    graph = neighbor_graph(points, 5, Quantised(overfetch=0))
    indices, _ = brute_force(points, 5)
    true = np.mean([len(set(a) & set(b)) / 5 for a, b in zip(graph.indices.tolist(), indices.tolist(), strict=True)])
    assert true < 0.9
    assert graph.recall.low <= true <= graph.recall.high


def test_the_same_bytes_whatever_the_memory_and_threads():
    points = activations(500, 300)
    graphs = [neighbor_graph(points, 12, Quantised(memory=m)) for m in ("600KiB", "1GiB")]
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    graphs.append(neighbor_graph(points, 12, Quantised()))
    torch.set_num_threads(before)
    for other in graphs[1:]:
        assert (other.indices == graphs[0].indices).all()
        assert other.distances.tobytes() == graphs[0].distances.tobytes()


def test_by_its_address():
    assert load_method("quantised:product=bfloat16,overfetch=20", "1GiB") == Quantised("bfloat16", 20, "1GiB")


def test_other_products_are_refused():
    with pytest.raises(BadInput, match=r"product = 'float32'; expected 'int8' or 'bfloat16'"):
        neighbor_graph(np.eye(4), 1, Quantised("float32"))


def test_too_few_candidates_are_refused():
    with pytest.raises(BadInput, match="overfetch = -1 candidates beyond those wanted; expected zero or more"):
        neighbor_graph(np.eye(4), 1, Quantised(overfetch=-1))


def test_a_product_that_is_wrong_is_not_used(monkeypatch):
    probes.product_is_right.cache_clear()
    right = torch._int_mm
    monkeypatch.setattr(torch, "_int_mm", lambda a, b, **out: right(a, b, **out) + 1)
    try:
        assert not probes.product_is_right("int8")
        with pytest.raises(BadInput, match="product in int8 differs from float64 by more than rounding can explain"):
            neighbor_graph(np.eye(4), 1, Quantised())
    finally:
        probes.product_is_right.cache_clear()


@pytest.mark.parametrize("name", list(products.PRECISIONS))
def test_products_agree_with_float64(name):
    assert probes.product_is_right(name)
