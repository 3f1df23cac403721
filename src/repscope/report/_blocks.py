"""What a page is made of: blocks that hold data, and that the page's script knows how to draw.

A panel answers with blocks; it writes no HTML. Text is data all the way to the browser, where it becomes text
and never markup.
"""

import math
from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, ClassVar, final

import numpy as np


class Block(ABC):
    """One piece of a page. `kind` names the function that draws it: ``R.blocks[kind]`` in the page's script."""

    kind: ClassVar[str]


def plain(value: Any) -> Any:
    """A value as JSON can hold it: dataclasses as their fields, blocks with their kind, NaN and infinities as None.

    >>> plain({"a": (1.0, float("nan")), "b": np.array([1, 2]), "c": Text("hello")})
    {'a': [1.0, None], 'b': [1, 2], 'c': {'kind': 'text', 'text': 'hello'}}
    """
    if is_dataclass(value) and not isinstance(value, type):
        kind = {"kind": value.kind} if isinstance(value, Block) else {}
        return kind | {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


@final
@dataclass(frozen=True)
class Note:
    """A sentence that must be read with a number, and the numbers that it is about.

    `more` counts notes that say the same with other numbers, of which this is the first.
    """

    text: str
    where: str = ""
    more: int = 0


@final
@dataclass(frozen=True)
class Series:
    """One curve over layers.

    Attributes
    ----------
    name : str
        For the legend.
    keys : mapping of str to str
        The first columns of the CSV file: partition, network.
    layers : tuple of str
        Where the values stand.
    values, low, high, null : tuple of float
        The values, their intervals, and what chance would give (None where chance has no value).
    remarks : tuple of tuple of str
        Notes of each value.
    colour : int
        Which colour and marker.
    faint : bool
        Drawn behind the others, for comparison: the untrained twin.
    open : bool
        With hollow markers, where one colour has two curves.
    ramp : int or None
        Place on a ramp of nine colours, for curves that have an order: windows, numbers of samples.
    """

    name: str
    keys: Mapping[str, str]
    layers: tuple[str, ...]
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    null: tuple[float | None, ...]
    remarks: tuple[tuple[str, ...], ...] = ()
    colour: int = 0
    faint: bool = False
    open: bool = False
    ramp: int | None = None


@final
@dataclass(frozen=True)
class Chart(Block):
    """Curves over the layers, with interval bands and null.

    Attributes
    ----------
    axis : str
        ``"layers"`` when all curves have the same layers, ``"depth"`` when each runs from its own first to its own
        last layer.
    range : (low, high) or None
        Of the axis of values; the data's own by default. Charts that are looked at one after the other share one.
    """

    kind: ClassVar[str] = "chart"
    measure: str
    title: str
    symbol: str
    summary: str
    series: tuple[Series, ...]
    bounds: tuple[float, float] = (-math.inf, math.inf)
    axis: str = "layers"
    notes: tuple[Note, ...] = ()
    caption: str = ""
    range: tuple[float, float] | None = None


@final
@dataclass(frozen=True)
class Sheet:
    """One matrix: rows by columns."""

    name: str
    keys: Mapping[str, str]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    low: tuple[tuple[float, ...], ...]
    high: tuple[tuple[float, ...], ...]
    null: tuple[tuple[float | None, ...], ...]


@final
@dataclass(frozen=True)
class Matrix(Block):
    """Heat maps of one measure of pairs of layers, one for each partition."""

    kind: ClassVar[str] = "matrix"
    measure: str
    title: str
    symbol: str
    summary: str
    sheets: tuple[Sheet, ...]
    bounds: tuple[float, float] = (-math.inf, math.inf)
    row_title: str = "layer"
    column_title: str = "layer"
    notes: tuple[Note, ...] = ()
    caption: str = ""


@final
@dataclass(frozen=True)
class Column:
    """A column of a table; `group` spans neighbouring columns of the same group."""

    label: str
    group: str = ""
    numeric: bool = False


@final
@dataclass(frozen=True)
class Table(Block):
    """A table; the first column heads its row. `layers` says which layer a row is about, if it is about one."""

    kind: ClassVar[str] = "table"
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    layers: tuple[str, ...] = ()
    summary: str = ""


@final
@dataclass(frozen=True)
class Text(Block):
    """A paragraph."""

    kind: ClassVar[str] = "text"
    text: str


@final
@dataclass(frozen=True)
class Facts(Block):
    """Terms and what they are."""

    kind: ClassVar[str] = "facts"
    items: tuple[tuple[str, str], ...]
    title: str = ""


@final
@dataclass(frozen=True)
class Code(Block):
    """Text to be copied as it is."""

    kind: ClassVar[str] = "code"
    title: str
    text: str
    file: str = "settings.yaml"


@final
@dataclass(frozen=True)
class FindingCard:
    """A finding as the page shows it."""

    kind: str
    title: str
    sentence: str
    layers: tuple[str, ...]
    partition: str
    tone: str
    criterion: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)


@final
@dataclass(frozen=True)
class FindingList(Block):
    """The findings, or a sentence that there are none."""

    kind: ClassVar[str] = "findings"
    items: tuple[FindingCard, ...]
    silence: str


@final
@dataclass(frozen=True)
class Links(Block):
    """Pages to go to: title, relative address, one line."""

    kind: ClassVar[str] = "links"
    items: tuple[tuple[str, str, str], ...]


@final
@dataclass(frozen=True)
class Drawn(Block):
    """Data for a drawing function that a panel brings with it: ``R.blocks.drawn[name](data)``.

    For panels that need a picture of their own kind; see `Panel.script`.
    """

    kind: ClassVar[str] = "drawn"
    name: str
    data: Any
