"""Row ranges that fit a memory budget."""

import re
from collections.abc import Iterator

from repscope.core.errors import BadInput, OutOfSpace

_UNITS = {
    "": 1,
    "B": 1,
    **{f"{p}iB": 1024**i for i, p in enumerate("KMGT", 1)},
    **{f"{p}B": 1000**i for i, p in enumerate("KMGT", 1)},
}


def parse_bytes(text: str | int) -> int:
    """Bytes meant by a number or a text such as ``"4GiB"`` or ``"500MB"``.

    >>> parse_bytes("4GiB")
    4294967296
    >>> parse_bytes("1.5MB")
    1500000
    """
    if isinstance(text, int):
        return text
    match = re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*([A-Za-z]*)\s*", text)
    if match is None or match[2] not in _UNITS:
        raise BadInput(f"{text!r} is not an amount of memory; write a number and a unit, such as '4GiB' or '500MB'")
    return int(float(match[1]) * _UNITS[match[2]])


def row_blocks(rows: int, bytes_per_row: int, budget: int) -> Iterator[slice]:
    """Consecutive slices that cover `rows`, each of at most `budget` bytes.

    >>> list(row_blocks(10, 100, 450))
    [slice(0, 4, None), slice(4, 8, None), slice(8, 10, None)]
    """
    step = budget // max(bytes_per_row, 1)
    if step < 1:
        raise OutOfSpace(
            f"a memory budget of {budget} bytes does not hold one row of {bytes_per_row} bytes; allow at least that"
        )
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))
