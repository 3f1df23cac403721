"""Small networks from a number: shared, in-place, functional and stateful parts, any scale, many kinds of output.

The address `tests.drawn.networks:drawn_network` with the setting `number` makes the same network everywhere.
"""

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

SIDE = 12

STEPS = (
    "conv", "conv", "conv", "norm", "norm", "relu", "relu in place", "functional relu in place", "gelu", "shared", "residual",
    "residual in place", "scale", "dead", "copies", "pool", "attention", "group norm", "layer norm", "dropout", "constant",
    "depthwise", "weight norm", "spectral norm", "changed in place later",
)  # fmt: skip

HOSTILE = ("norm without statistics", "functional dropout", "counter", "noise", "input in place", "grad inside")
OUTPUTS = ("logits", "logits", "logits", "tuple", "dict", "one number", "tokens", "maps", "named")


class Step(nn.Module):
    """One step: what it is called says what it does."""

    def __init__(self, kind: str, channels: int, g: np.random.Generator) -> None:
        super().__init__()
        self.kind = kind
        c = channels
        self.channels = c
        if kind == "conv":
            self.channels = int(g.integers(1, 14))
            self.inner = nn.Conv2d(
                c, self.channels, 3, padding=1, stride=int(g.integers(1, 3)), bias=bool(g.integers(2))
            )
        elif kind in ("shared", "residual", "residual in place", "attention"):
            self.inner = nn.Conv2d(c, c, 1)
        elif kind == "depthwise":
            self.inner = nn.Conv2d(c, c, 3, padding=1, groups=c)
        elif kind in ("norm", "norm without statistics"):
            self.inner = nn.BatchNorm2d(c, track_running_stats=kind == "norm")
        elif kind == "group norm":
            self.inner = nn.GroupNorm(1, c)
        elif kind == "layer norm":
            self.inner = nn.LayerNorm(c)
        elif kind in ("relu", "relu in place", "changed in place later"):
            self.inner = nn.ReLU(inplace=kind == "relu in place")
        elif kind == "pool":
            self.inner = nn.MaxPool2d(2, ceil_mode=True)
        elif kind == "dropout":
            self.inner = nn.Dropout(0.5)
        elif kind == "weight norm":
            self.inner = nn.utils.parametrizations.weight_norm(nn.Conv2d(c, c, 1))
        elif kind == "spectral norm":
            self.inner = nn.utils.parametrizations.spectral_norm(nn.Conv2d(c, c, 1))
        if kind == "scale":
            self.power = float(2.0 ** g.integers(-60, 61)) if g.random() < 0.5 else float(2.0 ** g.integers(-6, 7))
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kind = self.kind
        if kind == "functional relu in place":
            return functional.relu_(x)
        if kind == "gelu":
            return functional.gelu(x)
        if kind == "shared":
            return self.inner(torch.tanh(self.inner(x)))
        if kind == "residual":
            return x + self.inner(x)
        if kind == "residual in place":
            x += self.inner(x)
            return x
        if kind == "scale":
            return x * self.power
        if kind == "dead":
            return torch.cat([x[:, :1], torch.zeros_like(x[:, 1:])], dim=1)
        if kind == "constant":
            return torch.ones_like(x)
        if kind == "copies":
            return x[:, [0] * x.shape[1]]
        if kind == "attention":
            q = self.inner(x).flatten(2).transpose(1, 2)
            out = functional.scaled_dot_product_attention(q, q, x.flatten(2).transpose(1, 2))
            return out.transpose(1, 2).reshape(x.shape)
        if kind == "layer norm":
            return self.inner(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        if kind == "changed in place later":
            y = self.inner(x)
            y.mul_(3.0)
            return y
        if kind == "functional dropout":
            return functional.dropout(x, 0.5, training=True)
        if kind == "counter":
            self.calls += 1
            return x * (1 + self.calls)
        if kind == "noise":
            return x + torch.randn_like(x)
        if kind == "input in place":
            return x.mul_(2.0)
        if kind == "grad inside":
            with torch.enable_grad():
                y = x.detach().requires_grad_(True)
                return torch.autograd.grad((y**2).sum(), y)[0]
        return self.inner(x)


class Drawn(nn.Module):
    """Steps, a head, and an output of some kind."""

    def __init__(self, steps: list[Step], output: str, classes: int, recurrent: bool) -> None:
        super().__init__()
        self.steps = nn.Sequential(*steps)
        self.output = output
        width = steps[-1].channels
        self.cell = nn.GRU(width, width, batch_first=True) if recurrent else None
        self.head = nn.Linear(width, 1 if output == "one number" else classes)

    def forward(self, x: torch.Tensor) -> Any:
        maps = self.steps(x)
        tokens = maps.flatten(2).transpose(1, 2)
        if self.cell is not None:
            tokens, _ = self.cell(tokens)
        embedding = tokens.mean(dim=1)
        logits = self.head(embedding)
        return {
            "tuple": (embedding, logits),
            "dict": {"embedding": embedding, "logits": logits},
            "named": {"features": {"last": maps}, "logits": logits},
            "one number": logits.squeeze(1),
            "tokens": tokens,
            "maps": maps,
        }.get(self.output, logits)


def describe(number: int) -> str:
    """What the network of a number is made of."""
    kinds, output, kind, recurrent = _plan(np.random.default_rng(number))
    return f"network {number}: {', '.join(kinds)} -> {output}, {kind}{', recurrent' if recurrent else ''}"


def _plan(g: np.random.Generator) -> tuple[list[str], str, str, bool]:
    kinds = ["conv"] + [str(g.choice(STEPS)) for _ in range(int(g.integers(1, 7)))]
    if g.random() < 0.25:
        hostile = str(g.choice(HOSTILE))
        kinds.insert(0 if hostile == "input in place" else int(g.integers(1, len(kinds) + 1)), hostile)
    kind = str(g.choice(["float", "float", "float", "float", "half", "bfloat16", "double"]))
    return kinds, str(g.choice(OUTPUTS)), kind, bool(g.random() < 0.2)


def is_hostile(number: int) -> bool:
    """Whether its outputs are random, or depend on other images or earlier calls."""
    return any(k in HOSTILE[:4] for k in _plan(np.random.default_rng(number))[0])


def drawn_network(number: int = 0, classes: int = 3) -> nn.Module:
    """The network of a number."""
    g = np.random.default_rng(number)
    kinds, output, kind, recurrent = _plan(g)
    with torch.random.fork_rng():
        torch.manual_seed(number)
        channels, steps = 3, []
        for name in kinds:
            steps.append(Step(name, channels, g))
            channels = steps[-1].channels
        module = Drawn(steps, output, classes, recurrent)
        for norm in module.modules():
            if isinstance(norm, nn.BatchNorm2d) and norm.running_mean is not None:
                norm.running_mean.normal_()
                norm.running_var.uniform_(0.1, 3.0)
    module.input_shape = (3, SIDE, SIDE)
    for p in module.parameters():
        p.requires_grad_(bool(g.random() < 0.8))
    module.train(bool(g.random() < 0.5))
    return {"half": module.half, "bfloat16": module.bfloat16, "double": module.double, "float": module.float}[kind]()
