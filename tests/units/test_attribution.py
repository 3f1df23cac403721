"""Attribution: closed forms, captum where it is right, and refusals by their words."""

import captum.attr
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from repscope import load_network
from repscope.core.errors import BadInput, NotFound
from repscope.units import (
    ATTRIBUTIONS,
    deconvnet,
    grad_cam,
    gradient_input,
    guided_backprop,
    integrated_gradients,
    occlusion,
    saliency,
)
from tests.units.small import Functions, Modules, images, linear

LOOSE = {"rtol": 1e-5, "atol": 1e-5}


def weight_maps(network: nn.Sequential, index: int) -> np.ndarray:
    return network[1].weight[index].detach().numpy().reshape(3, 8, 8)


@settings(max_examples=10)
@given(st.integers(0, 2**20))
def test_of_a_linear_network(seed):
    network, x = linear(seed), images(3, 8, seed)
    weight = weight_maps(network, 2)
    for function in (saliency, lambda *a: integrated_gradients(*a) / x.numpy()):
        np.testing.assert_allclose(function(network, x, 2), np.broadcast_to(weight, x.shape), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(gradient_input(network, x, 2), weight * x.numpy(), **LOOSE)
    lost = (weight * x.numpy()).sum(1)  # of one pixel covered by zero
    found = occlusion(network, x, 2, window=1)
    np.testing.assert_allclose(found[:, 0], lost, **LOOSE)
    np.testing.assert_array_equal(found[:, 0], found[:, 2])


@settings(max_examples=10)
@given(st.integers(0, 2**20), st.sampled_from([1, 2, 4]))
def test_occlusion_is_complete_on_an_additive_network(seed, window):
    network, x = linear(seed), images(2, 8, seed)
    lost = occlusion(network, x, 0, window=window, stride=window)[:, 0, ::window, ::window].sum((1, 2))
    change = (network(x) - network(torch.zeros_like(x)))[:, 0].detach().numpy()
    np.testing.assert_allclose(lost, change, rtol=1e-4, atol=1e-4)


def test_all_rules_are_the_gradient_where_everything_is_positive():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2)
    )
    with torch.no_grad():
        for weight in network.parameters():
            weight.abs_()
    x = images(2, 8).abs()
    plain = saliency(network, x, 1)
    np.testing.assert_allclose(guided_backprop(network, x, 1), plain, rtol=1e-6)
    np.testing.assert_allclose(deconvnet(network, x, 1), plain, rtol=1e-6)


@pytest.mark.filterwarnings("ignore:.*required_grads has been set")
def test_captum_agrees():
    network, x = Modules().eval(), images()
    theirs = {
        saliency: captum.attr.Saliency(network).attribute(x, target=3, abs=False),
        gradient_input: captum.attr.InputXGradient(network).attribute(x, target=3),
        integrated_gradients: captum.attr.IntegratedGradients(network).attribute(x, target=3, n_steps=50),
    }
    plain = Modules().eval()
    plain.relu1 = nn.ReLU()  # captum's hooks do not stand in-place ReLUs
    for function, way in ((guided_backprop, captum.attr.GuidedBackprop), (deconvnet, captum.attr.Deconvolution)):
        with pytest.warns(UserWarning, match="hooks"):
            theirs[function] = way(plain).attribute(x, target=3)
    for function, expected in theirs.items():
        np.testing.assert_allclose(function(network, x, 3), expected.detach().numpy(), **LOOSE)


@pytest.mark.filterwarnings("ignore:.*required_grads has been set")
@pytest.mark.parametrize("unit", [0, 5])
def test_captum_agrees_on_units(unit):
    network, x = Modules().eval(), images()
    expected = captum.attr.NeuronGradient(network, network.second).attribute(x, (unit, 3, 2))
    np.testing.assert_allclose(saliency(network, x, ("second", unit, (3, 2))), expected.detach().numpy(), **LOOSE)


