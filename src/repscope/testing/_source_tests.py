"""What every source of data sets and of networks must keep to."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pytest

from repscope.core.errors import RepscopeError
from repscope.data import DataSet
from repscope.networks import Network


class DataSourceTests:
    """Tests of one source of data sets. Inherit, and set `source`, and `argument` and `settings` of something small.

    Examples
    --------
    >>> from repscope.data import DATA_SOURCES
    >>> class TestDigits(DataSourceTests):
    ...     source = DATA_SOURCES["digits"]
    >>> TestDigits().test_images_can_be_read()
    """

    source: ClassVar[Any]
    argument: ClassVar[str] = ""
    """What follows the colon of the address."""
    settings: ClassVar[Mapping[str, Any]] = {}

    def load(self) -> DataSet:
        """The data set, loaded anew."""
        data: DataSet = self.source.load(self.argument, **self.settings)
        return data

    def test_declares_itself(self) -> None:
        """How it is addressed and what it is are there for the help text."""
        assert self.source.usage.strip()
        assert self.source.summary.strip()

    def test_images_can_be_read(self) -> None:
        """The first and the last image are images, and the same when read again."""
        data = self.load()
        for index in (0, len(data) - 1):
            image = data.image(index)
            assert image.ndim == 3
            assert image.shape[0] == 3
            assert bool((image == data.image(index)).all())

    def test_loads_the_same_twice(self) -> None:
        """Ids, labels, settings and pixels do not depend on when it was loaded."""
        first, second = self.load(), self.load()
        assert first.ids == second.ids
        assert first.describe() == second.describe()
        assert bool((first.image(0) == second.image(0)).all())

    def test_partitions_are_rows(self) -> None:
        """Each partition names rows of the data set, none twice."""
        data = self.load()
        for name, rows in data.partitions.items():
            assert len(rows), name
            assert rows.min() >= 0, name
            assert rows.max() < len(data), name
            assert len(np.unique(rows)) == len(rows), name

    def test_description_can_be_written(self) -> None:
        """What identifies it survives JSON."""
        about = self.load().describe()
        assert json.loads(json.dumps(about, allow_nan=False)) == about

    def test_unknown_settings_are_refused(self) -> None:
        """A setting that it does not have is an error, not ignored (load_data turns a TypeError into a sentence)."""
        with pytest.raises((RepscopeError, TypeError)):
            self.source.load(self.argument, **{**self.settings, "no_such_setting": 1})


class NetworkSourceTests:
    """Tests of one source of networks. Inherit, and set `source`, `argument`, `weights` and `settings` of something small.

    Examples
    --------
    >>> from repscope.networks import NETWORK_SOURCES
    >>> class TestBuiltIn(NetworkSourceTests):
    ...     source, argument, settings = NETWORK_SOURCES["repscope"], "resnet20", {"classes": 10, "seed": 0}
    >>> TestBuiltIn().test_loads_the_same_twice()
    """

    source: ClassVar[Any]
    argument: ClassVar[str]
    """What follows the colon of the address."""
    weights: ClassVar[str | None] = "random"
    settings: ClassVar[Mapping[str, Any]] = {}

    def load(self) -> Network:
        """The network, loaded anew."""
        network: Network = self.source.load(self.argument, weights=self.weights, **self.settings)
        return network

    def test_declares_itself(self) -> None:
        """How it is addressed, what it is, and the names it has are there for the help text."""
        assert self.source.usage.strip()
        assert self.source.summary.strip()
        assert all(isinstance(name, str) for name in self.source.names())

    def test_runs_in_evaluation_mode(self) -> None:
        """It takes images of any size and answers with finite numbers, one row per image."""
        import torch

        from repscope.networks._forward import forward

        network = self.load()
        assert not network.module.training
        images = [torch.zeros(3, 40, 30, dtype=torch.uint8), torch.full((3, 24, 50), 0.5)]
        with torch.no_grad():
            batch = network.preprocess(images)
            assert tuple(batch.shape) == (2, *network.input_shape)
            answer = forward(network.module, batch, network.name)
        assert len(answer) == 2
        assert bool(torch.isfinite(answer).all())

    def test_loads_the_same_twice(self) -> None:
        """The weights do not depend on when it was loaded."""
        assert self.load().describe() == self.load().describe()

    def test_description_can_be_written(self) -> None:
        """What identifies it survives JSON."""
        about = self.load().describe()
        assert json.loads(json.dumps(about, allow_nan=False)) == about

    def test_unknown_names_are_refused(self) -> None:
        """A name that it does not have is an error with a sentence."""
        with pytest.raises(RepscopeError):
            self.source.load("no_such_network_anywhere", weights=self.weights, **self.settings)
