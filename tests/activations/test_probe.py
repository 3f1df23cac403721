"""A network gives an image the same outputs every time and in every batch, or it is refused with the size of the difference."""

import dataclasses
import random

import numpy as np
import pytest
import torch
from torch import nn

from repscope.activations import embeddings, probe_outputs, record
from repscope.activations._probe import compare
from repscope.core.digests import digest_weights
from repscope.core.errors import BadInput
from repscope.networks import Network
from tests.activations.small import images, network, stack


class Base(nn.Module):
    """A convolution, its mean over positions, and a head."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 8, 3)
        self.head = nn.Linear(8, 4)
        self.register_buffer("seen", torch.zeros(8))

    def middle(self, x):
        return x

    def forward(self, x):
        return self.head(self.middle(self.conv(x).relu().mean((2, 3))))


class Dropout(Base):
    def middle(self, x):
        return nn.functional.dropout(x, 0.5)


class Sampling(Base):
    def middle(self, x):
        return x + torch.randn_like(x)


class NumpyNoise(Base):
    def middle(self, x):
        return x + float(np.random.rand()) + random.random()


class OwnGenerator(Base):
    def __init__(self):
        super().__init__()
        self.generator = np.random.default_rng()

    def middle(self, x):
        return x + float(self.generator.random())


class Memory(Base):
    """Keeps the last batch in a plain attribute."""

    last = 0.0

    def middle(self, x):
        before, self.last = self.last, float(x.mean())
        return x + before


class BufferUpdate(Base):
    def middle(self, x):
        self.seen = 0.9 * self.seen + x.mean(0)
        return x - self.seen


class BufferCount(Base):
    """Changes a buffer that nothing reads."""

    def middle(self, x):
        self.seen += 1
        return x


class OwnStatistics(Base):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(8, track_running_stats=False)

    def middle(self, x):
        return self.norm(x)


class StaysInTraining(Base):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(8)

    def train(self, mode=True):
        return super().train(True)

    def middle(self, x):
        return self.norm(x)


class OverBatch(Base):
    """A softmax over the wrong axis."""

    def middle(self, x):
        return x.softmax(0)


class ALittle(Base):
    def middle(self, x):
        return x + 0.005 * (x - x.mean(0)).abs().max()


class Squeezes(Base):
    """Loses the batch axis of a single image."""

    def middle(self, x):
        return x.squeeze() if len(x) > 1 else x[0, 0].expand(3)


class InPlace(Base):
    def forward(self, x):
        return super().forward(x.sub_(0.5).mul_(3.0))


@pytest.mark.parametrize("kind", [Dropout, Sampling, NumpyNoise])
def test_networks_that_draw_at_random_are_refused(kind, tmp_path):
    with pytest.raises(
        BadInput,
        match=r"the network 'test:small' draws at random: .*'head' differs by [\d.]+ times its spread.*--seed-forward 0",
    ):
        record(network(kind()), images(), ["head"], tmp_path)


@pytest.mark.parametrize("kind", [Dropout, Sampling, NumpyNoise])
def test_with_a_seed_they_give_the_same_each_time(kind, tmp_path):
    seeded = dataclasses.replace(network(kind()), seed_forward=3)
    one, two = (record(seeded, images(), ["head"], tmp_path / name, batch=16) for name in "ab")
    np.testing.assert_array_equal(one.activations("head"), two.activations("head"))
    assert one.digest == two.digest
    other = record(dataclasses.replace(seeded, seed_forward=4), images(), ["head"], tmp_path / "c", batch=16)
    assert np.abs(other.activations("head") - one.activations("head")).max() > 0.01
    assert other.digest != one.digest
    # each batch has random numbers of its own
    noise = record(
        dataclasses.replace(network(kind()), seed_forward=3), images(), ["conv", "head"], tmp_path / "d", batch=8
    )
    plain = noise.activations("head")
    assert len(np.unique(plain, axis=0)) == 40


@pytest.mark.parametrize("seed", [None, 3])
def test_generators_go_on_as_if_nothing_was_drawn(seed, tmp_path):
    net = dataclasses.replace(network(Dropout() if seed else Base()), seed_forward=seed)
    torch.manual_seed(1), np.random.seed(1)
    expected = torch.rand(1).item(), np.random.rand()
    torch.manual_seed(1), np.random.seed(1)
    record(net, images(), ["head"], tmp_path)
    assert (torch.rand(1).item(), np.random.rand()) == expected


@pytest.mark.parametrize("kind", [OwnGenerator, Memory])
@pytest.mark.parametrize("seed", [None, 0])
def test_what_no_seed_reaches_is_refused(kind, seed, tmp_path):
    with pytest.raises(
        BadInput, match=r"gives other outputs each time .* a random generator of its own, or keeps something"
    ):
        record(dataclasses.replace(network(kind()), seed_forward=seed), images(), ["head"], tmp_path)


@pytest.mark.parametrize("seed", [None, 0])
def test_buffers_that_a_pass_changes_are_refused_if_outputs_follow(seed, tmp_path):
    module = BufferUpdate()
    with pytest.raises(BadInput, match="changes its buffers in a forward pass, and its outputs with them"):
        record(dataclasses.replace(network(module), seed_forward=seed), images(), ["head"], tmp_path)
    assert not module.seen.any()


def test_other_buffers_are_put_back(tmp_path):
    module = BufferCount()
    before = digest_weights(module)
    record(network(module), images(), ["head"], tmp_path)
    assert digest_weights(module) == before


@pytest.mark.parametrize("kind", [OwnStatistics, StaysInTraining, OverBatch])
def test_outputs_that_depend_on_the_batch_are_refused(kind, tmp_path):
    module = kind().eval()
    before = digest_weights(module)
    with pytest.raises(
        BadInput,
        match=r"depend on the other images of the batch: .*'head' differs by [\d.]+ times its spread.*--batch 1",
    ):
        record(network(module), images(), ["head"], tmp_path)
    assert digest_weights(module) == before


def test_layers_before_it_can_be_recorded(tmp_path):
    assert record(network(OwnStatistics()), images(), ["conv"], tmp_path).n == 40


def test_one_image_at_a_time_there_is_no_batch_to_depend_on(tmp_path):
    one = record(network(OverBatch()), images(), ["head"], tmp_path, batch=1).activations("head")
    np.testing.assert_allclose(one, one[:1].repeat(40, 0))


def test_a_preprocessing_of_the_whole_batch_is_refused(tmp_path):
    def standardize(given):
        batch = stack(given)
        return (batch - batch.mean(0)) / batch.std()

    net = Network("test:batch", Base().eval(), standardize, (3, 8, 8))
    with pytest.raises(BadInput, match=r"depend on the other images of the batch: .*the preprocessed image differs"):
        record(net, images(), ["input"], tmp_path)


def test_a_small_dependence_is_a_warning_with_its_size(tmp_path):
    said = []
    record(network(ALittle()), images(), ["head"], tmp_path, warn=said.append)
    assert any("depend a little on the other images of a batch" in line and "times its spread" in line for line in said)
    with pytest.warns(UserWarning, match="depend a little"):
        probe_outputs(network(ALittle()), images())


def test_a_last_batch_of_one_image_is_tried_first(tmp_path):
    net = network(Squeezes())
    with pytest.raises(
        BadInput, match="of 41 images in batches of 20 the last is alone in its batch: choose another --batch"
    ):
        record(net, images(41), ["head"], tmp_path, batch=20)
    assert record(net, images(40), ["head"], tmp_path, batch=20).n == 40


def test_statistics_of_a_batch_of_one_are_a_sentence(tmp_path):
    with pytest.raises(BadInput, match=r"computes its statistics from the batch"):
        record(network(StaysInTraining()), images(), ["head"], tmp_path, batch=1)


def test_an_input_that_the_network_changes_is_recorded_as_it_was(tmp_path):
    data = images()
    recording = record(network(InPlace()), data, ["input", "head"], tmp_path)
    np.testing.assert_array_equal(recording.activations("input"), stack(list(data)).flatten(1).numpy())


def test_embeddings_are_probed_too():
    with pytest.raises(BadInput, match="draws at random"):
        next(embeddings({"a": network(Sampling())}, images()))
    seeded = dataclasses.replace(network(Sampling()), seed_forward=0)
    one, two = (next(iter(embeddings({"a": seeded}, images(), {"a": "head"})))[1]["a"] for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_a_single_image_and_constant_ones_pass():
    assert set(probe_outputs(network(Base()), images(1))) == {"input", "output"}


@pytest.mark.parametrize("seed", [-1, True])
def test_seeds_are_whole_numbers(seed):
    with pytest.raises(BadInput, match=r"seed_forward=.*expected a whole number of at least 0"):
        dataclasses.replace(network(Base()), seed_forward=seed)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("scale", [2.0**-60, 1.0, 2.0**60])
def test_rounding_is_no_difference(dtype, scale):
    if dtype == torch.float16 and scale != 1:
        scale = 2.0 ** (12 if scale > 1 else -12)
    generator = torch.Generator().manual_seed(0)
    whole = torch.randn(8, 50, generator=generator, dtype=torch.float64) * scale
    rounded = {"a": whole.to(dtype)}
    assert not compare(rounded, {"a": (whole * (1 + 2 * torch.finfo(dtype).eps)).to(dtype)}, rounded)
    assert compare(rounded, {"a": (whole + 0.5 * scale).to(dtype)}, rounded).size > 0.1


def test_whole_numbers_may_differ_here_and_there():
    whole = {"codes": torch.arange(800).reshape(8, 100)}
    other = whole["codes"].clone()
    other[0, :3] += 1
    assert not compare(whole, {"codes": other}, whole)
    assert compare(whole, {"codes": whole["codes"] + 1}, whole).layer == "codes"
    assert compare(whole, {}, whole).size == float("inf")
