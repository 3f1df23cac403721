"""Networks with odd habits and folders with a past: named, refused or recorded right, never silently wrong."""

import numpy as np
import pytest
import torch
from torch import nn

from repscope.activations import Recording, network_layers, record
from repscope.core.errors import BadInput, Damaged, Mismatch
from repscope.data import DataSet
from repscope.networks import Network
from tests.activations.small import InPlace, images, network, stack


class Function(nn.Module):
    """A layer that applies a function."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Alike(nn.Module):
    """Has a module called like the image."""

    def __init__(self):
        super().__init__()
        self.input = nn.Conv2d(3, 2, 3)
        self.out = nn.Linear(72, 4)

    def forward(self, x):
        return self.out(self.input(x).flatten(1))


class Moody(nn.Module):
    """Calls a module as often as the image says."""

    def __init__(self):
        super().__init__()
        self.again = nn.ReLU()

    def forward(self, x):
        for _ in range(2 if x.abs().sum() == 0 else 3):
            x = self.again(x + 0.1)
        return x


def test_a_module_called_input(tmp_path):
    net = network(Alike())
    recording = record(net, images(), "*", tmp_path)
    assert [layer.name for layer in recording.layers] == ["input", "input:0", "out"]
    with torch.no_grad():
        expected = net.module.input(stack(list(images()))).flatten(1)
    np.testing.assert_allclose(recording.activations("input:0"), expected, rtol=1e-5, atol=1e-6)


def test_calls_that_depend_on_the_data(tmp_path):
    with pytest.raises(BadInput, match=r"module 'again' was called 3 times in a forward pass and 2 times when"):
        record(network(Moody()), images(), "*", tmp_path)


def test_complex_and_large_whole_numbers(tmp_path):
    fourier = nn.Sequential(Function(torch.fft.fft2), Function(torch.abs))
    with pytest.raises(BadInput, match="layer '0' gives complex numbers; expected real ones"):
        record(network(fourier), images(), "*", tmp_path / "a")
    assert record(network(fourier), images(), ["*", "!0"], tmp_path / "a").recorded == 40
    whole = nn.Sequential(Function(lambda x: (x * 255).long() + 2**24))
    with pytest.raises(BadInput, match="layer '0' gives whole numbers that float32 cannot hold"):
        record(network(whole), images(), "*", tmp_path / "b")


def test_module_names_that_look_like_calls():
    module = nn.Sequential()
    module.add_module("a:b", nn.ReLU())
    with pytest.raises(BadInput, match=r"the module name 'a:b' has a ':', a '\[' or a '@'"):
        network_layers(network(module))


def test_long_names_have_graphs_too(tmp_path):
    module = nn.Sequential()
    module.add_module("层" * 60, nn.ReLU())
    recording = record(network(module), images(), "*", tmp_path)
    assert recording.graph("层" * 60, 3).n == 40


def test_a_network_of_doubles(tmp_path):
    double = Network("double", InPlace().double().eval(), lambda batch: stack(batch).double(), (3, 8, 8))
    assert record(double, images(), "*", tmp_path).recorded == 40


def test_a_device_that_is_not_there(tmp_path):
    net = network(InPlace())
    net.module.train()
    for device in ("gpu", "meta:9:9"):
        with pytest.raises(BadInput, match=rf"the device '{device}' cannot be used"):
            record(net, images(), "head", tmp_path, device=device)
    assert net.module.training


def test_weights_that_changed_since(tmp_path):
    net = network(InPlace())
    record(net, images(), "head", tmp_path)
    with torch.no_grad():
        net.module.head.weight.mul_(2)
    with pytest.raises(Mismatch, match=r"network\.digest"):
        record(net, images(), "head", tmp_path)


def test_another_preprocessing(tmp_path):
    module = InPlace().eval()
    record(Network("n", module, stack, (3, 8, 8)), images(), "head", tmp_path)
    with pytest.raises(Mismatch, match=r"network\.preprocess"):
        record(Network("n", module, lambda batch: stack(batch) * 2, (3, 8, 8)), images(), "head", tmp_path)


def test_other_pictures_under_the_same_ids(tmp_path):
    data, net = images(), network(InPlace())
    record(net, data, "head", tmp_path)
    other = DataSet(data.name, images(seed=9).images, data.ids, data.labels, data.class_names, data.partitions)
    with pytest.raises(Mismatch, match=r"data\.contents"):
        record(net, other, "head", tmp_path)


def test_a_folder_without_shards_is_new(tmp_path):
    with pytest.raises(BadInput, match="a batch of 0 images is impossible"):
        record(network(InPlace()), images(), "head", tmp_path, batch=0)

    net = network(InPlace())
    record(net, images(), "head", tmp_path)
    next((tmp_path / "shards").iterdir()).unlink()
    assert record(net, images(), "norm", tmp_path).layers[0].name == "norm"
    with pytest.raises(BadInput, match="is a file; expected a folder, or a name that is free"):
        record(net, images(), "head", tmp_path / "manifest.json")


def test_ranges_of_rows(tmp_path):
    recording = record(network(InPlace()), images(), "head", tmp_path)
    assert recording.activations("head", slice(5, 5)).shape == (0, 4)
    assert recording.activations("head", slice(0, 10, 3)).shape == (4, 4)
    with pytest.raises(BadInput, match="run backwards; expected a slice with a step of 1 or more"):
        recording.activations("head", slice(None, None, -1))


def test_samples_that_are_missing(tmp_path):
    record(network(InPlace()), images(), "head", tmp_path)
    (tmp_path / "samples.json").unlink()
    with pytest.raises(Damaged, match=r"samples.json is missing; what it belongs to is not whole"):
        Recording(tmp_path)