def test_captum_agrees_on_grad_cam():
    network, x = Modules().eval(), images()
    cam = captum.attr.LayerGradCam(network, network.relu2).attribute(x, target=3, relu_attributions=True)
    expected = functional.interpolate(cam, (16, 16), mode="bilinear").detach().numpy()
    np.testing.assert_allclose(grad_cam(network, x, 3), expected, **LOOSE)  # the last maps are found
    np.testing.assert_allclose(grad_cam(network, x, 3, layer="relu2"), expected, **LOOSE)
    with torch.no_grad():
        own = network.second(network.pool(network.relu1(network.norm(network.first(x)))))[:, 4:5].relu()
    scaled = functional.interpolate(own / 64, (16, 16), mode="bilinear").numpy()  # the mean over 64 positions
    np.testing.assert_allclose(grad_cam(network, x, ("second", 4)), scaled, **LOOSE)  # of a unit, its own map
    np.testing.assert_allclose(grad_cam(network, x, ("classifier", 3)), expected, **LOOSE)
    named = grad_cam(load_network("repscope:resnet20-digits").module, images(2, 32), 3)
    assert named.shape == (2, 1, 32, 32)


@pytest.mark.parametrize(("window", "stride"), [(4, 4), (5, 3), (8, 8), ((3, 6), (2, 5))])
def test_captum_agrees_on_occlusion(window, stride):
    network, x = Modules().eval(), images()
    sides, steps = (s if isinstance(s, tuple) else (s, s) for s in (window, stride))
    theirs = captum.attr.Occlusion(network).attribute(
        x, sliding_window_shapes=(3, *sides), strides=(3, *steps), target=3, baselines=0.5
    )
    found = occlusion(network, x, 3, window=window, stride=stride, fill=0.5, batch=7)
    np.testing.assert_allclose(found, theirs.detach().numpy(), **LOOSE)


@pytest.mark.parametrize("overlapping", [False, True])
@pytest.mark.parametrize("function", [saliency, guided_backprop, deconvnet])
def test_functions_and_modules_are_the_same(function, overlapping):
    x = images()
    np.testing.assert_array_equal(
        function(Modules(overlapping=overlapping), x, 2), function(Functions(overlapping=overlapping), x, 2)
    )


class Spelled(nn.Module):
    def __init__(self, relu):
        super().__init__()
        self.linear, self.relu = nn.Linear(48, 3), relu

    def forward(self, x):
        return self.linear(self.relu(x.flatten(1) * 1.0))


def in_place(x):
    x.relu_()  # what it returns is not looked at
    return x


SPELLINGS = {
    "torch.relu": torch.relu, "functional.relu": functional.relu, "functional.relu in place": lambda x: functional.relu(x, inplace=True), "method": lambda x: x.relu(),
    "in place, not returned": in_place, "clamp": lambda x: torch.clamp(x, 0), "clamp keyword": lambda x: x.clamp(min=0.0),
    "clamp_min": lambda x: torch.clamp_min(x, 0), "module": nn.ReLU(), "clamp_": lambda x: x.clamp_(0),
}  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_relu_is_seen(spelling):
    torch.manual_seed(0)
    network, x = Spelled(SPELLINGS[spelling]), images(5, 4)
    weight = network.linear.weight[1].detach().reshape(3, 4, 4)
    expected = (weight.clamp(min=0) * (x > 0)).numpy()
    np.testing.assert_allclose(guided_backprop(network, x, 1), expected, **LOOSE)
    np.testing.assert_allclose(deconvnet(network, x, 1), np.broadcast_to(weight.clamp(min=0), x.shape), **LOOSE)


@pytest.mark.parametrize(
    "relu6",
    [
        nn.ReLU6(),
        functional.relu6,
        lambda x: functional.hardtanh(x, 0, 6),
        lambda x: x.clamp(0, 6),
        nn.ReLU6(inplace=True),
    ],
)
def test_capped_relus_are_flat_above_their_cap(relu6):
    torch.manual_seed(0)
    network, x = Spelled(relu6), 8 * images(5, 4)
    weight = network.linear.weight[1].detach().reshape(3, 4, 4)
    assert bool((x > 6).any())
    expected = (weight.clamp(min=0) * ((x > 0) & (x < 6))).numpy()
    np.testing.assert_allclose(guided_backprop(network, x, 1), expected, **LOOSE)
    assert np.allclose(saliency(network, x, 1), (weight * ((x > 0) & (x < 6))).numpy(), **LOOSE)


