"""Settings as they come from a command line or a YAML file: looked at once, refused with what is expected."""

from typing import Any

import numpy as np

from repscope.core.errors import BadInput


def whole(name: str, value: Any, low: int, high: int) -> int:
    """A whole number from `low` to `high`.

    Raises
    ------
    BadInput
        If it is something else.

    Examples
    --------
    >>> whole("per_class", 20, 1, 1000)
    20
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value <= high:
        raise BadInput(f"the setting {name} is {value!r}; expected a whole number from {low:,} to {high:,}")
    return int(value)


def real(name: str, value: Any, low: float, high: float) -> float:
    """A number from `low` to `high`.

    Raises
    ------
    BadInput
        If it is something else.

    Examples
    --------
    >>> real("noise", 0.1, 0, 1)
    0.1
    """
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        raise BadInput(f"the setting {name} is {value!r}; expected a number from {low:g} to {high:g}")
    return float(value)


def flag(name: str, value: Any) -> bool:
    """True or False.

    Raises
    ------
    BadInput
        If it is something else.

    Examples
    --------
    >>> flag("colour", True)
    True
    """
    if not isinstance(value, bool | np.bool_):
        raise BadInput(f"the setting {name} is {value!r}; expected true or false")
    return bool(value)


def choice(name: str, value: Any, options: tuple[str, ...]) -> str:
    """One of some words.

    Raises
    ------
    BadInput
        If it is something else.

    Examples
    --------
    >>> choice("split", "image", ("image", "character"))
    'image'
    """
    if value not in options:
        raise BadInput(f"the setting {name} is {value!r}; expected one of {', '.join(map(repr, options))}")
    return str(value)


def nothing_after_colon(source: str, argument: str) -> None:
    """Refuse an argument that a source has no use for.

    Raises
    ------
    BadInput
        If there is one.
    """
    if argument:
        raise BadInput(f"{source!r} takes nothing after a colon, and {argument!r} came; give settings instead")
