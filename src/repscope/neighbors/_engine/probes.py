"""What this machine multiplies fast, and whether rightly: tried, not assumed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from repscope.core.precision_settings import ieee_products, precision_of_products
from repscope.neighbors._engine.products import PRECISIONS, Precision, rounded

if TYPE_CHECKING:
    import torch


@contextmanager
def products_in(kind: Precision, device: str) -> Iterator[None]:
    """Products of this precision while the body runs, by the fastest way to it that the device has."""
    other = device == "cpu" and (kind.name == "bfloat16" or (kind.name == "float32" and other_float32_is_faster()))
    setting = "medium" if other else "high" if kind.name == "tf32" and device == "cuda" else "highest"
    with precision_of_products(device, setting):
        yield


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
        with precision_of_products("cpu", setting):
            errors[setting] = float((numbers @ numbers.T - wide).abs().max())
            tries = []
            for _ in range(5):
                start = time.perf_counter()
                numbers @ numbers.T
                tries.append(time.perf_counter() - start)
            seconds[setting] = min(tries)
    bound = 1024 * 2.0**-24 * float(numbers.double().square().sum(dim=1).max())  # γ_d |x| |y|
    return errors["medium"] < min(bound, 8 * errors["highest"]) and 1.3 * seconds["medium"] < seconds["highest"]
