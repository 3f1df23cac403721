"""Activations in 16 bits: scaled by a power of two so that they fit, and what is lost all the same.

float16 holds numbers from 2^-24 to 65504, and from 2^-14 on with 11 bits. Layers far from 1 are multiplied by a power of
two before they are stored and divided by it when they are read, which is exact. What that cannot mend, values of one layer
many powers of two apart, is counted: images whose stored activations are off by more than 2^-9 of their length.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from repscope.activations._layers import LayerInfo

if TYPE_CHECKING:
    import torch

TENSOR = "imprecise!"
"""The tensor of a shard with the number of imprecise rows of each layer; no module can have this name."""

FITTING = range(-2, 13)
"""Layers whose largest magnitude is below 2 to one of these are stored as they are."""

STORED = 4
"""Others with a largest magnitude (of the probe) below 2 to this, which leaves a factor of 4,096 for larger ones."""

LOSS = 2.0**-9
"""Error of a row, relative to its length, from which it counts as imprecise; rounding to 11 bits is off by at most 2^-11."""


def exponent_of(largest: float) -> int:
    """The power of two by which a layer is divided before it is stored in float16.

    >>> exponent_of(3.0), exponent_of(3e-9), exponent_of(1e8), exponent_of(0.0)
    (0, -32, 23, 0)
    """
    if not 0 < largest < math.inf:
        return 0
    power = math.frexp(largest)[1]
    return 0 if power in FITTING else power - STORED


def fit_float16(layers: Sequence[LayerInfo], outputs: "Mapping[str, torch.Tensor]") -> tuple[LayerInfo, ...]:
    """The layers, each with the power of two that its outputs for a few images ask for."""
    largest = {name: float(tensor.double().abs().max()) for name, tensor in outputs.items() if tensor.numel()}
    return tuple(layer.scaled(exponent_of(largest.get(layer.source, 0.0))) for layer in layers)


def to_stored(values: "torch.Tensor", layer: LayerInfo, dtype: "torch.dtype") -> "torch.Tensor":
    """Rows of a layer as they are stored."""
    return values.to(dtype) if layer.exponent == 0 else (values.double() * 2.0**-layer.exponent).to(dtype)


def from_stored(stored: "torch.Tensor", exponent: int) -> "torch.Tensor":
    """Rows of a layer as they were, in float32."""
    return stored.float() if exponent == 0 else (stored.double() * 2.0**exponent).float()


def count_imprecise(values: "torch.Tensor", stored: "torch.Tensor", layer: LayerInfo) -> int:
    """How many rows float16 holds with an error beyond 2^-9 of their length.

    Only rows whose values are all below 2^-3 can be; the others are not looked at a second time.

    >>> import torch
    >>> values = torch.tensor([[1.0, 1e-6], [3e-6, 1e-8]])
    >>> count_imprecise(values, values.half(), LayerInfo("a", (2,)))
    1
    """
    import torch

    small = (stored.abs().amax(1) < 2.0**-3).nonzero().flatten() if stored.shape[1] else stored.new_empty(0).long()
    if not len(small):
        return 0
    exact = values[small].double() * 2.0**-layer.exponent
    error = torch.linalg.vector_norm(exact - stored[small].double(), dim=1)
    return int((error > LOSS * torch.linalg.vector_norm(exact, dim=1)).sum())


def precision_note(layer: str, imprecise: int, n: int) -> str:
    """What is said of a layer with imprecise rows.

    >>> precision_note("conv", 3, 60)
    'float16 holds the activations of conv for 3 of 60 images with an error beyond 1/512 (values too small for it); record with float32 or bfloat16'
    """
    return (
        f"float16 holds the activations of {layer} for {imprecise:,} of {n:,} images with an error beyond 1/512 (values too "
        "small for it); record with float32 or bfloat16"
    )