@pytest.mark.parametrize(
    ("other", "name"),
    [
        (nn.GELU(), "gelu"),
        (functional.gelu, "gelu"),
        (nn.SiLU(), "silu"),
        (torch.sigmoid, "sigmoid"),
        (nn.LeakyReLU(), "leaky_relu"),
        (lambda x: x.tanh(), "tanh"),
    ],
)
def test_other_nonlinearities_are_refused(other, name):
    network = Spelled(lambda x: other(torch.relu(x)))
    for function, method in ((guided_backprop, "guided backpropagation"), (deconvnet, "the deconvnet")):
        with pytest.raises(
            BadInput,
            match=rf"{method} is defined for ReLUs, and the network also calls {name} \(1 calls seen\); take saliency",
        ):
            function(network, images(2, 4), 1)


@pytest.mark.parametrize("fill", ["mean", "blur", "noise", 0.3, torch.ones(3, 1, 1), lambda x: x.flip(0)])
def test_occluders(fill):
    network, x = Modules(), images()
    found = occlusion(network, x, 1, fill=fill)
    assert found.shape == (4, 3, 16, 16)
    np.testing.assert_array_equal(found, occlusion(network, x, 1, fill=fill))
    assert np.abs(found).max() > 0


def test_windows_that_change_nothing_are_not_run():
    network, x = Modules().eval(), torch.zeros(2, 3, 16, 16)
    x[0, :, 4:8, 4:8] = 1
    seen = []
    network.register_forward_hook(lambda _module, given, _out: seen.append(len(given[0])))
    found = occlusion(network, x, 1, window=4, stride=4)
    assert sum(seen) == 2 + 1  # both images clean, and one window
    assert (found[1] == 0).all()
    assert (found[0] != 0).sum() == 3 * 16


def test_a_score_of_two_networks():
    a, b, x = Modules(0).double(), Modules(1).double(), images(6).double()

    def similarity(batch):
        return functional.cosine_similarity(a.eval()(batch), b.eval()(batch)).sum()

    found = saliency(a, x, similarity)
    step = 1e-6 * torch.randn(x.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    with torch.no_grad():
        change = similarity(x + step / 2) - similarity(x - step / 2)
    assert (found * step.numpy()).sum() == pytest.approx(float(change), rel=1e-4)


def test_directions_are_sums_of_units():
    network, x = Modules(), images()
    weights = np.random.default_rng(0).normal(size=12)
    by_units = sum(w * saliency(network, x, ("second", i)) for i, w in enumerate(weights))
    np.testing.assert_allclose(saliency(network, x, ("second", weights)), by_units, rtol=1e-4, atol=1e-6)


def test_positions():
    network, x = Modules(), images()
    places = [saliency(network, x, ("second", 3, (p, q))) for p in range(8) for q in range(8)]
    np.testing.assert_allclose(saliency(network, x, ("second", 3)), np.mean(places, axis=0), rtol=1e-4, atol=1e-6)
    highest = saliency(network, x, ("second", 3, "max"))
    assert all(any(np.allclose(highest[i], place[i]) for place in places) for i in range(len(x)))


def test_the_layer_is_what_it_gave_not_what_became_of_it():
    network, x = Modules(), images()  # norm is followed by a ReLU in place
    target = ("norm", 2, (3, 3))
    scale = network.norm.weight[2] / torch.sqrt(network.norm.running_var[2] + network.norm.eps)
    expected = (network.first.weight[2] * scale).detach().numpy()
    np.testing.assert_allclose(saliency(network, x, target)[0][:, 2:5, 2:5], expected, **LOOSE)


def test_the_input_is_a_layer():
    found = saliency(Modules(), images(2), ("input", 1, (0, 5)))
    assert found.sum() == 2
    assert (found[:, 1, 0, 5] == 1).all()


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x):
        return self.conv(self.conv(x))


