"""Top patches: planted templates, and everything sorted at once."""

import numpy as np
import pytest
import torch
from torch import nn

from repscope.core.errors import BadInput, NotFound
from repscope.data import DataSet
from repscope.networks import Network
from repscope.units.patches import top_patches

SIDE = 16
TEMPLATE = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0]], np.float32)


def stacked(images) -> torch.Tensor:
    return torch.stack([image.float() / 255 for image in images])


class Planted(nn.Module):
    """Unit 0 responds to a template, unit 1 to nothing, unit 2 to brightness."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.relu, self.pool = nn.Conv2d(3, 3, 3, bias=False), nn.ReLU(inplace=True), nn.AdaptiveMaxPool2d(1)
        weight = torch.zeros(3, 3, 3, 3)
        weight[0] = torch.from_numpy(2 * TEMPLATE - 1) / 3
        weight[1] = -1
        weight[2] = 1
        self.conv.weight = nn.Parameter(weight)

    def forward(self, x):
        return self.pool(self.relu(self.conv(x))).flatten(1)


@pytest.fixture(scope="module")
def planted() -> tuple[Network, DataSet, dict[int, tuple[int, int]]]:
    random = np.random.default_rng(0)
    images = random.integers(0, 90, (40, SIDE, SIDE, 3)).astype(np.uint8)
    places = {}
    for row in (3, 17, 31):
        top, left = random.integers(0, SIDE - 3, 2)
        images[row, top : top + 3, left : left + 3] = 255 * TEMPLATE[..., None]
        places[row] = (int(top), int(left))
    data = DataSet("planted", images, tuple(f"{i:02d}" for i in range(40)), np.arange(40) % 4, tuple("abcd"))
    return Network("planted", Planted(), stacked, (3, SIDE, SIDE)), data, places


def test_the_template_is_found_and_cropped(planted):
    network, data, places = planted
    found = top_patches(network, data, "relu", count=3)
    patches = found["relu"]
    assert dict(zip(patches.rows[0].tolist(), map(tuple, patches.positions[0].tolist()), strict=True)) == places
    for row, box in zip(patches.rows[0], patches.boxes[0], strict=True):
        top, left = places[int(row)]
        assert box.tolist() == [top, top + 3, left, left + 3]
    for picture in found.pictures("relu", 0, side=30):
        np.testing.assert_array_equal(picture[5::10, 5::10, 0], 255 * TEMPLATE)


def test_dead_units_are_listed(planted):
    network, data, _ = planted
    assert top_patches(network, data, "relu", count=2)["relu"].dead.tolist() == [1]
    assert top_patches(network, data, "conv", count=2)["conv"].dead.tolist() == []


@pytest.mark.parametrize("batch", [7, 64])
def test_against_a_full_sort(planted, batch):
    network, data, _ = planted
    found = top_patches(network, data, ["conv", "relu", "pool", "input"], count=5, batch=batch)
    with torch.no_grad():
        images = stacked(list(data))
        conv = network.module.conv(images)
        every = {"input": images, "conv": conv, "relu": conv.relu(), "pool": conv.relu().amax((2, 3), keepdim=True)}
    for name, tensor in every.items():
        highest, place = tensor.flatten(2).max(2)
        for unit in range(3):
            order = np.lexsort((np.arange(len(data)), -highest[:, unit].numpy()))[:5]
            np.testing.assert_array_equal(found[name].rows[unit], order)
            np.testing.assert_allclose(found[name].values[unit], highest[order, unit].numpy(), rtol=1e-6)
            np.testing.assert_array_equal(
                found[name].positions[unit],
                np.stack(np.unravel_index(place[order, unit].numpy(), tensor.shape[2:]), -1),
            )


def test_directions_are_sums_of_units(planted):
    network, data, _ = planted
    weights = np.array([[1.0, 0.0, 0.0], [0.5, -1.0, 2.0]])
    found = top_patches(network, data, "conv", 4, directions={"conv": weights})["conv"]
    np.testing.assert_allclose(found.values[0], top_patches(network, data, "conv", 4)["conv"].values[0], rtol=1e-6)
    with torch.no_grad():
        sums = torch.einsum(
            "u,nuhw->nhw", torch.from_numpy(weights[1]).float(), network.module.conv(stacked(list(data)))
        )
    np.testing.assert_allclose(found.values[1], sums.flatten(1).amax(1).sort(descending=True).values[:4], rtol=1e-5)


def test_no_more_than_there_are(planted):
    network, data, _ = planted
    assert top_patches(network, data.subset([1, 2]), "relu", count=9)["relu"].rows.shape == (3, 2)


def test_refusals(planted):
    network, data, _ = planted
    with pytest.raises(BadInput, match="count = 0; expected one patch of each unit, or more"):
        top_patches(network, data, "relu", 0)
    with pytest.raises(NotFound, match="no layer matches 'rleu'"):
        top_patches(network, data, "rleu")
    with pytest.raises(NotFound, match="directions came for 'conv', which is none of the layers relu"):
        top_patches(network, data, "relu", directions={"conv": np.ones((1, 3))})
    with pytest.raises(BadInput, match=r"directions of shape \(1, 3\) came for 'relu'; expected finite numbers"):
        top_patches(network, data, "relu", directions={"relu": np.full((1, 3), np.nan)})
    with pytest.raises(
        BadInput, match=r"directions of shape \(3, 2\) came for 'relu'; expected \(directions, 3\), a weight"
    ):
        top_patches(network, data, "relu", directions={"relu": np.ones((3, 2))})
    found = top_patches(network, data, "relu", 2)
    with pytest.raises(NotFound, match="there are no patches of unit 3 of 'relu'; there are layers relu, units 0 to 2"):
        found.pictures("relu", 3)
    with pytest.raises(NotFound, match="there are no patches of unit 0 of 'conv'; there are layers relu"):
        found.pictures("conv", 0)
    with torch.no_grad():
        network.module.conv.weight[0, 0, 0, 0] = float("inf")
    with pytest.raises(BadInput, match="an activation is NaN or infinite; what a unit responds to most cannot be said"):
        top_patches(network, data, "conv", 2)


def test_units_of_a_network_that_draws_at_random_are_refused_or_seeded():
    from dataclasses import replace

    from tests.activations.small import images as noise
    from tests.activations.small import network as small

    class Sampling(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)
            self.noisy = nn.Identity()

        def forward(self, x):
            maps = self.conv(x)
            return self.noisy(maps + torch.randn_like(maps)).mean((2, 3))

    net = small(Sampling())
    with pytest.raises(BadInput, match="draws at random"):
        top_patches(net, noise(), ["noisy"], count=2)
    one, two = (top_patches(replace(net, seed_forward=0), noise(), ["noisy"], count=2) for _ in range(2))
    np.testing.assert_array_equal(one["noisy"].values, two["noisy"].values)
