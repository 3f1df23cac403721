"""Products of blocks of points, in the precisions that the machine is fast at.

float32   by torch's default, or by the other path that torch has to it, whichever is faster and as accurate
tf32      float32 with ten bits of mantissa, which GPUs multiply an order of magnitude faster
bfloat16  seven bits of mantissa; on a processor kept as float32, which those that can multiply it take for bfloat16
float64   where float32 proves nothing
int8      eight bits per feature and whole-number sums: four times as fast as float32 where the processor has
          instructions for it, and its sums are exact, so that all the error is in the rounding of the points
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from repscope.core.errors import BadInput, nearest
from repscope.core.memory import own_block

if TYPE_CHECKING:
    import torch


CUT = {"tf32": 13, "bfloat16": 16}
"""Bits of a float32's mantissa that these precisions do without."""


@final
@dataclass(frozen=True)
class Precision:
    """A kind of product.

    Attributes
    ----------
    name : {"int8", "bfloat16", "tf32", "float32", "float64"}
        What points are rounded to.
    scores : {"float32", "float64"}
        Type in which scores are compared.
    terms : int
        Roundings per term of a product, at most; zero for whole numbers, whose sums are exact. Tensor cores cut off
        what a sum has no room for, where other units round it.
    """

    name: str
    scores: str
    terms: int = 1

    @property
    def whole(self) -> bool:
        """Whether points are rounded to whole numbers, whose products are exact."""
        return self.terms == 0

    @property
    def bytes(self) -> int:
        """Of one rounded feature."""
        return self.dtype.itemsize

    @property
    def dtype(self) -> "torch.dtype":
        """Of rounded points."""
        import torch

        return torch.float32 if self.name in CUT else getattr(torch, self.name)

    def multiply(self, first: "torch.Tensor", second: "torch.Tensor", out: "torch.Tensor") -> "torch.Tensor":
        """First · secondᵀ into `out`, a flat buffer of the product's type."""
        import torch

        shape = (len(first), len(second))
        product = out[: shape[0] * shape[1]].view(shape)
        if self.whole:
            return torch._int_mm(first, second.T, out=product)
        return torch.mm(first, second.T, out=product)

    def product(self, first: "torch.Tensor", second: "torch.Tensor") -> "torch.Tensor":
        """First · secondᵀ in the type of the scores, on any device."""
        import torch

        scores = getattr(torch, self.scores)
        if self.whole:
            return torch._int_mm(first, second.T).to(scores)
        if self.name == "bfloat16" and first.device.type == "cuda":
            return torch.mm(first.bfloat16(), second.bfloat16().T, out_dtype=scores)
        return first @ second.T

    def buffer(self, entries: int) -> "torch.Tensor":
        """A flat buffer for products."""
        import torch

        return torch.empty(entries, dtype=torch.int32 if self.whole else self.dtype)


PRECISIONS = {
    "int8": Precision("int8", "float32", terms=0),
    "bfloat16": Precision("bfloat16", "float32", terms=4),
    "tf32": Precision("tf32", "float32", terms=4),
    "float32": Precision("float32", "float32"),
    "float64": Precision("float64", "float64"),
}


def precision(name: str) -> Precision:
    """The kind of product of that name.

    Raises
    ------
    BadInput
        If there is none.
    """
    if name not in PRECISIONS:
        raise BadInput(f"there is no product {name!r}; {nearest(name, list(PRECISIONS))}")
    return PRECISIONS[name]


def rounded(rows: "torch.Tensor", centre: np.ndarray, kind: Precision) -> "tuple[torch.Tensor, np.ndarray, np.ndarray]":
    """Rows less a centre, rounded to a floating-point precision.

    Parameters
    ----------
    rows : (b, d)
        float32 or float64, on the processor.
    centre : (d,) float64

    Returns
    -------
    points : (b, d)
        x̂.
    norms, residuals : (b,) float64
        |x̂| and |x − x̂|.

    Examples
    --------
    >>> import torch
    >>> points, norms, residuals = rounded(torch.tensor([[4.0, 5.0]]), np.array([1.0, 1.0]), PRECISIONS["float32"])
    >>> points.tolist(), norms.tolist(), residuals.tolist()
    ([[3.0, 4.0]], [5.0], [0.0])
    """
    import torch

    from repscope.neighbors._engine.loops import round_to_float

    if rows.device.type == "cpu" and kind.name in ("float32", "float64"):
        out = own_block((rows.shape[0], rows.shape[1]), kind.dtype)
        norms, residuals = np.zeros(len(rows)), np.zeros(len(rows))
        round_to_float(rows.numpy(), centre, out.numpy(), norms, residuals)
        return out, np.sqrt(norms), np.sqrt(residuals)
    centred = rows.double() - torch.from_numpy(centre).to(rows.device)
    out = centred.to(kind.dtype)
    if kind.name in CUT:  # the last bits rounded away, to even
        bits, cut = out.view(torch.int32), CUT[kind.name]
        bits = (bits + 2 ** (cut - 1) - 1 + ((bits >> cut) & 1)) & -(2**cut)
        out = bits.view(torch.float32)
    moved = centred - out.double()
    return out, out.double().norm(dim=1).cpu().numpy(), moved.norm(dim=1).cpu().numpy()
