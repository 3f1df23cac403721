"""Networks that are difficult to train: what can be trained is, the rest is a sentence."""

import pytest
import torch
from torch import nn

from repscope.core.errors import BadInput
from repscope.networks import Network
from repscope.training import Recipe, train
from tests.activations.small import images, stack
from tests.cli.hostile_networks import MethodTrain, returning, scripted, trunk

RECIPE = Recipe(epochs=1, batch=8)


def wide(module: nn.Module) -> Network:
    for part in module.modules():
        part.training = False
    return Network("mine", module, stack, (3, 16, 16))


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: trunk().half(), torch.float32),
        (lambda: trunk().bfloat16(), torch.float32),
        (lambda: trunk().double(), torch.float64),
        (MethodTrain, torch.float32),
    ],
)
def test_types_of_weights_and_a_method_called_train(make, kind):
    torch.manual_seed(0)
    network = wide(make())
    done = train(network, images(side=16, classes=3), RECIPE)
    weights = list(done.network.module.parameters())
    assert {w.dtype for w in weights} == {kind}
    before = list(network.module.parameters())
    assert not all(torch.equal(a.to(kind), b) for a, b in zip(before, weights, strict=True))


class InTraining(nn.Module):
    """Fails only where it is trained."""

    def __init__(self, fail):
        super().__init__()
        self.body, self.fail = trunk(), fail

    def forward(self, x):
        return self.fail(self.body(x)) if self.training else self.body(x)


def raises(_):
    raise KeyError("x")


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (returning(lambda out, _: torch.complex(out, out))(), "the network 'mine' gives .* expected a logit for each class"),
        (InTraining(raises), r"the network 'mine \(trained on noise-0\)' failed on a batch of images \(8, 3, 16, 16\)"),
        (InTraining(lambda x: x.detach()), r"the gradient of the loss does not reach the weights of the network 'mine .*: no detach\(\)"),
        (returning(lambda out, _: (out.argmax(1, keepdim=True) == torch.arange(3)).float())(), "the gradient of the loss does not reach"),
    ],
)  # fmt: skip
def test_failures_are_sentences(module, message):
    with pytest.raises(BadInput, match=message):
        train(wide(module), images(side=16, classes=3), RECIPE)


def test_scripted_modules():
    with pytest.raises(BadInput, match="the weights of 'mine' cannot be trained in a copy"):
        train(wide(scripted()), images(side=16, classes=3), RECIPE)
