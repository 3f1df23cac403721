"""Adversarial images: closed forms on linear networks, balls and bounds, agreement of methods, refusals."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from repscope import load_data, load_network
from repscope.core.errors import BadInput
from repscope.units import Appearance
from repscope.units.adversarial import deepfool, fgsm, fool, minimal_perturbation, pgd, robust_accuracy
from tests.units.small import images, linear


def two_classes(seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(48, 2)).double()


def gap_over_norm(network: nn.Sequential, x: torch.Tensor) -> np.ndarray:
    logits = network(x).detach()
    weight = network[-1].weight.detach()
    return (logits.max(1).values - logits.min(1).values).numpy() / float((weight[0] - weight[1]).norm())


@settings(max_examples=8)
@given(st.integers(0, 2**20))
def test_the_smallest_change_of_a_linear_network_is_the_gap_over_the_norm(seed):
    network, x = two_classes(seed), images(3, 4, seed).double()
    other = network(x).argmin(1)
    expected = gap_over_norm(network, x)
    found = minimal_perturbation(network, x, other)
    assert found.found.all()
    np.testing.assert_allclose(found.distance, expected, rtol=2e-3)
    fooled = deepfool(network, x, network(x).argmax(1))
    assert fooled.found.all()
    np.testing.assert_allclose(fooled.distance, 1.02 * expected, rtol=1e-3)


@settings(max_examples=8)
@given(st.integers(0, 2**20))
def test_deepfool_finds_the_nearest_of_many_boundaries(seed):
    network, x = linear(seed).double(), images(3, 8, seed).double()
    logits, weight = network(x).detach(), network[1].weight.detach()
    named = logits.argmax(1)
    expected = [
        min(float((logits[i, c] - logits[i, o]) / (weight[c] - weight[o]).norm()) for o in range(4) if o != c)
        for i, c in enumerate(named.tolist())
    ]
    np.testing.assert_allclose(deepfool(network, x, named).distance, 1.02 * np.array(expected), rtol=1e-3)


def test_bounds_hold_and_lengthen_the_change():
    network, x = two_classes(1), torch.rand(4, 3, 4, 4, generator=torch.Generator().manual_seed(0)).double()
    other = network(x).argmin(1)
    free, bound = minimal_perturbation(network, x, other), minimal_perturbation(network, x, other, bounds=(0, 1))
    assert bound.found.all()
    assert (bound.distance >= free.distance - 1e-6).all()
    assert float(bound.images.min()) >= 0
    assert float(bound.images.max()) <= 1


def test_what_cannot_be_reached_is_said():
    network, x = two_classes(1), torch.rand(1, 3, 4, 4).double()
    with torch.no_grad():
        network[-1].bias.copy_(torch.tensor([1000.0, 0.0]))
    found = minimal_perturbation(network, x, 1, bounds=(0, 1))
    assert not found.found.any()
    assert found.after.tolist() == [0]


@pytest.mark.parametrize("norm", ["inf", "2"])
def test_steps_stay_in_the_ball(norm):
    network, x = linear(), torch.rand(5, 3, 8, 8, generator=torch.Generator().manual_seed(3))
    found = pgd(network, x, network(x).argmax(1), 0.3, norm=norm, bounds=(0, 1))
    assert ((found.greatest if norm == "inf" else found.distance) <= 0.3 + 1e-5).all()
    assert float(found.images.min()) >= 0
    assert float(found.images.max()) <= 1


def test_fgsm_is_a_step_along_the_sign():
    network, x = two_classes(0), images(3, 4).double()
    named = network(x).argmax(1)
    weight = network[-1].weight.detach()
    expected = [(weight[1 - c] - weight[c]).sign().reshape(3, 4, 4) for c in named.tolist()]
    found = fgsm(network, x, named, 0.2)
    torch.testing.assert_close(found.images, x + 0.2 * torch.stack(expected))
    towards = fgsm(network, x, 1 - named, 0.2, targeted=True)
    torch.testing.assert_close(towards.images, found.images)


def test_a_trained_network_is_fooled_and_longer_search_finds_shorter_changes():
    network, data = load_network("repscope:resnet20-digits"), load_data("digits").partition("validation").balanced(3)
    looks = Appearance.of(network)
    bounds = (looks.low, looks.high)
    x = network.preprocess([data.image(i) for i in range(len(data))])
    named = network.module(x).argmax(1)
    one = deepfool(network.module, x, named, bounds=bounds)
    assert one.found.all()
    smallest = minimal_perturbation(network.module, x, one.after, rounds=4, steps=12, bounds=bounds)
    assert smallest.found.all()
    assert np.median(smallest.distance / one.distance) < 1
    assert (smallest.after != named.numpy()).all()
    before = pgd(network.module, x, named, 0.0, bounds=bounds, steps=2)
    assert not before.found.any()
    shares = [
        pgd(network.module, x, named, epsilon, bounds=bounds, steps=5).found.mean() for epsilon in (0.05, 0.2, 0.8)
    ]
    assert shares == sorted(shares)
    assert shares[-1] == 1


REFUSED = [
    (lambda n, x: fgsm(n, x, 4, 0.1), r"labels \[4, 4, 4\] came for 3 images and 4 classes; expected one class, or one for each image, from 0 to 3"),
    (lambda n, x: fgsm(n, x, [0, 1], 0.1), r"labels \[0, 1\] came for 3 images"),
    (lambda n, x: fgsm(n, x, [0.5, 1.0, 2.0], 0.1), "expected one class, or one for each image"),
    (lambda n, x: fgsm(n, x, 0, -0.1), "epsilon = -0.1, steps = 1, rate = -0.1; expected none below zero"),
    (lambda n, x: fgsm(n, x, 0, 0.1, bounds=(0, 1)), "outside the bounds; expected images as the module takes them"),
    (lambda n, x: fgsm(n, x, 0, 0.1, bounds=(9, -9)), "outside the bounds; expected images as the module takes them"),
    (lambda n, x: pgd(n, x, 0, 0.1, norm="1"), "there is no norm '1'; known: 'inf', '2'"),
    (lambda n, x: pgd(n, x, 0, 0.1, start="zero"), "start = 'zero'; expected 'random' or 'image'"),
    (lambda n, x: deepfool(n, x, 0, steps=0), "steps = 0, overshoot = 0.02; expected a step or more"),
    (lambda n, x: minimal_perturbation(n, x, 0, rounds=0), "rounds = 0, steps = 60; expected a round, a step or more"),
    (lambda n, x: fool(n, [0], (3, 8, 8), survivors=32), "survivors = 32, change = 0.4, 1 classes; expected a generation and a class"),
    (lambda n, x: fool(n, [9], (3, 8, 8)), "the class 9 was asked for; the network has 4, 0 to 3"),
    (lambda n, x: robust_accuracy(n, x, 0, [0.2, 0.1]), r"epsilons = \[0.2, 0.1\]; expected radii above zero, ascending"),
    (lambda n, x: robust_accuracy(n, x, 0, [0.0]), r"epsilons = \[0.0\]; expected radii above zero, ascending"),
    (lambda n, x: minimal_perturbation(n, x[0], 0), "expected a batch of images as the network takes it"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), REFUSED, ids=range(len(REFUSED)))
@pytest.mark.usefixtures("unchecked")
def test_refusals(call, words):
    with pytest.raises(BadInput, match=words):
        call(linear(), images(3, 8))


def test_patterns_become_surer():
    network = load_network("repscope:resnet20-digits")
    looks = Appearance.of(network)
    found = fool(network.module, [3, 7], network.input_shape, generations=12, looks=looks)
    assert (np.diff(found.history, axis=0) >= -1e-6).all()
    assert (found.confidence > found.history[0]).all()
    with torch.no_grad():
        sure = network.module(found.images).softmax(1)[[0, 1], [3, 7]].numpy()
    np.testing.assert_allclose(sure, found.confidence, atol=1e-4)
    assert float(found.images.min()) >= float(looks.low.min())
    assert float(found.images.max()) <= float(looks.high.max())
    again = fool(network.module, [3, 7], network.input_shape, generations=12, looks=looks)
    torch.testing.assert_close(found.images, again.images, rtol=0, atol=0)


def test_robust_accuracy_falls_with_the_radius():
    network, x = two_classes(3), images(60, 4, 1).double()
    named = network(x).argmax(1)
    distance = np.sort(gap_over_norm(network, x))
    between = (distance[[14, 29, 44]] + distance[[15, 30, 45]]) / 2
    found = robust_accuracy(network, x, named, between.tolist(), norm="2", steps=100)
    shares = [score.value for score in found.scores]
    assert shares[0] == 1
    # a linear network is fooled exactly within the distance of its boundary
    np.testing.assert_allclose(shares[1:], [45 / 60, 30 / 60, 15 / 60], atol=2.01 / 60)
    assert found.frame()["accuracy"].tolist() == shares
    assert all(score.interval[0] <= score.value <= score.interval[1] for score in found.scores)
