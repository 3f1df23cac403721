"""Numbers as a reader likes them."""

from collections.abc import Sequence

from repscope.core.numbers import shown


def share(value: float) -> str:
    """A similarity between 0 and 1, to two decimals; to three where two would say 0.00.

    >>> share(0.8612), share(0.0041)
    ('0.86', '0.004')
    """
    return shown(value, ".2f" if abs(value) >= 0.01 or value == 0 else ".3f")


def dimension(value: float) -> str:
    """An intrinsic dimension: whole numbers, with a decimal below ten.

    >>> dimension(44.3), dimension(7.04)
    ('44', '7.0')
    """
    return shown(value, ".0f" if value >= 9.95 else ".1f")


def percent(value: float) -> str:
    """A share as a percentage without decimals.

    >>> percent(0.912)
    '91 %'
    """
    return f"{shown(100 * value, '.0f')} %"


def part(partition: str) -> str:
    """What a reader calls a partition.

    >>> part("train"), part("validation")
    ('training', 'validation')
    """
    return "training" if partition == "train" else partition


def listed(names: Sequence[str]) -> str:
    """Names as a list in a sentence.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 2 else names)


def few(names: Sequence[str]) -> str:
    """Layers in a sentence: up to three by name, more by their number and the first.

    >>> few(["a", "b"]), few(["a", "b", "c", "d"])
    ('a and b', '4 layers, the first of them a')
    """
    return listed(names) if len(names) <= 3 else f"{len(names)} layers, the first of them {names[0]}"


def spanned(names: Sequence[str]) -> str:
    """Consecutive layers by their ends.

    >>> spanned(["a", "b", "c"]), spanned(["a"])
    ('a to c', 'a')
    """
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
