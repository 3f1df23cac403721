"""A run-time type checker for jaxtyping: shapes are checked while testing, ints pass for floats.

Functions inside functions are left alone: they would be compiled anew at every call, which took half of the time of
the tests, and what goes into them was checked on its way into the function around them.
"""

from collections.abc import Callable
from typing import Any

from beartype import BeartypeConf, beartype

_check = beartype(conf=BeartypeConf(is_pep484_tower=True))


def check(function: Callable[..., Any]) -> Callable[..., Any]:
    return function if "<locals>" in function.__qualname__ else _check(function)
