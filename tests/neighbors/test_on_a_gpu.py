"""The search on a GPU: by tensor operations, which run on any device; a GPU's failures are played."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from repscope.core.errors import BadInput, OutOfSpace
from repscope.core.job import Job
from repscope.core.points import as_points
from repscope.neighbors import Exact, exact, neighbor_graph
from repscope.neighbors._engine import card
from repscope.neighbors._engine import search as module
from repscope.neighbors._engine.search import Search
from tests.neighbors.test_exactness import KINDS, assert_exact, relu_features
from tests.references.brute_force import brute_force

NONE = torch.device("cuda")
GIB = 2**30


def searched(points: np.ndarray, k: int, memory: int = GIB) -> Search:
    """A search that takes the way of a GPU, on the processor."""
    search = Search(as_points(points), k, "auto", None, GIB, torch.device("cpu"))
    before, module.free_bytes = module.free_bytes, lambda device: max(2 * memory, 2 * module.LEAST_ON_CARD)
    try:
        assert search.on_card(Job())
    finally:
        module.free_bytes = before
    return search


@given(
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(20, 400),
    d=st.sampled_from([1, 2, 17, 64, 257]),
    memory=st.sampled_from([2**16, 2**30]),
)
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_every_distance_equals_brute_force(kind, seed, n, d, memory):
    points = np.unique(kind(np.random.default_rng(seed), n, d), axis=0)  # a search is given distinct points
    assume(len(points) > 2)
    k = min(12, len(points) - 1)
    answer = searched(points, k, memory).answer
    scale = 2.0 ** -int(np.frexp(np.abs(np.asarray(points, np.float64)).max())[1])
    _, distances = brute_force(np.asarray(points, np.float64) * scale, k)
    factor = distances[0, 0] / np.sqrt(answer.squared[0, 0])  # the search's own power of two
    np.testing.assert_allclose(np.sqrt(answer.squared) * factor, distances, rtol=1e-12)


def test_how_many_rows_tf32_proves_is_counted():
    search = searched(relu_features(np.random.default_rng(0), 700, 200), 10)
    assert sum(search.settled.values()) == 700
    assert search.settled["tf32"] > 500


@pytest.mark.parametrize("held", [True, False])
def test_points_that_do_not_fit_are_moved_block_by_block(held):
    points = torch.arange(30.0).reshape(10, 3)
    there = card.MovedPoints(as_points(points), torch.device("cpu"), held)
    assert (there.rows(slice(2, 5)) == points[2:5]).all()
    assert (there.rows(np.array([7, 1])) == points[[7, 1]]).all()
    assert (there.columns(1, 3) == points[:, 1:3]).all()
    assert there.shape == (10, 3)
    assert there.dtype == torch.float32


def failing(monkeypatch, error: Exception, times: int) -> list[int]:
    """The first products fail; the memory that each was given."""
    real, given = module.settle_by_rows, []

    def settle(points, centre, rows, precision, keep, wanted, memory, answer):
        given.append(memory)
        if len(given) <= times:
            raise error
        return real(points, centre, rows, precision, keep, wanted, memory, answer)

    monkeypatch.setattr(module, "settle_by_rows", settle)
    monkeypatch.setattr(module, "moved", lambda points, device: card.MovedPoints(points, torch.device("cpu"), True))
    monkeypatch.setattr(module, "free_bytes", lambda device: 8 * GIB)
    monkeypatch.setattr(module, "forget", lambda device: None)
    monkeypatch.setattr(exact, "chosen_device", lambda name: NONE)
    return given


def test_smaller_blocks_when_memory_runs_out(monkeypatch):
    given = failing(monkeypatch, torch.OutOfMemoryError("CUDA out of memory"), 2)
    graph = neighbor_graph(relu_features(np.random.default_rng(0), 300, 20), 5, Exact(device="cuda"))
    assert given[:3] == [4 * GIB, GIB, GIB // 4]
    assert "device" not in graph.metadata


@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("CUDA error: unspecified launch failure")],
)
def test_the_processor_goes_on_where_the_gpu_failed(monkeypatch, error):
    failing(monkeypatch, error, 99)
    monkeypatch.setattr(module, "LEAST_ON_CARD", 2 * GIB)
    points = relu_features(np.random.default_rng(0), 300, 20)
    monkeypatch.setattr(Search, "_rest", lambda self: None)  # which would fail as well; the tiles prove all rows
    graph = neighbor_graph(points, 5, Exact(device="cuda"))
    assert graph.metadata["device"] == "cpu, after cuda failed or ran out of memory"
    assert graph.distances.tobytes() == neighbor_graph(points, 5, Exact(device=None)).distances.tobytes()


def test_other_errors_come_through(monkeypatch):
    failing(monkeypatch, RuntimeError("shapes do not agree"), 99)
    with pytest.raises(RuntimeError, match="shapes do not agree"):
        neighbor_graph(np.eye(9), 2, Exact(device="cuda"))


def test_points_on_a_gpu_that_has_no_room_for_more(monkeypatch):
    failing(monkeypatch, torch.OutOfMemoryError("CUDA out of memory"), 99)
    there = card.MovedPoints(as_points(relu_features(np.random.default_rng(0), 60, 7)), torch.device("cpu"), True)
    search = Search(there, 3, "auto", None, GIB, NONE)
    there._device = NONE
    with pytest.raises(OutOfSpace, match=r"the memory of cuda does not hold these points of 7 features and a search"):
        search.run(Job())


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is here")
def test_a_gpu_that_is_not_there():
    with pytest.raises(BadInput, match=r"the device 'cuda' is not there: torch sees 0 CUDA devices; use 'cpu'"):
        neighbor_graph(np.eye(4), 1, Exact(device="cuda"))


def test_devices_that_are_none():
    with pytest.raises(BadInput, match=r"there is no device 'gpu'; expected 'cpu', 'cuda', 'cuda:1'"):
        neighbor_graph(np.eye(4), 1, Exact(device="gpu"))
    with pytest.raises(BadInput, match="neighbours are searched on 'cpu' or 'cuda', not on 'meta'"):
        neighbor_graph(np.eye(4), 1, Exact(device="meta"))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("kind", KINDS)
def test_exact_on_a_gpu(kind):
    assert_exact(kind(np.random.default_rng(1), 900, 70), 15, Exact(device="cuda"))
