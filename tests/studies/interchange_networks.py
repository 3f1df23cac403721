"""Networks of one world: the trained one, the same in other coordinates, and one with a background class."""

import torch
from torch import nn

from repscope import load_data
from repscope.data import DataSet
from repscope.networks import Network, load_network


class Turned(nn.Module):
    """Embeddings times an invertible matrix, the classifier adapted: the same answers."""

    def __init__(self, body: nn.Module, seed: int, background: bool = False) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.body = nn.Sequential(*list(body)[:-1])
        d = body.classifier.in_features
        self.turn = nn.Linear(d, d)
        self.head = nn.Linear(d, 10 + background)
        with torch.no_grad():
            matrix = torch.linalg.qr(torch.randn(d, d, generator=generator))[0] * torch.linspace(0.5, 2, d)
            self.turn.weight.copy_(matrix)
            self.turn.bias.copy_(torch.randn(d, generator=generator))
            weight = body.classifier.weight @ torch.linalg.inv(matrix)
            bias = body.classifier.bias - weight @ self.turn.bias
            first = int(background)
            self.head.weight.zero_()
            self.head.bias.fill_(-50.0)
            self.head.weight[first:] = weight
            self.head.bias[first:] = bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.turn(self.body(x)))


def _turned(seed: int, background: bool = False, of: str = "digits") -> Network:
    base = load_network(f"repscope:resnet20-{of}")
    module = Turned(base.module, seed, background).eval()
    return Network(f"turned {seed}", module, base.preprocess, base.input_shape)


def turned() -> Network:
    return _turned(1)


def other() -> Network:
    return _turned(2)


def with_background() -> Network:
    return _turned(3, background=True)


def turned_glyphs() -> Network:
    return _turned(4, of="glyphs")


def few_digits() -> DataSet:
    return load_data("digits").balanced(300)
