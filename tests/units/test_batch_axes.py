"""Units of layers whose images are not in the first axis: the same as of the layer with its axes put in order, or a sentence."""

import numpy as np
import pytest
import torch
from torch import nn

from repscope.core.errors import BadInput
from repscope.networks import Network
from repscope.units import top_patches
from repscope.units._directions import principal_directions
from repscope.units._layer_output import LayerOutput
from tests.activations.small import images, stack
from tests.cli.hostile_networks import Prototypes, ScriptedInside, SequenceFirst


class Ordered(nn.Module):
    """The same encoder, and after each of its layers one with the images first."""

    def __init__(self, encoder: SequenceFirst):
        super().__init__()
        self.inner = encoder
        self.ordered = nn.Identity()

    def forward(self, x):
        tokens = self.inner.patches(x).flatten(2).permute(2, 0, 1)
        return self.ordered(self.inner.encoder(tokens).transpose(0, 1))


@pytest.fixture(scope="module")
def modules() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    first = SequenceFirst().eval()
    return first, Ordered(first).eval()


def test_outputs_and_their_gradients(modules):
    first, ordered = modules
    given = torch.rand(4, 3, 16, 16)  # as many images as tokens
    slopes = []
    for module, layer in ((first, "encoder.layers.1"), (ordered, "ordered")):
        x = given.clone().requires_grad_(True)
        out = LayerOutput(module, layer)(x)
        assert out.shape == (4, 4, 8)
        (slope,) = torch.autograd.grad(out[0].sum(), x)
        assert bool((slope[1:] == 0).all())
        slopes.append(slope)
    torch.testing.assert_close(slopes[0], slopes[1])


def test_patches_and_components(modules):
    data = images(n=20, side=16)
    tops, directions = [], []
    for module, layer in zip(modules, ("encoder.layers.1", "ordered"), strict=True):
        net = Network("test", module, stack, (3, 16, 16))
        tops.append(top_patches(net, data, layer, 3)[layer])
        directions.append(principal_directions(net, data, layer, 2))
    np.testing.assert_allclose(tops[0].values, tops[1].values, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(tops[0].rows, tops[1].rows)
    np.testing.assert_allclose(directions[0], directions[1], atol=1e-3)


def test_refusals(modules):
    given = torch.rand(3, 3, 16, 16)
    with pytest.raises(BadInput, match="the output 'norm:1' cannot be looked at image by image: it has the shape"):
        LayerOutput(Prototypes().eval(), "norm:1")(given)
    with pytest.raises(
        BadInput, match="the layer 'body' is a TorchScript module, into which gradients cannot be followed"
    ):
        LayerOutput(ScriptedInside().eval(), "body")
    output = LayerOutput(modules[0], "encoder.layers.1")
    with (
        output.kept(),
        pytest.raises(BadInput, match=r"gives \(4, 3, 8\) for 3 images; expected the images in its first axis"),
    ):
        modules[0](given)
