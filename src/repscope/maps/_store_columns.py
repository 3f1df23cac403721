"""Which column of a table holds the ids, and which the vectors: one reading, or a refusal that names the columns."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, final

from repscope.core.errors import BadInput, NotFound, nearest

ID, VECTOR = "id", "embedding"
"""What the columns are called that `write_store` writes."""

Kind = Literal["number", "vector", "text", "other"]


@final
@dataclass(frozen=True)
class Column:
    """What is known of a column before its contents are read.

    Attributes
    ----------
    kind : "number", "vector" (lists of numbers), "text" or "other"
    type : str
        As the file has it.
    unique : bool
        Whether no value is missing and none comes twice, so that it can be the ids.
    index : bool
        Whether pandas wrote it as the index of its rows, which is never a dimension.
    """

    kind: Kind
    type: str
    unique: bool = False
    index: bool = False


def vector_columns(
    where: str, columns: Mapping[str, Column], wanted: str | None = None, id_column: str | None = None
) -> list[str]:
    """The column of lists that holds the vectors, or the columns of numbers that are their dimensions, in order.

    Parameters
    ----------
    where : str
        The file, for messages.
    columns : mapping of str to Column
    wanted : str, optional
        A column, or a pattern such as ``"d*"`` for columns of numbers. Without it: ``embedding``; the only column of lists of
        numbers; or else all columns of numbers, if they are of one type and called alike, such as d0, d1, d2.
    id_column : str, optional
        Which is none of them.

    Raises
    ------
    NotFound
        If no column is called so.
    BadInput
        If there is more than one reading, or none.

    Examples
    --------
    >>> numbers = {name: Column("number", "float") for name in ("d1", "d0", "d2")}
    >>> vector_columns("a file", numbers)
    ['d0', 'd1', 'd2']
    >>> vector_columns("a file", numbers | {"label": Column("number", "int64")})
    Traceback (most recent call last):
    repscope.core.errors.BadInput: the columns of numbers in a file are d1, d0, d2, label: not all can be told for dimensions ...
    """
    if wanted is not None:
        return _wanted(where, columns, wanted)
    lists = [name for name, column in columns.items() if column.kind == "vector" and name != id_column]
    free = [
        name
        for name, column in columns.items()
        if column.kind == "number" and not column.index and name not in (ID, id_column)
    ]
    if VECTOR in lists:
        return [VECTOR]
    if len(lists) == 1 and not free:
        return lists
    if lists:
        raise BadInput(
            f"{where} has {_named(lists, 'vectors')}" + (f" and {_named(free, 'numbers')}" if free else "")
            + f", none of them called {VECTOR!r}; say which holds the embeddings (--vector-column, vector_column=), such as {lists[0]!r}"
        )  # fmt: skip
    if not free:
        raise BadInput(
            f"{where} has the columns {', '.join(list(columns)[:8])}; expected {VECTOR!r}, or columns of numbers "
            "that are called alike, such as d0, d1, d2"
        )
    if (ordered := _numbered(free)) is None or len({columns[name].type for name in free}) > 1:
        raise BadInput(
            f"the columns of numbers in {where} are {_some(free)}: not all can be told for dimensions of the embedding, which are of one "
            "type and called alike, such as d0, d1, d2; say which they are by a pattern (--vector-column 'd*', vector_column='d*')"
        )
    return ordered


def id_column(
    where: str, columns: Mapping[str, Column], vectors: Sequence[str], wanted: str | None = None, given: bool = False
) -> str | None:
    """The column that holds the ids; None if rows have none.

    Parameters
    ----------
    where : str
        The file, for messages.
    columns : mapping of str to Column
    vectors : sequence of str
        Columns that hold the vectors.
    wanted : str, optional
        A column. Without it: ``id``; or the index that pandas wrote; but not if another column could be the ids as well.
    given : bool
        Whether the ids come from elsewhere, so that one is looked for only if it is called ``id``.

    Raises
    ------
    NotFound
        If no column is called so.
    BadInput
        If there is more than one reading.

    Examples
    --------
    >>> columns = {"embedding": Column("vector", "list"), "doc": Column("text", "string", unique=True)}
    >>> id_column("a file", columns, ["embedding"], "doc")
    'doc'
    >>> id_column("a file", columns, ["embedding"])
    Traceback (most recent call last):
    repscope.core.errors.BadInput: a file has no column 'id', and doc could hold the ids; say which does (--id-column, id_column=), ...
    """
    if wanted is not None:
        _known(where, columns, wanted)
        return wanted
    if ID in columns and ID not in vectors:
        return ID
    if given:
        return None
    index = [name for name, column in columns.items() if column.index]
    others = [
        name
        for name, column in columns.items()
        if column.unique
        and not column.index
        and column.kind in ("text", "number")
        and column.type not in _REAL
        and name not in vectors
    ]
    possible = [*index, *others]
    if len(index) == 1 and not others and columns[index[0]].unique:
        return index[0]
    if possible:
        raise BadInput(
            f"{where} has no column {ID!r}, and {_some(possible)} could hold the ids; say which does (--id-column, id_column=), or give the "
            "ids in a text file (--ids, ids=): rows are not paired by their number where they have names"
        )
    return None


_REAL = {"float", "double", "halffloat"}


def _wanted(where: str, columns: Mapping[str, Column], wanted: str) -> list[str]:
    chosen = [wanted] if wanted in columns else [name for name in columns if fnmatchcase(name, wanted)]
    if not chosen:
        _known(where, columns, wanted)
    strange = [name for name in chosen if columns[name].kind not in ("vector", "number")]
    if strange or (len(chosen) > 1 and any(columns[name].kind == "vector" for name in chosen)):
        raise BadInput(
            f"the columns {_some(chosen)} of {where} are called {wanted!r}, and "
            + (f"{strange[0]!r} holds {columns[strange[0]].type}" if strange else "some hold lists")
            + "; expected one column of lists of numbers, or columns of numbers"
        )
    return _numbered(chosen) or chosen


def _known(where: str, columns: Mapping[str, Column], wanted: str) -> None:
    if wanted not in columns:
        raise NotFound(f"{where} has no column {wanted!r}; {nearest(wanted, list(columns))}")


def _numbered(names: Sequence[str]) -> list[str] | None:
    """Names that differ in a number at their end only, and count from 0 or 1 without a gap, in its order; None for others.

    >>> _numbered(["d10", "d2"]), _numbered(["x2", "x0", "x1"]), _numbered(["d0", "year"])
    (None, ['x0', 'x1', 'x2'], None)
    """
    found = [re.fullmatch(r"(.*?)([0-9]+)", name, re.DOTALL) for name in names]
    ends = {int(one[2]): one[0] for one in found if one}
    if None in found or len({one[1] for one in found if one}) > 1 or len(ends) < len(names):
        return None
    first = min(ends)
    return [ends[i] for i in sorted(ends)] if first in (0, 1) and max(ends) - first + 1 == len(ends) else None


def _named(names: Sequence[str], what: str) -> str:
    return f"{'a column' if len(names) == 1 else 'columns'} of {what} ({_some(names)})"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
