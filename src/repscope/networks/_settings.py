"""Settings of a network source: nothing unknown, nothing of the wrong kind."""

from collections.abc import Mapping
from typing import Any

from repscope.core.errors import BadInput, nearest


def only_known(settings: Mapping[str, Any], known: tuple[str, ...], who: str) -> None:
    """Refuse settings that nobody reads.

    Examples
    --------
    >>> only_known({"classes": 10}, ("classes", "seed"), "repscope:resnet20")

    Raises
    ------
    BadInput
        With the nearest settings that exist.
    """
    for name in settings:
        if name not in known:
            raise BadInput(
                f"the network {who!r} was given the setting {name!r}, which it does not have; {nearest(name, known)}"
            )


def whole_number(settings: Mapping[str, Any], name: str, default: int, who: str, least: int = 1) -> int:
    """The whole number called `name`, at least `least`.

    Examples
    --------
    >>> whole_number({"classes": 20}, "classes", 10, "repscope:resnet20")
    20

    Raises
    ------
    BadInput
        If it is no whole number, or too small.
    """
    value = settings.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise BadInput(f"the network {who!r} was given {name}={value!r}; expected a whole number of at least {least}")
    return value


def real(value: Any, name: str, low: float, high: float, who: str) -> float:
    """A number from `low` to `high`.

    Examples
    --------
    >>> real(0.5, "dropout", 0.0, 0.99, "repscope:resnet20")
    0.5

    Raises
    ------
    BadInput
        If it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise BadInput(f"the network {who!r} was given {name}={value!r}; expected a number from {low:g} to {high:g}")
    return float(value)


def numbers(settings: Mapping[str, Any], name: str, default: tuple[float, ...], who: str) -> tuple[float, ...]:
    """As many numbers as `default` has; one number stands for all of them.

    Examples
    --------
    >>> numbers({"mean": 0.5}, "mean", (0.0, 0.0, 0.0), "repscope:resnet20")
    (0.5, 0.5, 0.5)

    Raises
    ------
    BadInput
        If there are more or fewer, or they are no numbers.
    """
    value = settings.get(name, default)
    values = value if isinstance(value, (list, tuple)) else [value] * len(default)
    plain = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(values) != len(default) or len(plain) != len(values):
        raise BadInput(
            f"the network {who!r} was given {name}={value!r}; expected one number, or {len(default)} of them"
        )
    return tuple(float(v) for v in plain)


def height_and_width(value: Any, who: str) -> tuple[int, int]:
    """Height and width from one whole number, or from two.

    Examples
    --------
    >>> height_and_width(224, "mine.py:network"), height_and_width([64, 32], "mine.py:network")
    ((224, 224), (64, 32))

    Raises
    ------
    BadInput
        If it is neither.
    """
    pair = tuple(value) if isinstance(value, (list, tuple)) else (value, value)
    if len(pair) != 2 or any(isinstance(v, bool) or not isinstance(v, int) or v < 1 for v in pair):
        raise BadInput(
            f"the network {who!r} was given size={value!r}; expected pixels such as 32, or height and width such as [64, 32]"
        )
    return pair
