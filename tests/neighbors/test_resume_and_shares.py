"""A search that is interrupted, or shared among machines, gives the bytes of one that is not."""

import numpy as np
import pytest
import torch

from repscope.core.errors import BadInput, Damaged, Mismatch, OutOfSpace
from repscope.core.job import Job
from repscope.neighbors import Exact, neighbor_graph
from repscope.neighbors._shared_search import join_shares, search_share

SMALL = Exact("float32", memory="600KiB")
"""Tiles of 128 points, 78 of them."""


def points(seed: int = 0, n: int = 1500, d: int = 40) -> np.ndarray:
    x = np.maximum(np.random.default_rng(seed).standard_normal((n, d)), 0).astype(np.float32)
    x[7] = x[1490]
    return x


def written(graph, path) -> bytes:
    graph.save(path)
    return path.read_bytes()


class Stop(Exception):
    """Instead of a power cut."""


def interrupted(x, k, method, state, after):
    """Begin a search and end it when so many looks at the clock were taken."""
    seen = []

    def tell(share):
        seen.append(share)
        if len(seen) > after:
            raise Stop

    with pytest.raises(Stop):
        neighbor_graph(x, k, method, job=Job(state, tell, every=0))
    return seen


@pytest.mark.parametrize("method", [SMALL, Exact("int8", memory="600KiB")])
@pytest.mark.parametrize("threads", [1, 2])
def test_interrupted_and_resumed_the_bytes_are_the_same(tmp_path, method, threads, monkeypatch):
    monkeypatch.setattr("repscope.neighbors._engine.all_pairs.STRIPE", 5)
    whole = written(neighbor_graph(points(), 20, method), tmp_path / "whole")
    state = tmp_path / "state.safetensors"
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        first = interrupted(points(), 20, method, state, after=2)
        assert state.exists()
        second = interrupted(points(), 20, method, state, after=1)
        assert second[0] > first[1]  # what was written was not computed again
        shares = []
        graph = neighbor_graph(points(), 20, method, job=Job(state, shares.append, every=0))
    finally:
        torch.set_num_threads(before)
    assert shares[-1] == 1.0
    assert written(graph, tmp_path / "resumed") == whole
    assert not state.exists()


def test_other_points_or_options_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("repscope.neighbors._engine.all_pairs.STRIPE", 5)
    state = tmp_path / "state.safetensors"
    interrupted(points(), 20, SMALL, state, after=2)
    changed = points()
    changed[3, 3] += 1
    with pytest.raises(Mismatch, match=r"beginning of another search \(identity differ"):
        neighbor_graph(changed, 20, SMALL, job=Job(state))
    with pytest.raises(Mismatch, match=r"\(plan differ.*delete it to begin anew"):
        neighbor_graph(points(), 20, Exact("float32", overfetch=30, memory="600KiB"), job=Job(state))
    torn = state.read_bytes()
    state.write_bytes(torn[: len(torn) // 2])
    with pytest.raises(Damaged, match=r"truncated or damaged"):
        neighbor_graph(points(), 20, SMALL, job=Job(state))


@pytest.mark.parametrize("method", [SMALL, Exact("int8", memory="600KiB")])
@pytest.mark.parametrize("parts", [1, 3, 7])
def test_shares_joined_in_any_order_give_the_same_bytes(tmp_path, method, parts):
    whole = written(neighbor_graph(points(), 20, method, metadata={"layer": "a"}), tmp_path / "whole")
    paths = [tmp_path / f"share{part}" for part in range(parts)]
    for part, path in enumerate(paths):
        search_share(points(), 20, method, (part, parts), path)
    graph = join_shares(points(), 20, method, paths[::-1], metadata={"layer": "a"})
    assert written(graph, tmp_path / "joined") == whole


def test_a_share_that_was_interrupted_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("repscope.neighbors._engine.all_pairs.STRIPE", 5)
    whole = written(neighbor_graph(points(), 20, SMALL), tmp_path / "whole")
    paths = [tmp_path / "share0", tmp_path / "share1"]
    search_share(points(), 20, SMALL, (0, 2), paths[0])

    def stop(share):
        if share > 0.5:
            raise Stop

    with pytest.raises(Stop):
        search_share(points(), 20, SMALL, (1, 2), paths[1], Job(tmp_path / "state", stop, every=0))
    assert not paths[1].exists()
    search_share(points(), 20, SMALL, (1, 2), paths[1], Job(tmp_path / "state"))
    assert written(join_shares(points(), 20, SMALL, paths), tmp_path / "joined") == whole


def test_shares_that_do_not_belong_together(tmp_path):
    paths = [tmp_path / "share0", tmp_path / "share1"]
    for part, path in enumerate(paths):
        search_share(points(), 20, SMALL, (part, 2), path)
    with pytest.raises(BadInput, match=r"1 shares hold \d+ of \d+ tiles; compute the missing shares first"):
        join_shares(points(), 20, SMALL, paths[:1])
    with pytest.raises(Mismatch, match=r"share of another search: its identity is"):
        join_shares(points(1), 20, SMALL, paths)
    with pytest.raises(Mismatch, match=r"share of another search: its plan is"):
        join_shares(points(), 20, Exact("int8", memory="600KiB"), paths)
    with pytest.raises(BadInput, match=r"share 3/2; expected 1/2 to 2/2"):
        search_share(points(), 20, SMALL, (2, 2), paths[0])


def test_a_budget_too_small_for_one_tile_says_the_least_that_works():
    with pytest.raises(OutOfSpace, match=r"does not hold one tile of 40 features; the least that works is 0\.1 MiB"):
        neighbor_graph(points(), 20, Exact(memory="10KiB"))
    assert neighbor_graph(points(), 20, Exact(memory="130KiB")).n == 1500


@pytest.mark.parametrize("resumed_as", ["fast", "slow"])
def test_what_was_begun_goes_on_by_its_plan(tmp_path, monkeypatch, resumed_as):
    """Which product is fast is measured; a busy machine that measures differently goes on all the same."""
    monkeypatch.setattr("repscope.neighbors._engine.all_pairs.STRIPE", 5)
    monkeypatch.setattr("repscope.neighbors._engine.search.FEATURES", 1)
    x, method, state = points(), Exact(memory="600KiB"), tmp_path / "state.safetensors"
    monkeypatch.setattr("repscope.neighbors._engine.search.int8_is_fast", lambda: resumed_as == "slow")
    whole = neighbor_graph(x, 20, method)
    interrupted(x, 20, method, state, after=2)
    for part in range(2):
        search_share(x, 20, method, (part, 2), tmp_path / str(part))
    monkeypatch.setattr("repscope.neighbors._engine.search.int8_is_fast", lambda: resumed_as == "fast")
    for graph in (
        neighbor_graph(x, 20, method, job=Job(state)),
        join_shares(x, 20, method, [tmp_path / "0", tmp_path / "1"]),
    ):
        assert graph.metadata == whole.metadata
        assert graph.indices.tobytes() == whole.indices.tobytes()
