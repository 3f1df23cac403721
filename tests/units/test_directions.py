"""Directions, and how coherent their patches are beside those of units."""

import numpy as np
import pytest
import torch
from scipy.stats import ttest_ind

from repscope import load_data, load_network
from repscope.core.errors import BadInput
from repscope.data.concepts import load_concepts
from repscope.units._directions import principal_directions, random_directions
from repscope.units.dissection import dissect, dissect_network
from repscope.units.patches import LayerPatches, coherence, top_patches


@pytest.fixture(scope="module")
def digits():
    return load_network("repscope:resnet20-digits"), load_data("digits").partition("validation").balanced(80)


def patches(rows: np.ndarray, dead: tuple[int, ...] = ()) -> LayerPatches:
    shape = (*rows.shape, 0), (*rows.shape, 4)
    return LayerPatches(
        "a", np.ones(rows.shape), rows, np.zeros(shape[0], int), np.zeros(shape[1], int), np.array(dead, int)
    )


def test_random_directions_are_even():
    found = random_directions(4000, 6)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1)
    np.testing.assert_allclose(found.mean(0), 0, atol=0.03)
    np.testing.assert_allclose(found.T @ found / 4000, np.eye(6) / 6, atol=0.015)
    np.testing.assert_array_equal(random_directions(3, 6, seed=1), random_directions(3, 6, seed=1))


def test_principal_directions_are_those_of_all_positions(digits):
    network, data = digits
    found = principal_directions(network, data, "stage2.0", batch=33)
    with torch.no_grad():
        x = network.preprocess([data.image(i) for i in range(len(data))])
        seen: list[torch.Tensor] = []
        handle = network.module.get_submodule("stage2.0").register_forward_hook(lambda *a: seen.append(a[2].clone()))
        network.module(x)
        handle.remove()
    rows = seen[0].permute(0, 2, 3, 1).reshape(-1, found.shape[1]).double().numpy()
    rows -= rows.mean(0)
    values, vectors = np.linalg.eigh(rows.T @ rows)
    np.testing.assert_allclose(np.abs((found * vectors.T[::-1]).sum(1))[:8], 1, atol=1e-6)
    assert ((rows @ found.T) ** 3).sum(0).min() >= 0  # towards the long tail
    assert (np.diff(values) >= 0).all()
    with pytest.raises(BadInput, match=r"99 directions were asked for; 'stage2.0' has 32 units"):
        principal_directions(network, data, "stage2.0", 99)


def test_coherence_counts_pairs_of_one_class():
    labels = np.repeat([0, 1, 2], 10)
    random = np.random.default_rng(0)
    same = np.array([random.choice(10, 6, replace=False) + 10 * (i % 3) for i in range(12)])
    mixed = np.array([random.choice(30, 6, replace=False) for _ in range(400)])
    found = coherence({"units": patches(same), "random": patches(mixed)}, labels)
    assert found.score("units").value == 1
    assert found.chance == pytest.approx(3 * 10 * 9 / (30 * 29))
    low, high = found.score("random").interval
    assert low < found.chance < high
    gap, p = found.more_than("units", "random")
    assert gap.interval[0] > 0.5
    assert p < 1e-6
    assert len(found.frame()) == 412
    other = coherence({"a": patches(mixed[:40]), "b": patches(np.vstack([same, mixed[40:70]]))}, labels)
    expected = ttest_ind(other.values["a"], other.values["b"], equal_var=False)
    gap, p = other.more_than("a", "b")
    assert p == pytest.approx(expected.pvalue)
    assert gap.interval == pytest.approx(tuple(expected.confidence_interval(0.95)))
    with pytest.raises(BadInput, match="a and b are 1 and 12; expected two or more of each"):
        coherence({"a": patches(mixed[:1]), "b": patches(same)}, labels).more_than("a", "b")
    dead = coherence({"units": patches(same, dead=(0, 1))}, labels)
    assert len(dead.values["units"]) == 10
    with pytest.raises(BadInput, match="units have 1 patch each; expected two or more"):
        coherence({"units": patches(same[:, :1])}, labels)
    with pytest.raises(BadInput, match="all of units are dead; there is nothing to compare"):
        coherence({"units": patches(same[:2], dead=(0, 1))}, labels)


def test_late_units_are_more_coherent_than_early_ones(digits):
    network, data = digits
    found = top_patches(network, data, ["stage1.0", "stage3.2"], 6)
    scores = coherence({name: found[name] for name in found.layers}, data.labels)
    assert scores.more_than("stage3.2", "stage1.0")[0].interval[0] > 0


def test_layers_of_a_network_are_dissected_as_their_activations_are():
    network = load_network("repscope:resnet20", weights="random", classes=8)
    concepts = load_concepts("scenes", per_class=6)
    found = dissect_network(network, concepts, ["stage1.0", "stage3.0"], 0.05, permutations=3)
    with torch.no_grad():
        x = network.preprocess([concepts.images.image(i) for i in range(48)])
        seen: list[torch.Tensor] = []
        handle = network.module.get_submodule("stage3.0").register_forward_hook(lambda *a: seen.append(a[2].clone()))
        network.module(x)
        handle.remove()
    alone = dissect(
        seen[0].numpy(),
        concepts.batch(range(48)),
        0.05,
        names=concepts.names,
        categories=concepts.categories,
        permutations=3,
    )
    assert list(found) == ["stage1.0", "stage3.0"]
    np.testing.assert_allclose(found["stage3.0"].iou, alone.iou, atol=1e-3)
    np.testing.assert_allclose(found["stage3.0"].null, alone.null, atol=1e-3)
    assert found["stage1.0"].names == concepts.names
    with pytest.raises(
        BadInput, match=r"the layer 'pool' gives \(64,\), without height and width; dissect layers with maps"
    ):
        dissect_network(network, concepts, "pool")
