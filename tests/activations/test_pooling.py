"""Layers at other scales: from the same pass, equal to pooling what was recorded, and found under every scale."""

import numpy as np
import pytest
import torch

from repscope import load_data, load_network, record
from repscope.activations import planned_layers
from repscope.activations._pooling import Maps, Pooling, pooling_of, spatial_axes
from repscope.core.errors import BadInput

SCALES = (1, 2, 4, 8, "global")
LAYERS = ["input", "stage1.0", "stage3.2", "pool"]


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    data = load_data("digits").partition("validation").balanced(30)
    return record(
        load_network("repscope:resnet20-digits"), data, LAYERS, tmp_path_factory.mktemp("r") / "r", scales=SCALES
    )


def by_hand(maps, kind, window):
    """One window after the other."""
    n, c, height, width = maps.shape
    rows = []
    for top in range(0, height, window):
        for left in range(0, width, window):
            part = maps[:, :, top : top + window, left : left + window].reshape(n, c, -1)
            rows.append(part.mean(axis=2) if kind == "average" else part.max(axis=2))
    return np.stack(rows, axis=2)


@pytest.mark.parametrize("kind", ["average", "max"])
@pytest.mark.parametrize("scale", [2, 4, 8, "global"])
@pytest.mark.parametrize("layer", ["input", "stage1.0", "stage3.2"])
def test_equal_to_pooling_what_was_recorded(recording, layer, scale, kind):
    info = recording.layer(layer)
    maps = recording.activations(layer).reshape(recording.n, *info.shape)
    expected = by_hand(maps, kind, info.shape[1] if scale == "global" else scale)
    pooled = recording.at_scale(layer, scale, kind)
    found = recording.activations(pooled.name).reshape(recording.n, *pooled.shape)
    np.testing.assert_allclose(found.reshape(expected.shape), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(5, 16, 16), (5, 12, 20), (5, 7, 9)])
def test_no_scale_depends_on_what_else_was_asked_for(shape):
    outputs = torch.from_numpy(np.random.default_rng(0).normal(size=(3, *shape)).astype(np.float32))
    asked = [Pooling(kind, scale, (1, 2)) for scale in (4, 2, "global", 3, 8) for kind in ("max", "average")]
    together, other_way = Maps(outputs), Maps(outputs)
    found = {p: together.pooled(p) for p in asked}
    again = {p: other_way.pooled(p) for p in reversed(asked)}
    for p in asked:
        assert torch.equal(found[p], Maps(outputs).pooled(p))
        assert torch.equal(again[p], Maps(outputs).pooled(p))
        expected = by_hand(outputs.numpy(), p.kind, max(shape) if p.scale == "global" else p.scale)
        np.testing.assert_allclose(found[p].flatten(2).numpy(), expected, rtol=1e-5, atol=1e-6)


def test_what_would_be_the_same_numbers_is_stored_once(recording):
    names = [v.name for v in recording.variants if v.source == "stage3.2"]
    assert names == ["stage3.2", *(f"stage3.2@{k}{s}" for k in ("average", "max") for s in (2, 4, "global"))]
    assert recording.at_scale("stage3.2", 8, "max").name == "stage3.2@maxglobal"
    assert recording.at_scale("pool", 4, "max").name == "pool"
    assert [v.name for v in recording.variants if v.source == "pool"] == ["pool"]
    assert [x.name for x in recording.layers] == LAYERS
    assert recording.at_scale("stage1.0", 1).name == "stage1.0"


def test_one_forward_pass(tmp_path):
    network = load_network("repscope:resnet20-digits")
    data = load_data("digits").partition("validation").balanced(20)
    passes = []
    network.module.register_forward_hook(lambda *_: passes.append(1))
    planned_layers(network)
    before = len(passes)
    record(network, data, LAYERS, tmp_path / "a")
    plain = len(passes) - before
    record(network, data, LAYERS, tmp_path / "b", scales=SCALES)
    assert len(passes) - before == 2 * plain


def test_the_layers_as_they_are_do_not_change(recording, tmp_path):
    data = load_data("digits").partition("validation").balanced(30)
    plain = record(load_network("repscope:resnet20-digits"), data, LAYERS, tmp_path / "plain")
    for layer in LAYERS:
        np.testing.assert_array_equal(plain.activations(layer), recording.activations(layer))
    assert (plain.scales, plain.poolings) == ((1,), ())


def test_windows_that_do_not_divide_the_map():
    maps = torch.rand(2, 3, 7, 5)
    for kind in ("average", "max"):
        pooling = Pooling(kind, 3, (1, 2))
        assert pooling.shape((3, 7, 5)) == (3, 3, 2)
        expected = by_hand(maps.numpy(), kind, 3)
        np.testing.assert_allclose(Maps(maps).pooled(pooling).reshape(expected.shape), expected, rtol=1e-6)


def test_channels_last():
    maps = torch.rand(2, 8, 8, 5)
    pooling = pooling_of((8, 8, 5), (3, 32, 32), 2, "average")
    assert pooling.axes == (0, 1)
    assert pooling.shape((8, 8, 5)) == (4, 4, 5)
    np.testing.assert_allclose(
        Maps(maps).pooled(pooling),
        torch.nn.functional.avg_pool2d(maps.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1),
        rtol=1e-6,
    )


@pytest.mark.parametrize(
    ("shape", "image", "axes"),
    [
        ((64,), (3, 32, 32), None),
        ((64, 1, 1), (3, 32, 32), None),
        ((50, 64), (3, 32, 32), None),
        ((64, 7, 5), (3, 224, 160), (1, 2)),
        ((64, 5, 7), (3, 224, 160), None),
        ((7, 5, 64), (3, 224, 160), (0, 1)),
        ((8, 8, 8), (3, 32, 32), (1, 2)),
        ((2, 3, 4, 5), (3, 32, 32), None),
    ],
)
def test_which_axes_are_height_and_width(shape, image, axes):
    assert spatial_axes(shape, image) == axes


def test_refusals(recording, tmp_path):
    network, data = load_network("repscope:resnet20-digits"), load_data("digits").balanced(10)
    with pytest.raises(BadInput, match=r"0 is not a scale; expected the side of a window, 1, 2, 4 …, or 'global'"):
        record(network, data, LAYERS, tmp_path, scales=[0])
    with pytest.raises(BadInput, match="there is no pooling 'mean'; known: 'average', 'max'"):
        record(network, data, LAYERS, tmp_path, scales=[2], pooling="mean")
    with pytest.raises(BadInput, match="no kind of pooling was given"):
        record(network, data, LAYERS, tmp_path, scales=[2], pooling=())
    with pytest.raises(
        BadInput, match="has scales 1, 2, 4, 8, global and poolings average, max; max pooling at scale 3"
    ):
        recording.at_scale("pool", 3, "max")
    with pytest.raises(BadInput, match="the layer 'stage9' was not recorded"):
        recording.at_scale("stage9", 2)


def test_a_module_whose_name_has_the_mark(tmp_path):
    from repscope.networks import Network

    network = load_network("repscope:resnet20-digits")
    module = torch.nn.Sequential()
    module.add_module("a@b", torch.nn.Flatten())
    odd = Network("odd", module, network.preprocess, network.input_shape)
    with pytest.raises(BadInput, match="the module name 'a@b' has a ':', a '\\[' or a '@'"):
        record(odd, load_data("digits").balanced(10), "*", tmp_path)
