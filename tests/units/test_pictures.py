"""Optimised pictures: closed forms, canvases, inversions of what can and cannot be inverted, refusals."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from repscope import load_data, load_network
from repscope.core.errors import BadInput
from repscope.units import Appearance
from repscope.units.pictures import (
    STILL,
    Colours,
    Pixels,
    Shaking,
    Waves,
    alpha_norm,
    dream,
    invert,
    maximize,
    total_variation,
    zoomed,
)
from tests.units.small import Modules, images, linear


@settings(max_examples=5)
@given(st.integers(0, 2**20), st.floats(0.5, 5))
def test_in_a_ball_a_linear_network_is_maximised_along_its_weight(seed, radius):
    network = linear(seed)
    found = maximize(network, 2, steps=400, size=(3, 8, 8), ball=radius, rate=0.02 * radius)
    weight = network[1].weight[2].detach()
    along = found.images.flatten(1) @ weight / (radius * weight.norm())
    assert float(along[0]) == pytest.approx(1, abs=2e-3)
    assert float(found.images.norm()) <= radius * (1 + 1e-5)


def test_in_a_range_a_linear_network_is_maximised_at_the_corners():
    network = linear()
    found = maximize(network, 1, steps=600, size=(3, 8, 8), canvas=Pixels(), shaking=STILL, rate=0.2)
    corner = (network[1].weight[1] > 0).float().reshape(3, 8, 8)
    large = network[1].weight[1].abs().reshape(3, 8, 8) > 0.01
    assert float((found.images[0] - corner).abs()[large].max()) < 0.02


def test_many_targets_are_one_batch():
    network = Modules().eval()
    units = [("second", unit) for unit in range(6)]
    together = maximize(
        network, units, 20, (3, 16, 16), canvas=Pixels(), shaking=STILL, start=torch.zeros(6, 3, 16, 16)
    )
    for number, unit in enumerate(units):
        alone = maximize(
            network, unit, 20, (3, 16, 16), canvas=Pixels(), shaking=STILL, start=torch.zeros(1, 3, 16, 16)
        )
        torch.testing.assert_close(alone.images[0], together.images[number], rtol=1e-3, atol=1e-3)
        assert alone.activations[0, 0] == pytest.approx(together.activations[number, 0], rel=1e-3)
    assert (together.activations > together.start).all()
    classes = maximize(network, [3, 0], 5, (3, 16, 16))
    with torch.no_grad():
        np.testing.assert_allclose(
            classes.activations[:, 0], network(classes.images)[[0, 1], [3, 0]].numpy(), rtol=1e-5
        )


def test_restarts_differ_and_the_best_is_taken():
    found = maximize(Modules(), [("second", 1), ("second", 4)], 10, (3, 16, 16), restarts=3)
    assert found.images.shape == (6, 3, 16, 16)
    assert found.activations.shape == (2, 3)
    assert len(set(found.activations[0])) == 3
    with torch.no_grad():
        again = (
            Modules()
            .eval()
            .second(
                Modules().eval().pool(Modules().eval().relu1(Modules().eval().norm(Modules().eval().first(found.best))))
            )
        )
    np.testing.assert_allclose(again.mean((2, 3))[[0, 1], [1, 4]].numpy(), found.activations.max(1), rtol=1e-4)


def test_diversity_makes_restarts_less_alike():
    def likeness(weight: float) -> float:
        made = maximize(Modules(), ("second", 1), 60, (3, 16, 16), restarts=4, diversity=weight).images
        network = Modules().eval()
        with torch.no_grad():
            maps = network.second(network.pool(network.relu1(network.norm(network.first(made))))).flatten(2)
        gram = (maps @ maps.transpose(1, 2)).flatten(1)
        gram = gram / gram.norm(dim=1, keepdim=True)
        return float((gram @ gram.T).triu(1).sum())

    assert likeness(5.0) < likeness(0.0) - 0.1


@pytest.mark.parametrize("shape", [(3, 8, 8), (1, 9, 12), (3, 7, 5)])
def test_waves_have_the_contrast_that_is_wanted(shape):
    waves = Waves()
    numbers = waves.start(200, shape, torch.Generator().manual_seed(0))
    painted = waves.paint(numbers, shape)
    assert painted.shape == (200, *shape)
    assert float(painted.std()) == pytest.approx(0.25, rel=0.1)
    spectrum = torch.fft.rfft2(painted, norm="ortho").abs().square().mean((0, 1))
    amplitude = waves._amplitudes(*shape[1:])  # the power that each wave is to have, DC and Nyquist among them
    np.testing.assert_allclose(spectrum.numpy(), amplitude.square().numpy(), rtol=0.5)


def test_colours_are_those_of_the_images():
    network, data = load_network("repscope:resnet20", weights="random"), load_data("glyphs", per_class=20)
    colours = Colours.of(network, data)
    pixels = np.concatenate([data.image(i).numpy().reshape(3, -1).T / 255 for i in range(len(data))])
    np.testing.assert_allclose(colours.mean, pixels.mean(0), atol=1e-3)
    np.testing.assert_allclose(colours.root @ colours.root.T, np.cov(pixels.T, bias=True), atol=1e-4)


def test_shaking_keeps_the_size_and_none_changes_nothing():
    x = torch.rand(2, 3, 16, 16)
    assert STILL(x, torch.Generator()) is x
    moved = Shaking(jitter=0.2, turn=0, scale=0)(x, torch.Generator().manual_seed(0))
    assert moved.shape == x.shape
    assert not torch.allclose(moved, x)


@settings(max_examples=10)
@given(st.floats(0.5, 3), st.floats(-3, 3), st.floats(-3, 3))
def test_total_variation_of_a_ramp(beta, across, down):
    rows, columns = torch.arange(6.0, dtype=torch.float64)[:, None], torch.arange(5.0, dtype=torch.float64)[None]
    ramp = (down * rows + across * columns)[None, None]
    inner, right, below = 5 * 4, 4, 5  # pixels with both neighbours, with a right one alone, with one below alone
    expected = inner * (across**2 + down**2) ** (beta / 2) + right * abs(across) ** beta + below * abs(down) ** beta
    assert float(total_variation(ramp, beta)[0]) == pytest.approx(expected, abs=0.02)
    assert float(alpha_norm(ramp, 2)[0]) == pytest.approx(float(ramp.square().sum()))


def test_an_injective_linear_layer_is_inverted():
    torch.manual_seed(0)
    layer = nn.Linear(48, 60, bias=False)
    nn.init.orthogonal_(layer.weight)
    network = nn.Sequential(nn.Flatten(), layer)
    x = torch.rand(2, 3, 4, 4)
    found = invert(network, "1", x, strength=0.0, restarts=2, steps=800)
    torch.testing.assert_close(found.best, x, atol=5e-3, rtol=0)
    assert (found.feature_error < 0.01).all()
    assert (found.psnr > 40).all()


def test_what_a_layer_lost_is_not_found_again():
    network = nn.Sequential(nn.AvgPool2d(4), nn.Flatten())
    x = torch.rand(1, 1, 8, 8)
    found = invert(network, "0", x, strength=0.0, restarts=2)
    assert (found.feature_error < 0.01).all()
    assert (found.psnr < 25).all()
    assert float((found.images[0] - found.images[1]).abs().mean()) > 0.02  # restarts differ where the layer is blind
    smooth = invert(network, "0", x, strength=0.1)
    assert float(total_variation(smooth.images)[0]) < float(total_variation(found.images)[0])


def test_depth_makes_inversion_harder():
    network, data = load_network("repscope:resnet20-digits"), load_data("digits").partition("validation").balanced(3)
    x = network.preprocess([data.image(i) for i in range(3)])
    looks = Appearance.of(network)
    psnr = [invert(network.module, layer, x, steps=100, looks=looks).psnr.mean() for layer in ("neck", "stage3.2")]
    assert psnr[0] > psnr[1] + 3


def test_dreams_grow_what_is_there():
    network = Modules().eval()
    x = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))

    def response(batch):
        with torch.no_grad():
            return (
                network.relu2(network.second(network.pool(network.relu1(network.norm(network.first(batch))))))
                .square()
                .mean()
            )

    made = dream(network, x, "relu2", steps=5)
    assert response(made) > 1.5 * response(x)
    assert made.shape == x.shape
    torch.testing.assert_close(made, dream(network, x, "relu2", steps=5))
    frames = list(zoomed(network, x, ("second", 3), 2, steps=2))
    assert [frame.shape for frame in frames] == [x.shape, x.shape]


REFUSED = [
    (lambda n: maximize(n, 1, 0, (3, 16, 16)), "steps = 0; expected one or more"),
    (lambda n: maximize(n, 1, 5, (3, 16, 16), restarts=0), "restarts = 0; expected one or more"),
    (lambda n: maximize(n, 1, 5), r"size = None; expected \(channels, height, width\)"),
    (lambda n: maximize(n, 1, 5, (3, 16, 16), rate=0), "rate = 0, smoothness = 0.0, diversity = 0.0; expected a rate above zero"),
    (lambda n: maximize(n, [1, ("second", 2)], 5, (3, 16, 16)), "the targets class 1, unit 2 of second came together; expected classes alone"),
    (lambda n: maximize(n, [("first", 1), ("second", 2)], 5, (3, 16, 16)), "came together; expected classes alone, or units and directions of one layer"),
    (lambda n: maximize(n, [1, 9], 5, (3, 16, 16)), "the class 9 was asked for; the network has 5, 0 to 4"),
    (lambda n: maximize(n, 1, 5, (3, 16, 16), restarts=2, diversity=1.0), "diversity needs units or directions of a layer, and two"),
    (lambda n: maximize(n, 1, 5, (3, 16, 16), colours=Colours.plain(1)), "colours of 1 channels came for pictures of 3"),
    (lambda n: invert(n, "second", images(), restarts=0), "restarts = 0; expected one or more"),
    (lambda n: invert(n, "second", images(), beta=0), "beta = 0, alpha = 6.0, .* expected beta and rate above zero"),
    (lambda n: invert(nn.Sequential(nn.Conv2d(3, 2, 1), nn.Threshold(1e9, 0)), "1", images()), "gives nothing but zeros, or no numbers"),
    (lambda n: dream(n, images(), 3), r"a dream is of a layer, or of \(layer, unit\); 3 came"),
    (lambda n: dream(n, images(), "second", octaves=0), "octaves = 0; expected one or more"),
    (lambda n: dream(n, images(), "second", scale=1.0), "scale = 1.0, rate = 0.02, jitter = 4; expected a scale above one"),
    (lambda n: dream(n, images(), "second", octaves=30), r"the smallest of 30 octaves of \(16, 16\) pixels has none"),
    (lambda n: next(zoomed(n, images(), "second", 0)), "frames = 0, zoom = 1.05; expected a frame or more"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), REFUSED, ids=range(len(REFUSED)))
@pytest.mark.usefixtures("unchecked")
def test_refusals(call, words):
    with pytest.raises(BadInput, match=words):
        call(Modules())
