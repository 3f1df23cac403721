"""A run-time type checker for jaxtyping: shapes are checked while testing, ints pass for floats.

Functions inside functions are left alone: they would be compiled anew at every call, and what goes into them was checked
on its way into the function around them. The others are checked at their first calls in every process, not at the
hundreds of thousands that follow, which took a tenth of the time of the tests of measures and traps. A checker is made when
its function is first called: of thousands a process needs hundreds.
"""

import functools
import itertools
import sys
from collections.abc import Callable
from typing import Any

from beartype import BeartypeConf, beartype

CALLS = 200
"""Of every function, that are checked in a process."""

_check = beartype(conf=BeartypeConf(is_pep484_tower=True))


def check(function: Callable[..., Any]) -> Callable[..., Any]:
    """What jaxtyping calls with the signature of each function, as a function that does nothing else."""
    if "<locals>" in function.__qualname__:
        return function
    calls = itertools.count(1)

    @functools.cache
    def checked() -> Callable[..., Any]:
        return _check(function)

    @functools.wraps(function)
    def first_calls(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == CALLS:
            leave_alone(function.__module__, function.__qualname__)
        return checked()(*args, **kwargs)

    return first_calls


def leave_alone(module: str, name: str) -> None:
    """Check the function no more: jaxtyping looks for this attribute at every call."""
    found: Any = sys.modules[module]
    for part in name.split("."):
        found = vars(found).get(part)
        if found is None:  # made by a function, or renamed: it stays checked
            return
    for inner in ("__func__", "fget"):
        found = getattr(found, inner, found)
    found.__no_type_check__ = True
