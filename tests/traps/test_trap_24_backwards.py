"""Trap 24: a map applied backwards finds nothing, while every shape fits."""

import numpy as np
import pytest

from repscope.core.errors import Mismatch
from repscope.maps import Embeddings, LeastSquares, LinearMap, Space, verify
from repscope.maps._estimator import named, profiles_of
from repscope.maps._moments import Moments


@pytest.fixture
def stores() -> tuple[Embeddings, Embeddings]:
    random = np.random.default_rng(0)
    hidden = random.normal(size=(400, 12))
    old, new = (np.maximum(hidden @ random.normal(size=(12, 32)) + random.normal(size=32), 0) for _ in range(2))
    return Embeddings.of(old, "old", digest="1"), Embeddings.of(new, "new", digest="2")


def found(found_in: np.ndarray, index: np.ndarray) -> float:
    """Share of rows whose nearest in the index is their own."""
    distance = np.square(found_in[:, None] - index[None]).sum(axis=-1)
    return float(np.mean(distance.argmin(axis=1) == np.arange(len(index))))


def test_every_way_of_applying_it_refuses(stores, tmp_path):
    old, new = stores
    kind = LeastSquares()
    forward = named(
        kind.solve(Moments.of(old.vectors, new.vectors)),
        old.space,
        new.space,
        kind,
        profiles_of(old.vectors, new.vectors),
    )
    assert found(forward.apply(old).vectors, new.vectors) > 0.7
    trapped = new.vectors @ forward.weight.T + forward.bias
    assert found(trapped, old.vectors) < 0.1  # the trap: the shapes fit
    forward.save(tmp_path / "map.safetensors")
    for one in (forward, LinearMap.load(tmp_path / "map.safetensors")):
        with pytest.raises(Mismatch, match="which is this map's target"):
            one.apply(new)
        with pytest.raises(Mismatch, match="the map would be applied backwards"):
            one.apply(new.vectors)
        with pytest.raises(Mismatch, match="which is this map's target"):
            one.require_source(Space("new", 32, "2"))
        same, folds = np.arange(400) % 2 == 0, np.arange(400) // 100
        with pytest.raises(Mismatch, match="the map would be applied backwards"):
            verify(new.vectors, old.vectors, same, folds, map=one)
        with pytest.raises(Mismatch, match="which is this map's target"):
            verify(new, old, same, folds, map=one)
        with pytest.raises(Mismatch, match="which is this map's source: it goes the other way"):
            verify(old, old, same, folds, map=one)
