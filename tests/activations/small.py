"""Small networks with the habits that make recording hard, and a data set for them."""

import numpy as np
import torch
from torch import nn

from repscope.data import DataSet
from repscope.networks import Network


def stack(images):
    """Scale to 0..1, nothing more."""
    return torch.stack([i.float() / 255 for i in images])


def network(module: nn.Module, name: str = "test:small", shape=(3, 8, 8)) -> Network:
    return Network(name, module.eval(), stack, shape, settings={"preprocess": "0..1"})


def images(n: int = 40, side: int = 8, seed: int = 0, classes: int = 4) -> DataSet:
    g = np.random.default_rng(seed)
    return DataSet(
        f"noise-{seed}",
        g.integers(0, 256, (n, side, side, 3), dtype=np.uint8),
        tuple(f"s{i:04d}" for i in range(n)),
        np.arange(n) % classes,
        tuple("abcdefgh"[:classes]),
        {"train": np.arange(0, n, 2), "validation": np.arange(1, n, 2)},
    )


class InPlace(nn.Module):
    """Batch norm whose output an in-place ReLU overwrites."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)
        self.head = nn.Linear(4, 4)

    def forward(self, x):
        return self.head(self.relu(self.norm(self.conv(x))).mean((2, 3)))


class Repeated(nn.Module):
    """One ReLU called three times, a module that never fires, outputs in tuples and dictionaries, tokens."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.embed = nn.Conv2d(3, 6, 4, 4)
        self.relu = nn.ReLU()
        self.unused = nn.Linear(3, 3)
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)
        self.split = Split()
        self.head = nn.Linear(6, 4)

    def forward(self, x):
        tokens = self.relu(self.embed(x)).flatten(2).transpose(1, 2)
        tokens = self.relu(self.attention(tokens, tokens, tokens)[0])
        return self.head(self.relu(self.split(tokens)["mean"]))


class Split(nn.Module):
    """Returns a dictionary."""

    def forward(self, tokens):
        return {"mean": tokens.mean(1), "first": tokens[:, 0], "count": 3}
