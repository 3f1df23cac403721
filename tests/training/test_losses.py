"""Losses for embeddings: their equations, and what they do to new identities."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from repscope import load_data, load_network
from repscope.core.errors import BadInput
from repscope.networks import head_of
from repscope.training import Recipe, train
from repscope.training._losses import CENTRE_RATE, CENTRE_WEIGHT, MARGIN, SCALE, ArcFace, Centre, criterion


def batch(b=6, d=4, classes=3):
    generator = torch.Generator().manual_seed(0)
    return (
        torch.randn(b, classes, generator=generator),
        torch.randn(b, d, generator=generator),
        torch.arange(b) % classes,
    )


def test_centre_loss_is_its_equations():
    scores, embeddings, labels = batch()
    loss = Centre(3, 4, torch.device("cpu"))
    loss.centres += 1.0
    moved = loss.centres.clone()
    for j in range(3):  # equation 4
        mine = [embeddings[i] for i in range(6) if labels[i] == j]
        moved[j] -= CENTRE_RATE * sum(1.0 - x for x in mine) / (1 + len(mine))
    expected = cross_entropy(scores, labels) + CENTRE_WEIGHT / 2 * np.mean(
        [float(((x - 1) ** 2).sum()) for x in embeddings]
    )
    assert float(loss(scores, embeddings, labels)) == pytest.approx(float(expected), rel=1e-6)
    torch.testing.assert_close(loss.centres, moved)


def test_arcface_is_its_equation():
    _, embeddings, labels = batch()
    head = torch.nn.Linear(4, 3)
    loss = ArcFace(head)
    w = torch.nn.functional.normalize(head.weight)
    cosine = torch.nn.functional.normalize(embeddings) @ w.T
    total = 0.0
    for i, y in enumerate(labels.tolist()):
        margin = torch.exp(SCALE * torch.cos(torch.acos(cosine[i, y]) + MARGIN))
        others = sum(torch.exp(SCALE * cosine[i, j]) for j in range(3) if j != y)
        total += float(-torch.log(margin / (margin + others)).detach()) / 6
    assert float(loss(torch.zeros(6, 3), embeddings, labels).detach()) == pytest.approx(total, rel=1e-4)
    loss.finish()
    torch.testing.assert_close(head.weight.norm(dim=1), torch.ones(3))
    assert not head.bias.any()


@pytest.mark.parametrize("angle", [0.1, 1.5, 2.8, 2.9, 3.1])
def test_arcface_gains_nothing_where_no_class_is_told_apart(angle: float):
    head = torch.nn.Linear(2, 3)
    with torch.no_grad():
        head.weight.copy_(torch.tensor([[1.0, 0.0]] * 3))
    embedding = torch.tensor([[np.cos(angle), np.sin(angle)]], dtype=torch.float32)
    assert float(ArcFace(head)(torch.zeros(1, 3), embedding, torch.tensor([0])).detach()) > np.log(3)


@pytest.mark.parametrize("name", ["centre", "arcface"])
def test_training_with_it(name):
    digits = load_data("digits").partition("train").balanced(160)
    network = load_network("repscope:inception_v1", seed=0)
    done = train(network, digits, Recipe(epochs=10, batch=20, learning_rate=0.05, loss=name))
    assert done.accuracies["train"] > 0.6
    assert done.history[-1].loss < done.history[0].loss
    if name == "arcface":
        head = head_of(done.network)
        np.testing.assert_allclose(np.linalg.norm(head.weight, axis=1), 1, rtol=1e-5)
    assert not done.network.module.classifier._forward_pre_hooks


def test_what_is_no_loss_is_refused():
    network = load_network("repscope:resnet_v1")
    with (
        pytest.raises(BadInput, match=r"there is no loss 'arcfaec'; known: 'softmax', 'centre', 'arcface'"),
        criterion("arcfaec", network, torch.device("cpu")),
    ):
        pass
    odd = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Conv2d(3, 5, 1), torch.nn.Flatten())
    from repscope.networks import Network

    with (
        pytest.raises(BadInput, match=r"the loss 'centre' needs a Linear head; that of 'odd' is a Conv2d"),
        criterion("centre", Network("odd", odd, network.preprocess, (3, 8, 8)), torch.device("cpu")),
    ):
        pass
