"""Backward rules other than the gradient's for ReLUs: every call is intercepted, as a module or a function, and counted.

    gradient                  R where f > 0
    deconvnet                 R where R > 0              and max pooling un-pools by its switches
    guided backpropagation    R where R > 0 and f > 0

f is what goes into the ReLU, R what comes back from above. Hooks on modules miss the functions (``torch.nn.functional.relu``, ``x.clamp(min=0)``);
a `TorchFunctionMode` sees all.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, final

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from repscope.core.errors import BadInput

INFINITE = float("inf")

RELU = {torch.relu, functional.relu, Tensor.relu}
IN_PLACE = {torch.relu_, Tensor.relu_}
CAPPED = {functional.relu6, functional.hardtanh, functional.hardtanh_}
CLAMPED = {torch.clamp, Tensor.clamp, torch.clip, Tensor.clip, torch.clamp_min, Tensor.clamp_min}
CLAMPED_IN_PLACE = {torch.clamp_, Tensor.clamp_, Tensor.clip_, Tensor.clamp_min_}
OTHER = {
    name: {getattr(home, name) for home in (torch, functional, Tensor) if hasattr(home, name)}
    for name in (
        "celu", "elu", "gelu", "glu", "hardsigmoid", "hardswish", "leaky_relu", "logsigmoid", "mish", "prelu", "rrelu",
        "scaled_dot_product_attention", "selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "tanh", "threshold",
    )
}  # fmt: skip
NAMES = {function: name for name, functions in OTHER.items() for function in functions}
NAMES |= {
    getattr(home, f"{name}_"): name
    for name in OTHER
    for home in (torch, functional, Tensor)
    if hasattr(home, f"{name}_")
}
NAMES[functional.multi_head_attention_forward] = "multi_head_attention_forward"


@final
@dataclass
class Calls:
    """What was seen in the passes so far: ReLUs, and other nonlinearities by name."""

    relus: int = 0
    others: Counter[str] = field(default_factory=Counter)


Rule = Callable[[Tensor, Tensor], Tensor]
"""From what comes back, and where 0 < f < the ReLU's cap, to what is passed on."""


def guided(coming: Tensor, active: Tensor) -> Tensor:
    """R where R > 0 and f > 0."""
    return coming.clamp(min=0) * active


def deconvolved(coming: Tensor, active: Tensor) -> Tensor:
    """R where R > 0."""
    return coming.clamp(min=0)


@contextmanager
def relus_by(rule: Rule, method: str, unpool: bool = False) -> Iterator[Calls]:
    """ReLUs go backward by a rule while the body runs.

    Parameters
    ----------
    rule : callable
    method : str
        Its name, for errors.
    unpool : bool
        Max pooling goes backward by its switches: what comes back is placed where the maximum was; where several windows
        have the same maximum, their mean is (the gradient adds them up).

    Yields
    ------
    Calls

    Raises
    ------
    BadInput
        At the end, if there was no ReLU, or there was another nonlinearity.
    """
    with _Intercepting(rule, unpool) as mode:
        yield mode.calls
    found = mode.calls
    if found.others:
        named = ", ".join(f"{name} ({count} calls seen)" for name, count in sorted(found.others.items()))
        raise BadInput(
            f"{method} is defined for ReLUs, and the network also calls {named}; take saliency or integrated_gradients instead"
        )
    if not found.relus:
        raise BadInput(
            f"{method} changes how ReLUs go backward, and no ReLU was called; it would be the plain gradient: take saliency"
        )


class _Intercepting(TorchFunctionMode):
    def __init__(self, rule: Rule, unpool: bool) -> None:
        super().__init__()
        self.rule = rule
        self.unpool = unpool
        self.calls = Calls()

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        if func in NAMES:
            self.calls.others[NAMES[func]] += 1
        elif (cap := _cap(func, args, given)) is not None:
            x: Tensor = args[0] if args else given["input"]
            self.calls.relus += 1
            made = _Ruled.apply(x, self.rule, cap)
            return x.copy_(made) if _in_place(func, args, given) else made
        elif self.unpool and func in POOLS:
            return _pooled(POOLS[func], args, given)
        return func(*args, **given)


def _cap(func: Any, args: tuple[Any, ...], given: dict[str, Any]) -> float | None:
    """Where a ReLU ends: infinity, 6 for a ReLU6; None if the call is no ReLU."""
    if func in RELU or func in IN_PLACE:
        return INFINITE
    if func is functional.relu6:
        return 6.0
    if func in CAPPED:
        low, high = _argument(args, given, 1, "min_val", -1.0), _argument(args, given, 2, "max_val", 1.0)
        return float(high) if low == 0 else None
    if func in CLAMPED or func in CLAMPED_IN_PLACE:
        low, high = _argument(args, given, 1, "min", None), _argument(args, given, 2, "max", None)
        zero = isinstance(low, (int, float)) and low == 0
        return (INFINITE if high is None else float(high)) if zero and not isinstance(high, Tensor) else None
    return None


def _in_place(func: Any, args: tuple[Any, ...], given: dict[str, Any]) -> bool:
    if func is functional.relu or func is functional.relu6:
        return bool(_argument(args, given, 1, "inplace", False))
    if func is functional.hardtanh:
        return bool(_argument(args, given, 3, "inplace", False))
    return func in IN_PLACE or func in CLAMPED_IN_PLACE or func is functional.hardtanh_


def _argument(args: tuple[Any, ...], given: dict[str, Any], place: int, name: str, default: Any) -> Any:
    return args[place] if len(args) > place else given.get(name, default)


class _Ruled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, rule: Rule, cap: float) -> Tensor:
        ctx.save_for_backward((x > 0) & (x < cap))
        ctx.rule = rule
        return x.clamp(0, None if cap == INFINITE else cap)

    @staticmethod
    def backward(ctx: Any, *coming: Tensor) -> Any:
        (active,) = ctx.saved_tensors
        return ctx.rule(coming[0], active), None, None


POOLS: dict[Any, Callable[..., Any]] = {
    torch.max_pool2d: functional.max_pool2d, functional.max_pool2d: functional.max_pool2d,
    functional.adaptive_max_pool2d: functional.adaptive_max_pool2d,
}  # fmt: skip


def _pooled(pool: Callable[..., Any], args: tuple[Any, ...], given: dict[str, Any]) -> Any:
    x = args[0] if args else given["input"]
    settings = {key: value for key, value in given.items() if key not in ("input", "return_indices")}
    with torch.no_grad():
        _, switches = pool(x, *args[1:], **settings, return_indices=True)
    made = _Unpooled.apply(x, switches)
    return (made, switches) if given.get("return_indices") else made


class _Unpooled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, switches: Tensor) -> Tensor:
        ctx.save_for_backward(switches)
        ctx.shape = x.shape
        return x.flatten(2).gather(2, switches.flatten(2)).view_as(switches)

    @staticmethod
    def backward(ctx: Any, *coming: Tensor) -> Any:
        (switches,) = ctx.saved_tensors
        flat, places = coming[0].flatten(2), switches.flatten(2)
        summed = flat.new_zeros((*ctx.shape[:2], ctx.shape[2] * ctx.shape[3])).scatter_add_(2, places, flat)
        windows = torch.zeros_like(summed).scatter_add_(2, places, torch.ones_like(flat))
        return (summed / windows.clamp(min=1)).view(ctx.shape), None
