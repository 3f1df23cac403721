"""NN-descent begun with the lists of the previous layer: it remembers them, and the two layers look more alike."""

import inspect
import sys
from dataclasses import fields
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from repscope.core.errors import BadInput
from repscope.neighbors import METHODS, Method, load_method, neighbor_graph
from tests.references.nn_descent import nn_descent
from tests.references.similarity import jaccard


def layers(seed):
    """A layer, and one that mixes its features, cuts them off at zero and adds noise."""
    g = np.random.default_rng(seed)
    first = g.normal(size=(1000, 40))
    mixed = np.maximum(first @ g.normal(size=(40, 40)) / np.sqrt(40), 0)
    return first, mixed + 0.3 * g.normal(size=mixed.shape)


@pytest.mark.parametrize("seed", [0, 1])
def test_at_equal_recall_the_layers_look_more_alike(seed):
    first, second = layers(seed)
    before, exact = neighbor_graph(first, 10).indices, neighbor_graph(second, 10).indices
    cold = nn_descent(second, 10, sampled=5)
    warm = nn_descent(second, 10, before, sampled=5)
    recalls = [
        np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, exact, strict=True)]) for found in (cold, warm)
    ]
    assert min(recalls) > 0.88
    assert abs(recalls[0] - recalls[1]) < 0.02
    true = jaccard(before, exact)
    excess = jaccard(before, warm) - true
    standard_error = excess.std() / np.sqrt(len(excess))
    assert excess.mean() > 5 * standard_error  # the trap
    assert excess.mean() > 0.05 * true.mean()
    assert (jaccard(before, cold) - true).mean() < 0.2 * excess.mean()


def test_no_method_can_be_given_lists_to_begin_with():
    assert list(inspect.signature(Method.search).parameters) == ["self", "points", "k", "job"]
    for name in METHODS:
        for field in fields(METHODS[name]):
            assert isinstance(getattr(METHODS[name], field.name), (int, float, str, type(None))), field.name
            assert not any(word in field.name for word in ("start", "init", "warm", "previous"))
    with pytest.raises(
        BadInput, match="no parameter 'init_graph'; write nn_descent:PARAMETER=VALUE with one of n_trees"
    ):
        load_method("nn_descent:init_graph=stage1")


def test_the_package_is_given_none_either(monkeypatch):
    given = {}

    def descent(matrix, **settings):
        given.update(settings)
        lists = neighbor_graph(matrix, settings["n_neighbors"] - 1).indices
        return SimpleNamespace(neighbor_graph=(np.c_[np.arange(len(matrix)), lists], None))

    package = ModuleType("pynndescent")
    package.NNDescent = descent
    monkeypatch.setitem(sys.modules, "pynndescent", package)
    graph = neighbor_graph(layers(0)[0], 10, load_method("nn_descent:checked=100"))
    assert graph.recall.value == 1
    assert set(given) == {
        "n_neighbors", "random_state", "n_jobs", "delta", "n_trees", "n_iters", "max_candidates",
    }  # fmt: skip
