"""Layers of a network dissected, their units or directions in them."""

import numpy as np
import pytest
import torch

from repscope import load_network
from repscope.core.errors import BadInput
from repscope.data.concepts import load_concepts
from repscope.units import dissect, dissect_network, random_directions

LAYER = "stage1.0"


@pytest.fixture(scope="module")
def network():
    return load_network("repscope:resnet20", weights="random", classes=8)


@pytest.fixture(scope="module")
def concepts():
    return load_concepts("scenes", per_class=4)


@pytest.fixture(scope="module")
def maps(network, concepts):
    kept = []
    module = network.module.get_submodule(LAYER)
    handle = module.register_forward_hook(lambda _module, _inputs, output: kept.append(output.detach().clone()))
    with torch.no_grad():
        network.module(network.preprocess([concepts.images.image(i) for i in range(len(concepts.images))]))
    handle.remove()
    return kept[0].numpy()


def test_units_are_those_of_the_layer(network, concepts, maps):
    found = dissect_network(network, concepts, LAYER, 0.05)[LAYER]
    expected = dissect(maps, concepts.batch(range(len(concepts.images))), 0.05)
    np.testing.assert_allclose(found.iou, expected.iou, atol=2e-3)
    assert found.names == concepts.names


def test_directions_are_sums_of_units(network, concepts, maps):
    rows = random_directions(3, 16, seed=1)
    found = dissect_network(network, concepts, LAYER, 0.05, directions={LAYER: rows})[LAYER]
    mixed = np.einsum("du,nuhw->ndhw", rows, maps).astype(np.float32)
    expected = dissect(mixed, concepts.batch(range(len(concepts.images))), 0.05)
    np.testing.assert_allclose(found.iou, expected.iou, atol=2e-3)
    units = dissect_network(network, concepts, LAYER, 0.05, directions={LAYER: np.eye(16)[[4, 2]]})[LAYER]
    np.testing.assert_array_equal(units.iou, dissect_network(network, concepts, LAYER, 0.05)[LAYER].iou[[4, 2]])


@pytest.mark.parametrize(
    ("directions", "words"),
    [
        ({"stage2.0": np.ones((1, 32))}, "directions came for 'stage2.0', which is none of the layers stage1.0"),
        ({LAYER: np.ones((1, 5))}, r"directions of shape \(1, 5\) came for 'stage1.0'; expected finite numbers \(directions, 16\)"),
        ({LAYER: np.full((1, 16), np.nan)}, "expected finite numbers"),
    ],
)  # fmt: skip
def test_directions_of_other_layers_are_refused(network, concepts, directions, words):
    with pytest.raises(BadInput, match=words):
        dissect_network(network, concepts, LAYER, directions=directions)
