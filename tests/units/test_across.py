"""Across networks: directions that are carried exactly where they can be, pictures for both and for one, metamers."""

import numpy as np
import pytest
import torch
from torch import nn

from repscope import load_data, load_network
from repscope.core.errors import BadInput
from repscope.maps import LeastSquares
from repscope.networks import Network
from repscope.units._means import layer_means
from repscope.units.across import canonical_directions, carried, metamers, residual_directions, shared_picture
from tests.units.small import Modules

SIDE = 16


def stacked(batch):
    return torch.stack([image.float() / 255 for image in batch])[:, :, :SIDE, :SIDE]


def network(module: nn.Module, name: str) -> Network:
    return Network(name, module.eval(), stacked, (3, SIDE, SIDE))


class Turned(nn.Module):
    """Another network whose last layer is the first one's turned, with three channels of its own and one that is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.base, self.out = Modules(), nn.Identity()
        torch.manual_seed(5)
        self.turn = nn.Linear(12, 11, bias=True)
        self.own = nn.Conv2d(3, 3, 5, padding=2)

    def forward(self, x):
        base = self.base
        seen = base.relu2(base.second(base.pool(base.relu1(base.norm(base.first(x)))))).mean((2, 3))
        return self.out(torch.cat([self.turn(seen), self.own(x).square().mean((2, 3))], 1))


@pytest.fixture(scope="module")
def pair():
    return network(Modules(), "a"), network(Turned(), "b"), load_data("scenes", per_class=30)


def test_means_are_over_positions(pair):
    a, _, data = pair
    module = a.module
    with torch.no_grad():
        expected = module.relu2(
            module.second(module.pool(module.relu1(module.norm(module.first(stacked(list(data)))))))
        ).mean((2, 3))
    np.testing.assert_allclose(layer_means(a, data, "relu2", batch=33), expected.numpy(), atol=1e-6)


def test_what_the_other_holds_is_carried_exactly(pair):
    a, b, data = pair
    readout = np.zeros(14)
    readout[4] = 1.0  # a sum of a's units, turned
    there = carried(b, "out", readout, a, "relu2", data)
    assert there.r_squared > 0.999
    read = layer_means(a, data, "relu2") @ there.direction + there.offset
    np.testing.assert_allclose(read, layer_means(b, data, "out")[:, 4], atol=0.01)
    unseen = np.zeros(14)
    unseen[12] = 1.0  # of b's own
    assert carried(b, "out", unseen, a, "relu2", data).r_squared < 0.9


def test_a_map_goes_the_right_way_round(pair):
    a, b, data = pair
    theirs, ours = layer_means(b, data, "out"), layer_means(a, data, "relu2")
    forth = LeastSquares().fit(ours, theirs).map_
    assert carried(b, "out", np.eye(14)[4], a, "relu2", data, forth).r_squared > 0.999
    back = LeastSquares().fit(theirs, ours).map_
    with pytest.raises(
        BadInput,
        match=r"the map goes from 14 to 12 dimensions; expected one from 'relu2' of the other network, 12, to 'out', 14",
    ):
        carried(b, "out", np.eye(14)[4], a, "relu2", data, back)
    with pytest.raises(BadInput, match=r"a direction of shape \(3,\) came for 'out'; expected \(14,\)"):
        carried(b, "out", np.ones(3), a, "relu2", data)


def test_what_is_not_to_be_seen_lies_in_its_own_channels(pair):
    a, b, data = pair
    found = residual_directions(a, "relu2", b, "out", data, 3)
    assert (np.square(found[:, 11:]).sum(1) > 0.99).all()
    with pytest.raises(BadInput, match="15 directions were asked for; 'out' has 14"):
        residual_directions(a, "relu2", b, "out", data, 15)


def test_canonical_directions_agree(pair):
    a, b, data = pair
    found = canonical_directions(a, "relu2", b, "out", data, 4)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1)
    read = layer_means(a, data, "relu2") @ found.T
    theirs = layer_means(b, data, "out")
    centred = theirs - theirs.mean(0)
    for column in (read - read.mean(0)).T:
        fitted = centred @ np.linalg.lstsq(centred, column, rcond=None)[0]
        assert np.corrcoef(fitted, column)[0, 1] > 0.999
    with pytest.raises(BadInput, match="16 images cannot tell canonical directions of 12 and 14 units from noise"):
        canonical_directions(a, "relu2", b, "out", data.balanced(16), 4)


def test_pictures_for_both_and_for_one(pair):
    a, _, data = pair
    other = network(Modules(seed=3), "c")
    three = np.eye(5)[3]
    both = shared_picture(a, "classifier", three, other, "classifier", three, data, steps=40)
    one = shared_picture(a, "classifier", three, other, "classifier", three, data, against=True, steps=40)
    assert both.first[0] > 1
    assert both.second[0] > 1
    assert one.first[0] > 1
    assert one.second[0] < both.second[0] - 1
    assert 0 <= float(both.bright.min()) <= float(both.bright.max()) <= 1
    assert all(weight.requires_grad for weight in (*a.module.parameters(), *other.module.parameters()))
    with pytest.raises(BadInput, match=r"a direction of shape \(4,\) came for 'classifier'; expected \(5,\)"):
        shared_picture(a, "classifier", np.ones(4), other, "classifier", three, data)


def test_metamers_of_a_network_in_itself_and_in_another(pair):
    a, _, data = pair
    other = network(Modules(seed=3), "c")
    few = data.balanced(5)
    found = metamers(a, ["first", "relu2"], a, ["input", "first", "relu2"], few, steps=150)
    assert found.score("first", "first").value < 0.2  # the network's own layer cannot tell
    np.testing.assert_allclose(found.distance[0, 1], found.own[0], rtol=1e-3)
    assert found.score("relu2", "input").value > found.score("first", "input").value
    elsewhere = metamers(a, ["relu2"], other, ["relu2"], few, steps=150)
    assert elsewhere.score("relu2", "relu2").value > 2 * found.score("relu2", "relu2").value
    assert found.frame().shape == (6, 5)
    with pytest.raises(BadInput, match="2 images came; expected three or more"):
        metamers(a, ["first"], a, ["first"], data.balanced(2))


def test_networks_of_other_sizes_are_refused():
    small = Network(
        "s", Modules().eval(), lambda batch: torch.stack([i.float() / 255 for i in batch])[:, :, :8, :8], (3, 8, 8)
    )
    data = load_data("scenes", per_class=1)
    with pytest.raises(
        BadInput, match=r"the networks take \(16, 16\) and \(8, 8\) pixels; expected the same size for both"
    ):
        metamers(network(Modules(), "a"), ["first"], small, ["first"], data)


def test_digits_of_two_families_share_a_picture():
    a, b = load_network("repscope:resnet_v1-digits"), load_network("repscope:inception_v1-digits")
    data = load_data("digits").partition("validation").balanced(100)
    there = carried(a, "classifier", np.eye(10)[3], b, "classifier", data)
    assert there.r_squared > 0.8
    made = shared_picture(
        a, "classifier", np.eye(10)[3], b, "classifier", there.direction, data, steps=90
    )  # how far 60 come depends on the processor
    assert made.first[0] > 2
    assert made.second[0] > 2