def test_calls_have_numbers():
    network, x = Twice(), images(2, 8)
    first, second = (saliency(network, x, (f"conv:{i}", 0, (4, 4))) for i in (0, 1))
    assert (first[0] != 0).sum() == 27
    assert (second[0] != 0).sum() == 75
    with pytest.raises(BadInput, match="'conv' is called 2 times in a pass; say which call is meant: conv:0 to conv:1"):
        saliency(network, x, ("conv", 0))
    with pytest.raises(NotFound, match="the layer 'conv:2' is not reached: 'conv' is called 2 times"):
        saliency(network, x, ("conv:2", 0))


REFUSED = [
    (lambda n, x: saliency(n, x, 5), "the class 5 was asked for; the network has 5, 0 to 4"),
    (lambda n, x: saliency(n, x, ("second", 12)), "the unit 12 of 'second' was asked for; the layer has 12, 0 to 11"),
    (lambda n, x: saliency(n, x, ("secnd", 1)), "the network has no layer 'secnd'; known: "),
    (lambda n, x: saliency(n, x, ("second", [1.0, 2.0])), r"a direction of shape \(2,\) came for 'second'; expected \(12,\)"),
    (lambda n, x: saliency(n, x, ("second", [0.0] * 12)), r"expected a finite number for each unit, not all zero"),
    (lambda n, x: saliency(n, x, ("second", 1, (9, 0))), r"the position \(9, 0\) of 'second' was asked for; its maps are \(8, 8\)"),
    (lambda n, x: saliency(n, x, ("second", 1, "sum")), "positions are to be combined by 'sum'; expected 'mean', 'max' or"),
    (lambda n, x: saliency(n, x, "second"), "the target is 'second'; expected a class's index"),
    (lambda n, x: saliency(n, x[0], 1), "expected a batch of images as the network takes it: a float tensor"),
    (lambda n, x: saliency(n, x.to(torch.uint8), 1), "torch.uint8 of shape .* came; expected a batch of images"),
    (lambda n, x: saliency(n, x * float("nan"), 1), "the images hold NaN or infinity; expected finite numbers"),
    (lambda n, x: saliency(n, x, lambda images: images.flatten(1)), r"the target's function gave \(4, 768\) for 4 images; expected one"),
    (lambda n, x: saliency(n, x, lambda images: torch.ones(4)), "the score does not depend on the images"),
    (lambda n, x: saliency(torch.jit.trace(n.eval(), x), x, 1), "a scripted module came, whose operations cannot be looked into"),
    (lambda n, x: integrated_gradients(n, x, 1, steps=0), "steps = 0; expected one or more"),
    (lambda n, x: integrated_gradients(n, x, 1, baseline=torch.zeros(2, 2)), r"a baseline of shape \(2, 2\) came for images of \(4, 3, 16, 16\)"),
    (lambda n, x: grad_cam(n, x, 1, layer="classifier"), r"the layer 'classifier' gives \(4, 5\), without height and width"),
    (lambda n, x: grad_cam(n, x, ("first", 1), layer="second"), "the score of unit 1 of first does not depend on 'second'"),
    (lambda n, x: grad_cam(linear(), images(2, 8), 1), "no layer of the network has height and width; Grad-CAM needs one"),
    (lambda n, x: occlusion(n, x, 1, window=17), r"windows of \(17, 17\) every \(8, 8\) pixels came for images of \(16, 16\)"),
    (lambda n, x: occlusion(n, x, 1, window=2, stride=3), "expected no larger than the image, without gaps"),
    (lambda n, x: occlusion(n, x, 1, window=0), r"window = 0; expected a number of pixels, or \(height, width\)"),
    (lambda n, x: occlusion(n, x, 1, fill="green"), "there is no occluder 'green'; known: 'mean', 'blur', 'noise'"),
    (lambda n, x: occlusion(n, x, 1, fill=torch.zeros(2, 9)), r"an occluder of shape \(2, 9\) came for images of"),
    (lambda n, x: occlusion(n, x, lambda images: images.sum()), "occlusion needs a score of each image by itself"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), REFUSED, ids=range(len(REFUSED)))
