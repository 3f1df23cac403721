"""Which output is the class: one rule, and sentences where it does not tell."""

from collections import OrderedDict, namedtuple
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from repscope.core.errors import BadInput
from repscope.networks import head_of
from repscope.networks._logits import ClassOutput, check_class, tensors_of
from tests.activations.small import images as noise
from tests.activations.small import network

X = torch.rand(3, 3, 8, 8, generator=torch.Generator().manual_seed(0))
Pair = namedtuple("Pair", ("embedding", "logits"))


@dataclass
class Answer:
    hidden: torch.Tensor
    scores: torch.Tensor


FORMS = {
    "tuple": lambda e, z: (e, z),
    "turned tuple": lambda e, z: (z, e),
    "mapping": lambda e, z: OrderedDict(embedding=e, logits=z),
    "mapping of other names": lambda e, z: {"a": e, "b": z},
    "named tuple": Pair,
    "object with fields": Answer,
    "maps beside": lambda e, z: (e[:, :, None, None], z),
    "the only one of two axes": lambda e, z: {"maps": e[:, :, None, None].expand(-1, -1, 2, 2), "x": z},
}


class Net(nn.Module):
    def __init__(self, form=None):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 5, 3)
        self.project = nn.Linear(5, 5)
        self.head = nn.Linear(5, 4)
        self.form = form

    def forward(self, x):
        embedding = self.project(self.conv(x).relu().mean((2, 3)))
        logits = self.head(embedding)
        return logits if self.form is None else self.form(embedding, logits)


@pytest.mark.parametrize("form", FORMS)
def test_the_logits_are_found(form):
    expected = Net()(X)
    module = Net(FORMS[form])
    torch.testing.assert_close(ClassOutput(module)(X), expected)
    assert head_of(network(module)).layer == "head"


@pytest.mark.parametrize("form", FORMS)
def test_attributions_and_attacks_of_all_forms_agree(form):
    from repscope.training import accuracy
    from repscope.units import deepfool, fgsm, grad_cam, occlusion, saliency

    plain, module = Net().eval(), Net(FORMS[form]).eval()
    for method in (saliency, occlusion, grad_cam):
        assert (method(module, X, 2) == method(plain, X, 2)).all()
    labels = plain(X).argmax(1)
    for attack in (lambda m: deepfool(m, X, labels), lambda m: fgsm(m, X, labels, 0.1)):
        assert torch.equal(attack(module).images, attack(plain).images)
    data = noise()
    assert accuracy(network(module), data) == accuracy(network(plain), data)


def test_what_cannot_be_told_is_refused_with_the_outputs():
    module = Net(lambda e, z: (e.clone() + 1, z.clone() + 1))
    with pytest.raises(
        BadInput, match=r"gives \[0\] \(3, 5\), \[1\] \(3, 4\), and which of them are the logits cannot be told"
    ):
        ClassOutput(module)(X)
    torch.testing.assert_close(ClassOutput(module, "[1]")(X), Net()(X) + 1)
    with pytest.raises(BadInput, match=r"gives no output '\[7\]'; known: '\[0\]', '\[1\]'"):
        ClassOutput(module, "[7]")(X)


@pytest.mark.parametrize(
    "form", [lambda e, z: z[:, :, None], lambda e, z: z[:2], lambda e, z: z.argmax(1), lambda e, z: z > 0]
)
def test_outputs_that_are_no_logits(form):
    with pytest.raises(BadInput, match=r"the network 'mine' gives .* for 3 images; expected a logit for each class"):
        ClassOutput(Net(form), who="mine")(X)


def test_a_network_that_returns_nothing():
    with pytest.raises(BadInput, match="gives no tensors, and which of them"):
        ClassOutput(Net(lambda e, z: None))(X)


@pytest.mark.parametrize("index", [-1, 4, True, 1.0, "1", None])
def test_classes_that_the_network_lacks(index):
    with pytest.raises(BadInput, match=r"the class .* was asked for; the network has 4, 0 to 3"):
        check_class(index, 4)


def test_tensors_by_suffix():
    assert sorted(tensors_of({"a": (X, None), "b": [3, X]})) == ["[a][0]", "[b][1]"]
