"""Products of blocks of points, in the precisions that the machine is fast at.

float32   by torch's default, or by the other path that torch has to it, whichever is faster and as accurate
tf32      float32 with ten bits of mantissa, which GPUs multiply an order of magnitude faster
bfloat16  seven bits of mantissa; on a processor kept as float32, which those that can multiply it take for bfloat16
float64   where float32 proves nothing
int8      eight bits per feature and whole-number sums: four times as fast as float32 where the processor has
          instructions for it, and its sums are exact, so that all the error is in the rounding of the points
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, final

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


@cache
def product_is_right(name: str, device: str = "cpu") -> bool:
    """Whether a product of this precision agrees with float64 within its bound; for whole numbers, to the last bit.

    torch's product of whole numbers is not part of its public interface and was reported wrong on one processor, and
    what a precision setting does differs between processors; so each is compared before it is used.

    >>> product_is_right("float32")
    True
    """
    import torch

    kind = PRECISIONS[name]
    if kind.whole and not hasattr(torch, "_int_mm"):
        return False
    wide = _trial_numbers()
    numbers = wide.to(device, torch.int8) if kind.whole else rounded(wide.to(device), np.zeros(wide.shape[1]), kind)[0]
    try:
        with products_in(kind, device):
            product = kind.product(numbers, numbers).double().cpu()
    except RuntimeError:
        return False
    exact = numbers.cpu().double() @ numbers.cpu().double().T
    if kind.whole:
        return torch.equal(product, exact)
    unit = 2.0**-53 if kind.scores == "float64" else 2.0**-24
    norms = exact.diagonal().sqrt()
    bound = wide.shape[1] * kind.terms * unit * norms[:, None] * norms
    return bool(((product - exact).abs() <= bound).all())


def _trial_numbers() -> "torch.Tensor":
    """Whole numbers of eight bits, the largest sums among them."""
    import torch

    generator = torch.Generator().manual_seed(0)
    numbers = torch.randint(-127, 128, (512, 1000), generator=generator, dtype=torch.int8)
    numbers[0], numbers[1] = 127, -127
    return numbers.double()


@cache
def int8_is_fast() -> bool:
    """Whether this processor multiplies int8 at least twice as fast as float32, and rightly.

    Where torch says that there are instructions for it, they are; elsewhere it is measured.
    """
    import time

    import torch

    if not product_is_right("int8"):
        return False
    if getattr(torch.cpu, "_is_vnni_supported", lambda: False)():
        return True
    narrow = _trial_numbers().float()
    numbers = narrow.to(torch.int8)
    seconds: dict[str, list[float]] = {"int8": [], "float32": []}
    ways: dict[str, Callable[[], Any]] = {
        "int8": lambda: torch._int_mm(numbers, numbers.T),
        "float32": lambda: narrow @ narrow.T,
    }
    with ieee_products("cpu"):
        for _ in range(15):
            for name, run in ways.items():
                start = time.perf_counter()
                run()
                seconds[name].append(time.perf_counter() - start)
    return 2 * min(seconds["int8"]) < min(seconds["float32"])


@cache
def other_float32_is_faster() -> bool:
    """Whether torch's other way to a float32 product ("medium" precision) is much faster here, and still float32.

    On some processors torch's default library takes a slow path, and the other is twice as fast at the same
    precision; on others the same setting rounds to bfloat16. So both are tried, and the error is measured.
    """
    import time

    import torch

    generator = torch.Generator().manual_seed(0)
    numbers = torch.randn((768, 1024), generator=generator)
    wide = numbers.double() @ numbers.double().T
    seconds, errors = {}, {}
    for setting in ("highest", "medium"):
        with _precision_of_products("cpu", setting):
            errors[setting] = float((numbers @ numbers.T - wide).abs().max())
            tries = []
            for _ in range(5):
                start = time.perf_counter()
                numbers @ numbers.T
                tries.append(time.perf_counter() - start)
            seconds[setting] = min(tries)
    bound = 1024 * 2.0**-24 * float(numbers.double().square().sum(dim=1).max())  # γ_d |x| |y|
    return errors["medium"] < min(bound, 8 * errors["highest"]) and 1.3 * seconds["medium"] < seconds["highest"]


@contextmanager
def ieee_products(device: str) -> Iterator[None]:
    """Products in the precision that is asked for while the body runs, by the fastest way to it."""
    with _precision_of_products(device, "highest"):
        yield


@contextmanager
def products_in(kind: Precision, device: str) -> Iterator[None]:
    """Products of this precision while the body runs, by the fastest way to it that the device has."""
    other = device == "cpu" and (kind.name == "bfloat16" or (kind.name == "float32" and other_float32_is_faster()))
    setting = "medium" if other else "high" if kind.name == "tf32" and device == "cuda" else "highest"
    with _precision_of_products(device, setting):
        yield


_setting = threading.RLock()


@contextmanager
def _precision_of_products(device: str, setting: str) -> Iterator[None]:
    """Neither autocast nor either of torch's two ways of lowering the precision of products may reach in.

    The precision is a setting of the process, so only one search at a time may multiply.
    """
    with _setting, _without_lowering(device, setting):
        yield


@contextmanager
def _without_lowering(device: str, setting: str) -> Iterator[None]:
    import torch

    try:
        settings: list[tuple[Any, str, str]] = [
            (torch, "float32_matmul_precision", torch.get_float32_matmul_precision())
        ]
    except RuntimeError:  # the newer settings are in use, and torch does not let the two be mixed
        backends: list[Any] = [torch.backends.cuda.matmul, getattr(torch.backends.mkldnn, "matmul", None)]
        settings = [(b, "fp32_precision", b.fp32_precision) for b in backends if b is not None]
        setting = "high" if setting == "high" else "highest"
    for owner, name, _ in settings:
        _set_precision(owner, name, setting if owner is torch else {"high": "tf32"}.get(setting, "ieee"))
    try:
        with torch.autocast(device, enabled=False):
            yield
    finally:
        for owner, name, before in settings:
            _set_precision(owner, name, before)


def _set_precision(owner: Any, name: str, value: str) -> None:
    """Set torch's older precision by its function, the newer ones by their attribute."""
    if hasattr(owner, f"set_{name}"):
        getattr(owner, f"set_{name}")(value)
    else:
        setattr(owner, name, value)


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
