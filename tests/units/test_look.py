"""look(): what is asked for, what is answered, what does not apply and is said."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from repscope import load_data, load_network
from repscope.core.errors import BadInput, NotFound
from repscope.networks import Network
from repscope.units.look import asked_for, drawn_map, look
from tests.units.small import Modules


def stacked(batch):
    return torch.stack([image.float() / 255 for image in batch])[:, :, :16, :16]


@pytest.fixture(scope="module")
def data():
    return load_data("scenes", per_class=5)


@pytest.fixture(scope="module")
def small() -> Network:
    module = Modules().eval()
    with torch.no_grad():
        module.second.weight[2], module.second.bias[2] = 0, -1
    return Network("small", module, stacked, (3, 16, 16), tuple("abcde"))


def test_what_is_asked_for(small, data, tmp_path):
    np.save(tmp_path / "rows.npy", np.eye(12)[:2] + 1)
    found = asked_for(small, data, ["second", "relu2", "pool"], None, [4], {"relu2": "random:3", "pool": "pca"}, most=4)
    assert [(one.layer, len(one.names), one.names[0]) for one in found] == [
        ("pool", 4, "principal direction 0"), ("second", 4, "unit 0"), ("relu2", 4, "random direction 0"), ("classifier", 1, "class e"),
    ]  # fmt: skip
    assert found[1].units == (0, 1, 2, 3)
    np.testing.assert_allclose(np.linalg.norm(found[2].directions, axis=1), 1)
    (read,) = asked_for(small, data, ["relu2"], directions={"relu2": str(tmp_path / "rows.npy")})
    assert read.names == ("direction 0", "direction 1")
    assert asked_for(small, data, ["relu2"], [7, 1])[0].units == (7, 1)


def test_everything_of_a_unit(small, data):
    asked = asked_for(small, data, ["relu2"], [1, 2], [3])
    found = look(small, data, asked, count=4, side=24, steps=3)
    layer, classes = found.layers
    unit, dead = layer.units
    assert (unit.dead, dead.dead) == (False, True)
    assert unit.patches.shape == (4, 24, 24, 3)
    assert len(set(unit.ids) & set(data.ids)) == 4
    assert (np.diff(unit.values) <= 0).all()
    assert unit.optimised.image.shape == unit.optimised.twin.shape == (16, 16, 3)
    assert 0 <= unit.optimised.percentile <= 100
    assert set(unit.attributions) == {
        "image", "saliency", "gradient_input", "guided_backprop", "deconvnet", "integrated_gradients", "grad_cam", "occlusion",
    }  # fmt: skip
    assert dead.optimised is None
    assert dead.attributions == {}
    assert {len(scores) for scores in layer.checks.values()} == {3}  # as many layers as have weights
    assert classes.units[0].name == "class d"
    assert not layer.refused


def test_a_unit_that_noise_cannot_wake_is_named(small, data):
    asked = asked_for(small, data, ["relu2"], [1])
    strongest = float(look(small, data, asked, steps=0).layers[0].units[0].values[0])
    shut = replace(small, module=copy.deepcopy(small.module))
    with torch.no_grad():
        shut.module.get_submodule("second").bias[1] -= 0.9 * strongest
    layer = look(shut, data, asked, count=2, steps=3, restarts=1).layers[0]
    assert not layer.units[0].dead
    assert layer.units[0].optimised is None
    assert layer.refused == {
        "an optimised picture of unit 1": "from noise the gradient was zero at every step; try more restarts"
    }
    assert not look(shut, data, asked, count=2, steps=0).layers[0].refused


def test_what_does_not_apply_is_said(data):
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.GELU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)).eval()
    crooked = Network("crooked", module, lambda batch: stacked(batch).square(), (3, 16, 16))
    found = look(crooked, data, asked_for(crooked, data, ["0"], [0]), steps=2)
    assert found.layers[0].refused["optimised pictures"].startswith("the preprocessing of crooked is not one factor")
    gelu = Network("gelu", module, stacked, (3, 16, 16))
    refused = look(gelu, data, asked_for(gelu, data, ["4"], [0]), steps=0).layers[0].refused
    assert set(refused) == {"guided_backprop", "deconvnet"}
    assert "the network also calls gelu (" in refused["guided_backprop"]


def test_the_network_comes_back(data):
    network = load_network("repscope:resnet20-digits")
    before = network.digest
    look(network, data, asked_for(network, data, ["stage3.2"], [0]), steps=1, methods=["grad_cam"])
    assert network.digest == before
    assert all(weight.requires_grad for weight in network.module.parameters())


def test_maps_are_drawn():
    ramp = np.linspace(-1, 1, 25, dtype=np.float32).reshape(1, 5, 5)
    signed = drawn_map(ramp)
    assert signed[0, 0, 0] > signed[0, 0, 2]  # against: orange
    assert signed[4, 4, 2] > signed[4, 4, 0]  # for: blue
    assert drawn_map(np.zeros((3, 4, 4), np.float32)).min() == 255


REFUSED = [
    (lambda n, d: asked_for(n, d, []), "nothing to look at was named; give layers, or classes"),
    (lambda n, d: asked_for(n, d, ["relu2"], [12]), r"the units \[12\] of 'relu2' were asked for; it has 12, 0 to 11"),
    (lambda n, d: asked_for(n, d, [], classes=[5]), r"the units \[5\] of 'classifier' were asked for; it has 5, 0 to 4"),
    (lambda n, d: asked_for(n, d, ["relu2"], directions={"pool": "pca"}), "directions came for pool, which is none of the layers relu2"),
    (lambda n, d: asked_for(n, d, ["relu2"], directions={"relu2": "random:x"}), "expected random:SEED, a whole number"),
    (lambda n, d: asked_for(n, d, ["relu2"], directions={"relu2": "none.npy"}), "expected random:SEED, pca, or a file .npy"),
    (lambda n, d: look(n, d, asked_for(n, d, ["relu2"]), methods=["salience"]), "there is no 'salience' among the attribution"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), REFUSED, ids=range(len(REFUSED)))
def test_refusals(call, words, small, data):
    with pytest.raises((BadInput, NotFound), match=words):
        call(small, data)


def test_files_of_other_sizes_are_refused(small, data, tmp_path):
    np.save(tmp_path / "rows.npy", np.ones((2, 5)))
    with pytest.raises(
        BadInput, match=r"holds \(2, 5\); 'relu2' takes finite numbers \(directions, 12\), no row all zero"
    ):
        asked_for(small, data, ["relu2"], directions={"relu2": str(tmp_path / "rows.npy")})
    np.save(tmp_path / "rows.npy", np.array(["a"], dtype=object), allow_pickle=True)
    with pytest.raises(BadInput, match="cannot be read as an array of numbers"):
        asked_for(small, data, ["relu2"], directions={"relu2": str(tmp_path / "rows.npy")})


def test_a_unit_and_a_class_of_one_layer_keep_their_patches():
    network, data = load_network("repscope:resnet20-digits"), load_data("digits").balanced(60)
    alone = look(network, data, asked_for(network, data, ["classifier"], [5]), steps=0, methods=[])
    both = look(network, data, asked_for(network, data, ["classifier"], [5], [3]), steps=0, methods=[])
    assert [layer.layer for layer in both.layers] == ["classifier"]
    assert [unit.name for unit in both.layers[0].units] == ["unit 5", "class 3"]
    assert both.layers[0].units[0].ids == alone.layers[0].units[0].ids  # they were those of class 3


def test_a_bfloat16_network_is_looked_at():
    network, data = load_network("repscope:resnet20-digits"), load_data("digits").balanced(20)
    half = replace(network, module=copy.deepcopy(network.module).bfloat16())
    found = look(half, data, asked_for(half, data, ["pool"], [1]), steps=0, methods=[])
    assert found.layers[0].units[0].values.dtype == np.float32
