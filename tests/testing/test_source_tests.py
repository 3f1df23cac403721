"""Contract tests of sources: ours pass, and sources that break the contract are told."""

from dataclasses import replace

import numpy as np
import pytest

from repscope.core.errors import NotFound
from repscope.data import DATA_SOURCES, DataSet
from repscope.networks import NETWORK_SOURCES, Network
from repscope.testing import DataSourceTests, NetworkSourceTests


class TestDigits(DataSourceTests):
    source = DATA_SOURCES["digits"]


class TestGlyphs(DataSourceTests):
    source = DATA_SOURCES["glyphs"]
    settings = {"classes": 3, "per_class": 4}  # noqa: RUF012


class TestBuiltInNetworks(NetworkSourceTests):
    source, argument = NETWORK_SOURCES["repscope"], "resnet20"
    settings = {"classes": 10, "seed": 0}  # noqa: RUF012


class Noise:
    """A small source that keeps the contract."""

    usage, summary = "noise", "random pixels"

    def load(self, argument):
        images = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), dtype=np.uint8)
        return DataSet("noise", images, tuple("abcdef"), partitions={"train": np.arange(4)})


class Module:
    """A small network source that keeps the contract."""

    usage, summary = "line", "one linear layer"

    def names(self):
        return ("line",)

    def load(self, argument, weights=None):
        import torch

        if argument != "line":
            raise NotFound(f"there is no {argument!r}")
        torch.manual_seed(0)
        module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 2)).eval()
        return Network("line", module, lambda images: torch.stack([i.float()[:, :2, :2] for i in images]), (3, 2, 2))


def failing(base, **attributes):
    tests = type("TestIt", (base,), attributes)()
    failed = set()
    for name in dir(tests):
        if name.startswith("test_"):
            try:
                getattr(tests, name)()
            except (Exception, pytest.fail.Exception):
                failed.add(name)
    return failed


def changed(kind, change):
    """The source with what it loads changed: `change(loaded, times loaded so far)`."""
    count = [0]

    class Changed(kind):
        def load(self, argument, **settings):
            count[0] += 1
            return change(super().load(argument, **settings), count[0])

    return Changed()


@pytest.mark.parametrize(
    ("change", "told_by"),
    [
        (lambda data, time: data, None),
        (lambda data, time: replace(data, settings={"time": time}), "test_loads_the_same_twice"),
        (lambda data, time: replace(data, images=data.images + np.uint8(time)), "test_loads_the_same_twice"),
        (lambda data, time: replace(data, partitions={"train": np.array([0, 0])}), "test_partitions_are_rows"),
        (lambda data, time: replace(data, partitions={"train": np.array([6])}), "test_partitions_are_rows"),
        (lambda data, time: replace(data, settings={"size": (1, 2)}), "test_description_can_be_written"),
    ],
)
def test_data_sources(change, told_by):
    assert failing(DataSourceTests, source=changed(Noise, change)) == ({told_by} if told_by else set())


def test_a_data_source_that_swallows_settings():
    class Swallows(Noise):
        def load(self, argument, **settings):
            return super().load(argument)

    assert failing(DataSourceTests, source=Swallows()) == {"test_unknown_settings_are_refused"}


@pytest.mark.parametrize(
    ("change", "told_by"),
    [
        (lambda network, time: network, None),
        (lambda network, time: replace(network, settings={"time": time}), "test_loads_the_same_twice"),
        (lambda network, time: replace(network, module=network.module.train()), "test_runs_in_evaluation_mode"),
        (lambda network, time: replace(network, input_shape=(3, 2, 3)), "test_runs_in_evaluation_mode"),
        (lambda network, time: replace(network, settings={"size": (1, 2)}), "test_description_can_be_written"),
    ],
)
def test_network_sources(change, told_by):
    source = changed(Module, change)
    assert failing(NetworkSourceTests, source=source, argument="line") == ({told_by} if told_by else set())


def test_a_network_source_that_answers_to_any_name():
    class Anything(Module):
        def load(self, argument, weights=None):
            return super().load("line")

    assert failing(NetworkSourceTests, source=Anything(), argument="line") == {"test_unknown_names_are_refused"}
