"""Accuracy: what it counts, and when it will not."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from repscope.core.errors import BadInput, Mismatch
from repscope.data import DataSet
from repscope.networks import FitNormalise, Network
from repscope.training import accuracy


class Brightest(nn.Module):
    """Scores each class by the brightness of its column."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean((1, 2))


def columns(count: int = 30, classes: int = 3) -> DataSet:
    labels = np.arange(count) % classes
    pictures = np.zeros((count, 4, classes, 3), np.uint8)
    pictures[np.arange(count), :, labels] = 200
    names = tuple("abcdef"[:classes])
    return DataSet("columns", pictures, tuple(str(i) for i in range(count)), labels, names)


def network(classes: int = 3, module: nn.Module | None = None, **settings: Any) -> Network:
    prepare = FitNormalise(4, classes, (0.0,) * 3, (1.0,) * 3)
    return Network("brightest", (module or Brightest()).eval(), prepare, (3, 4, classes), **settings)


@pytest.mark.parametrize("batch", [1, 7, 256])
def test_it_is_the_share_of_right_answers(batch: int) -> None:
    data = columns()
    assert data.labels is not None
    labels = data.labels.copy()
    labels[:6] = (labels[:6] + 1) % 3
    assert accuracy(network(), replace(data, labels=labels), batch=batch) == 24 / 30


def test_classes_are_matched_by_name() -> None:
    data = columns()
    assert data.labels is not None
    renamed = replace(data, class_names=("c", "a", "b"), labels=np.array([1, 2, 0])[data.labels])
    assert accuracy(network(class_names=("a", "b", "c")), renamed) == 1
    assert accuracy(network(), renamed) == 0  # by index, nothing else being known


def test_classes_that_are_not_used_need_no_output() -> None:
    data = columns(30, 4)
    assert data.labels is not None
    some = replace(data.subset(np.flatnonzero(data.labels < 3)), class_names=("a", "b", "c", "z"))
    assert accuracy(network(4, class_names=("a", "b", "c", "d")), some) == 1


@pytest.mark.parametrize(
    ("made", "data", "error", "text"),
    [
        (
            network(),
            replace(columns(), labels=None),
            BadInput,
            "the data set 'columns' has no labels; accuracy needs them",
        ),
        (
            network(3),
            columns(30, 4),
            BadInput,
            "'brightest' has 3 outputs and 'columns' has 4 classes; expected one output per",
        ),
        (
            network(class_names=("a", "b", "x")),
            columns(),
            Mismatch,
            "does not know 1 classes of 'columns', such as 'c'; it knows a, b, x",
        ),
        (
            network(module=nn.Flatten(0)),
            columns(),
            BadInput,
            r"gives a tensor \(1080,\) for 30 images; expected a logit for each class",
        ),
        (
            network(module=nn.LSTM(3, 3)),
            columns(),
            BadInput,
            "which of them are the logits cannot be told",
        ),
    ],
)
def test_what_cannot_be_measured(made: Network, data: DataSet, error: type[Exception], text: str) -> None:
    if text.startswith("which of them"):

        class Pair(nn.Module):
            def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
                return x, x

        made = network(module=Pair())
    with pytest.raises(error, match=text):
        accuracy(made, data)
