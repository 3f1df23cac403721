"""torch's settings of the precision of products, held while a search multiplies."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_setting = threading.RLock()


@contextmanager
def precision_of_products(device: str, setting: str) -> Iterator[None]:
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


@contextmanager
def ieee_products(device: str) -> Iterator[None]:
    """Products in the precision that is asked for while the body runs, by the fastest way to it."""
    with precision_of_products(device, "highest"):
        yield
