"""Shares: a job cut into n parts of nearly the same size, each computed by another process or machine."""

import re
from collections.abc import Sequence
from typing import TypeVar

from repscope.core.errors import BadInput

Share = tuple[int, int]
"""The i-th of n parts, from (0, n) to (n − 1, n); written 1/n to n/n."""

Item = TypeVar("Item")


def parse_share(text: str) -> Share:
    """The share that a text such as ``"2/8"`` means.

    Raises
    ------
    BadInput
        If it means none.

    Examples
    --------
    >>> parse_share("2/8")
    (1, 8)
    """
    match = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise BadInput(f"there is no share {text!r}; expected i/n with i from 1 to n, such as 2/8")
    return int(match[1]) - 1, int(match[2])


def share_text(share: Share) -> str:
    """As people write it.

    >>> share_text((1, 8))
    '2/8'
    """
    return f"{share[0] + 1}/{share[1]}"


def items_of(items: Sequence[Item], share: Share) -> list[Item]:
    """The items of a share: neighbours in the sequence, nearly as many as in every other share.

    Raises
    ------
    BadInput
        If there is no such share.

    Examples
    --------
    >>> [items_of("abcde", (part, 3)) for part in range(3)]
    [['a'], ['b', 'c'], ['d', 'e']]
    """
    part, parts = share
    if not 0 <= part < parts:
        raise BadInput(f"there is no share {share_text(share)}; expected 1/{parts} to {parts}/{parts}")
    return list(items[len(items) * part // parts : len(items) * (part + 1) // parts])