@pytest.mark.filterwarnings("ignore:.*torch.jit:FutureWarning")
@pytest.mark.usefixtures("unchecked")
def test_refusals(call, words):
    with pytest.raises((BadInput, NotFound), match=words):
        call(Modules(), images())


def test_all_are_found_by_name():
    assert set(ATTRIBUTIONS) == {
        "saliency", "gradient_input", "guided_backprop", "deconvnet", "integrated_gradients", "grad_cam", "occlusion",
    }  # fmt: skip
    network, x = Modules(), images(2)
    for name in ATTRIBUTIONS:
        way = ATTRIBUTIONS[name]
        assert way.title
        assert way.reference
        found = way(network, x, 1)
        assert found.shape == (2, 1 if name == "grad_cam" else 3, 16, 16)
        np.testing.assert_array_equal(found, way(network, x, 1))


@pytest.mark.parametrize("name", ["saliency", "integrated_gradients", "guided_backprop", "occlusion"])
def test_batches_change_nothing(name):
    network, x = Modules(), images(5)
    np.testing.assert_allclose(
        ATTRIBUTIONS[name](network, x, 1, batch=2), ATTRIBUTIONS[name](network, x, 1), rtol=1e-4, atol=1e-7
    )


class Weights(nn.Module):
    """Attention whose keys come from the maps directly: no module gives tokens."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.patch = nn.Conv2d(3, 8, 4, 4)
        self.attend = nn.Softmax(dim=-1)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        tokens = self.patch(x).flatten(2).transpose(1, 2)
        weights = self.attend((tokens @ tokens.transpose(1, 2))[:, None])
        return self.head((weights[:, 0] @ tokens).mean(1))


def test_grad_cam_takes_no_weights_between_tokens():
    images = torch.rand(2, 3, 16, 16)
    found = grad_cam(Weights(), images, 1)
    assert (found == grad_cam(Weights(), images, 1, layer="patch")).all()


def test_attributions_that_are_no_numbers_are_refused():
    class Overflows(nn.Module):
        def forward(self, x):
            total = x.flatten(1).sum(1, keepdim=True)
            return torch.cat([total, (total * 1e30) ** 2], 1)

    with pytest.raises(BadInput, match=r"the attribution of 2 of 2 images holds NaN or infinity, the first of image 0"):
        saliency(Overflows(), torch.full((2, 3, 4, 4), 1e10), 1)


def test_grad_cam_of_a_score_without_gradients():
    class Detached(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, x):
            return self.conv(x).mean((2, 3)).detach()

    with pytest.raises(BadInput, match="does not depend on 'conv'"):
        grad_cam(Detached(), torch.rand(1, 3, 8, 8), 1)


class ChangesWhatItNeeds(nn.Module):
    """An operation in place on what a ReLU's gradient is computed from."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(27, 3)

    def forward(self, x):
        shown = torch.sigmoid(x[:, :, :3, :3])
        shown.mul_(3)
        return self.head(shown.flatten(1))


def test_a_network_that_has_no_gradient_is_refused_in_a_sentence():
    from repscope.units import deepfool, fgsm, maximize

    images, module = torch.rand(2, 3, 4, 4), ChangesWhatItNeeds()
    for call in (
        lambda: saliency(module, images, 1),
        lambda: fgsm(module, images, [0, 1], 0.1),
        lambda: deepfool(module, images, module(images).argmax(1)),
        lambda: maximize(module, 1, 2, (3, 4, 4)),
    ):
        with pytest.raises(
            BadInput, match=r"the network has no gradient \(.*changes no value in place which its gradient needs"
        ):
            call()
