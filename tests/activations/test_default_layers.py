"""Default layers of networks whose inside is not where one looks first: found, or said to be out of sight."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn

from repscope.activations import list_layers, planned_layers, record, usual_layers
from repscope.activations._layers import LayerInfo
from repscope.core.errors import BadInput
from repscope.networks import Network
from repscope.networks._evaluating import evaluate
from tests.activations.small import InPlace, images, network, stack
from tests.cli.hostile_networks import (
    CallsFeatures,
    Energy,
    OneByOne,
    PlainList,
    ScriptedInside,
    SequenceFirst,
    Sparse,
    Wrapped,
    inner,
    quantized,
    scripted,
    traced,
    trunk,
)


def wide(module: nn.Module) -> Network:
    evaluate(module)
    return Network("test:wide", module, stack, (3, 16, 16))


def defaults(module: nn.Module) -> list[str]:
    return [layer.name for layer in planned_layers(wide(module))[0]]


OPENED = {
    "list and dict": (PlainList, ["input", "steps.0", "steps.1", "steps.2", "steps.3", "heads.a"]),
    "a method of the backbone": (CallsFeatures, ["input", "backbone.first", "backbone.second", "head"]),
    "a wrapper": (Wrapped, ["input", *(f"body.{i}" for i in range(5))]),
    "a wrapper of a wrapper": (lambda: nn.Sequential(nn.Sequential(Wrapped())), ["input", *(f"0.0.body.{i}" for i in range(5))]),
    "data parallel": (lambda: nn.DataParallel(trunk()), ["input", *(f"module.{i}" for i in range(5))]),
    "compiled": (lambda: torch.compile(trunk()), ["input", *(f"_orig_mod.{i}" for i in range(5))]),
    "symbolically traced": (lambda: torch.fx.symbolic_trace(Wrapped()), ["input", *(f"body.{i}" for i in range(5))]),
    "scripted inside": (ScriptedInside, ["input", "body", "head"]),
    "sequence first": (SequenceFirst, ["input", "patches", "encoder.layers.0", "encoder.layers.1", "head"]),
    "autograd inside": (Energy, ["input", *(f"body.{i}" for i in range(5))]),
    "nothing but dropout": (lambda: nn.Sequential(nn.Dropout()), ["input", "0"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", list(OPENED))
def test_what_is_inside_is_looked_at(kind):
    make, expected = OPENED[kind]
    assert defaults(make()) == expected


def test_a_backbone_beside_a_head_is_opened_and_kept():
    class Backbone(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.head = trunk(), nn.Linear(3, 2)

        def forward(self, x):
            return self.head(self.body(x))

    assert defaults(Backbone()) == ["input", *(f"body.{i}" for i in range(5)), "body", "head"]


def test_a_compiled_network_gives_the_values_of_the_plain_one(tmp_path):
    plain, data = trunk(), images(side=16)
    one = record(wide(plain), data, None, tmp_path / "a")
    other = record(wide(torch.compile(plain)), data, None, tmp_path / "b")
    for layer in one.layers[1:]:
        np.testing.assert_array_equal(one.activations(layer.name), other.activations(f"_orig_mod.{layer.name}"))


PIXELS_ALONE = {
    "scripted": (scripted, "it is a TorchScript module, inside which nothing can be looked at"),
    "traced": (traced, "it is a TorchScript module, inside which nothing can be looked at"),
    "no modules": (nn.Flatten, "it has no modules inside; put its steps into modules"),
    "one by one": (
        OneByOne,
        r"no layers, having no axis for the images: 'body\.0:0' \('body\.0' is called 2 times for two images and 3 times for three\); .*; and \d+ more",
    ),
    "exported": (
        lambda: torch.export.export(trunk().eval(), (torch.zeros(2, 3, 16, 16),), dynamic_shapes=({0: torch.export.Dim("n")},)).module(),
        r"it is an exported program, .* torch\.export\.unflatten\(program\)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", list(PIXELS_ALONE))
def test_a_report_of_the_pixels_alone_is_an_error(kind, tmp_path):
    make, reason = PIXELS_ALONE[kind]
    net = wide(make())
    with pytest.raises(
        BadInput, match=f"the default layers of the network 'test:wide' would be the pixels alone: .*{reason}"
    ):
        record(net, images(side=16), None, tmp_path)
    assert [layer.name for layer in planned_layers(net, "input")[0]] == ["input"]


def test_modules_used_through_their_weights_alone(tmp_path):
    class Functional(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Conv2d(3, 8, 3), nn.Linear(8, 3)

        def forward(self, x):
            x = nn.functional.conv2d(x, self.first.weight).mean((2, 3))
            return nn.functional.linear(x, self.second.weight)

    with pytest.raises(BadInput, match="none of its modules is called in a forward pass \\(first, second\\)"):
        record(wide(Functional()), images(side=16), None, tmp_path)

    class Half(Functional):
        def forward(self, x):
            return self.second(nn.functional.conv2d(x, self.first.weight).mean((2, 3)))

    _, notes = planned_layers(wide(Half()))
    assert notes == (
        "89 % of the weights are in modules that never fire in a forward pass, and whose outputs are not looked at: first; "
        "call them as modules, module(x), to see them",
    )


def test_blocks_without_an_axis_for_the_images_are_named():
    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.bias, self.body = nn.Linear(4, 3), trunk()

        def forward(self, x):
            return self.body(x) + self.bias(torch.ones(5, 4)).sum(0)

    _, notes = planned_layers(wide(Mixed()))
    assert notes == (
        "not among the default layers are outputs without an axis for the images: 'bias' (it has the shape (5, 3) for two "
        "images and for three, so that no axis has the images)",
    )
    with pytest.raises(BadInput, match=r"'bias' matches outputs that are no layers: 'bias' .* choose other layers"):
        planned_layers(wide(Mixed()), "bias")
    _, notes = planned_layers(wide(Mixed()), "*")
    assert notes[0].startswith("1 outputs match but are no layers, and are not recorded: 'bias' (")


def test_sequence_first_encoders_are_recorded_image_by_image(tmp_path):
    torch.manual_seed(0)
    module, data = SequenceFirst().eval(), images(n=10, side=16)
    recording = record(wide(module), data, ["encoder.layers.*", "!*self_attn*"], tmp_path, batch=4)
    layer = recording.layer("encoder.layers.1")
    assert layer.shape == (4, 8)
    assert LayerInfo.from_dict(layer.as_dict()) == layer
    assert layer.as_dict()["batch"] == {"axis": 1, "parts": 1, "interleaved": False}
    with torch.no_grad():
        tokens = module.patches(stack(list(data))).flatten(2).permute(2, 0, 1)
        expected = module.encoder(tokens).movedim(1, 0).flatten(1)
    np.testing.assert_allclose(recording.activations("encoder.layers.1"), expected, rtol=1e-4, atol=1e-5)


class Patches(nn.Module):
    """Passes 2 × 2 patches of every image through one network, as images of their own."""

    def __init__(self, interleaved: bool):
        super().__init__()
        self.interleaved = interleaved
        self.backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(4, 3)

    def patches(self, x):
        cut = x.unfold(2, 8, 8).unfold(3, 8, 8).permute(0, 2, 3, 1, 4, 5).flatten(1, 2)
        return (cut.transpose(0, 1) if self.interleaved else cut).flatten(0, 1)

    def forward(self, x):
        out = self.backbone(self.patches(x))
        return self.head(out.reshape(4, len(x), 4).mean(0) if self.interleaved else out.reshape(len(x), 4, 4).mean(1))


@pytest.mark.parametrize("interleaved", [False, True])
def test_several_entries_of_an_axis_for_each_image(interleaved, tmp_path):
    torch.manual_seed(0)
    module, data = Patches(interleaved).eval(), images(n=10, side=16)
    recording = record(wide(module), data, None, tmp_path, batch=4, scales=[1, 2])
    assert [x.name for x in recording.layers] == ["input", *(f"backbone.{i}" for i in range(4)), "backbone", "head"]
    assert recording.layer("backbone").shape == (4, 4)
    with torch.no_grad():
        out = module.backbone(module.patches(stack(list(data))))
    expected = out.reshape(4, 10, 4).transpose(0, 1) if interleaved else out.reshape(10, 4, 4)
    np.testing.assert_allclose(recording.activations("backbone"), expected.flatten(1), rtol=1e-5, atol=1e-6)


def test_an_order_that_two_images_do_not_show_is_left_out():
    module = inner(lambda x: torch.zeros(len(x) * 3, 2))()
    listing = list_layers(wide(module))
    assert listing.left_out == {
        "odd": "its axis 0 has 3 entries for each image, in an order that two images do not show"
    }


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda x: "text", "it is a str"),
        (lambda x: None, "it is a NoneType"),
        (lambda x: x.sum(), "it has the shape () for two images and for three, so that no axis has the images"),
        (lambda x: x.flatten(1) @ x.flatten(1).T, "several of its axes change with the number of images, (2, 2) for two and (3, 3) for three"),
        (lambda x: torch.cat([x, x[:1]]), "no axis has the images and nothing else, (3, 3, 16, 16) for two and (4, 3, 16, 16) for three"),
        (lambda x: x[:, :0], "it holds no numbers, (2, 0, 16, 16) for two and (3, 0, 16, 16) for three"),
        (lambda x: x if len(x) == 3 else x[0], "the number of its axes changes with the number of images, (3, 16, 16) for two and (3, 3, 16, 16) for three"),
        (lambda x: {"a": x} if len(x) == 3 else x, "it is returned for three images and not for two"),
        (lambda x: torch.nested.nested_tensor(list(x)), "it is a nested tensor, which has no shape"),
    ],
)  # fmt: skip
def test_why_an_output_is_no_layer(make, reason):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nested tensors are a prototype
        listing = list_layers(wide(inner(make)()))
    assert [*listing.left_out.values()] == [reason]
    assert "body" in listing.names
    assert [n for n in usual_layers(listing_module(), listing.names) if n.startswith("odd")] == []


def listing_module() -> nn.Module:
    return inner(torch.relu)()


def test_sparse_and_quantized_outputs_are_plain_numbers(tmp_path):
    data = images(n=10, side=16)
    recording = record(wide(Sparse()), data, None, tmp_path / "a")
    np.testing.assert_array_equal(recording.activations("sparse"), stack(list(data)).flatten(1))
    net = wide(quantized())
    recording = record(net, data, None, tmp_path / "b")
    with torch.no_grad():
        expected = net.module.conv(net.module.quantize(stack(list(data)))).dequantize()
    np.testing.assert_array_equal(recording.activations("conv"), expected.flatten(1))


def test_outputs_that_libraries_return():
    import dataclasses

    @dataclasses.dataclass
    class Answer:
        logits: torch.Tensor
        text: str = ""

    class Library(nn.Module):
        def forward(self, x):
            return Answer(x.flatten(1))

    listing = list_layers(network(nn.Sequential(nn.ReLU(), Library())))
    assert listing.names == ["input", "0", "1[logits]"]


def test_names_of_calls_hold_for_a_network_that_prepares_itself_in_the_first_pass(tmp_path):
    class Prepared(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.ready = nn.LayerNorm(8), None

        def forward(self, x):
            if self.ready is None:
                self.ready = self.norm(torch.ones(5, 8))
            return self.norm(x) * self.ready.sum()

    recording = record(network(Prepared()), images(), None, tmp_path)
    assert [layer.name for layer in recording.layers] == ["input", "norm"]


def test_in_place_network_is_listed_as_before():
    assert usual_layers(InPlace(), list_layers(network(InPlace())).names) == ("input", "conv", "norm", "relu", "head")
