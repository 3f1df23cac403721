"""A table of embeddings in parquet: which column has the ids, and which the vectors.

Where a table can be read in more than one way it is refused, with the columns; `id_column` and `vector_column` say which.
"""

import json
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput, Damaged, NotFound, nearest
from repscope.core.optional import optional

ID, VECTOR = "id", "embedding"
"""How the columns are called that need not be named."""

REAL = {"halffloat", "float", "double"}
WHOLE = {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}


def read_parquet(
    path: Path, id_column: str | None = None, vector_column: str | None = None, ids_given: bool = False
) -> tuple[Float[np.ndarray, "n d"], list[str] | None]:
    """Vectors, and ids where there are such.

    Parameters
    ----------
    path : Path
    id_column : str, optional
        By default ``id``, or the index that pandas wrote, if no other column may hold ids. An empty text: there are none.
    vector_column : str, optional
        A column of lists, or a glob pattern of columns of numbers, such as ``d*``. By default ``embedding``, the only column of
        lists, or all columns of numbers if they are of one kind; numbered ones are taken in the order of their numbers.
    ids_given : bool
        Whether the ids come from elsewhere, so that only a column ``id`` is read beside them.

    Raises
    ------
    BadInput
        If there is more than one reading, or a column is none of what it should be.
    NotFound
        If there is no column of that name.
    Damaged
        If the file cannot be read.
    MissingPackage
        If pyarrow is not installed.
    """
    parquet = optional("pyarrow.parquet", f"the file {path.name}", "parquet")
    try:
        with parquet.ParquetFile(path) as file:  # read_table adds columns from names of folders, such as year=2020
            table = file.read()
    except (OSError, ValueError) as error:  # pyarrow's errors are of these
        raise Damaged(f"{path} cannot be read as parquet ({str(error).splitlines()[0]})") from error
    kinds = {name: str(table.schema.field(name).type) for name in table.column_names}
    if len(kinds) < len(table.column_names):
        raise BadInput(f"{path} has two columns of one name; rename one")
    index = _index_columns(table)
    own = _id_column(path, kinds, index, id_column)
    vectors = _vector_columns(path, kinds, [*index, *([own] if own else [])], vector_column)
    ids = None
    if own is None and id_column is None and not ids_given:
        _require_one_reading(path, kinds, index, vectors)
        own = index[0] if len(index) == 1 and _is_unique(table.column(index[0])) else None
        ids = _counted(table)
    elif ids_given and own != ID:
        own = None
    ids = ids if own is None else _ids(path, own, table.column(own).to_pylist())
    if len(vectors) == 1 and _is_list(kinds[vectors[0]]):
        return _lists(path, vectors[0], table.column(vectors[0]).combine_chunks()), ids
    empty = [name for name in vectors if table.column(name).null_count]
    if empty:
        raise BadInput(f"the column {empty[0]!r} of {path} has empty cells; expected a number in every row")
    return np.stack([table.column(name).to_numpy() for name in vectors], axis=1), ids


def _index_columns(table: Any) -> list[str]:
    """Columns that are an index of pandas, which it names in the file's metadata."""
    raw = (table.schema.metadata or {}).get(b"pandas")
    try:
        written = json.loads(raw)["index_columns"] if raw else []
    except (ValueError, KeyError, TypeError):
        written = []
    named = [name for name in written if isinstance(name, str)]
    named += [name for name in table.column_names if re.fullmatch(r"__index_level_\d+__", name)]
    return [name for name in dict.fromkeys(named) if name in table.column_names]


def _counted(table: Any) -> list[str] | None:
    """The rows' numbers as pandas counts them, from where a frame was cut out; they are not written as a column."""
    raw = (table.schema.metadata or {}).get(b"pandas")
    try:
        one = json.loads(raw or b"{}")["index_columns"][0]
        numbers = [str(i) for i in range(one["start"], one["stop"], one["step"])]
    except (ValueError, KeyError, TypeError, IndexError):
        return None
    return numbers if len(numbers) == len(table) else None  # files that were joined keep the note of the first


def _is_unique(column: Any) -> bool:
    return not column.null_count and len(column.unique()) == len(column)


def _id_column(path: Path, kinds: dict[str, str], index: Sequence[str], asked: str | None) -> str | None:
    if asked is not None:
        if asked and asked not in kinds:
            raise NotFound(f"{path} has no column {asked!r} of ids; {nearest(asked, kinds)}")
        return asked or None
    if ID in kinds:
        return ID
    texts = [name for name in index if _is_text(kinds[name])]
    return texts[0] if len(texts) == 1 else None


def _vector_columns(path: Path, kinds: dict[str, str], taken: Sequence[str], asked: str | None) -> list[str]:
    free = {name: kind for name, kind in kinds.items() if name not in taken}
    lists = [name for name, kind in free.items() if _is_list(kind)]
    numbers = [name for name, kind in free.items() if kind in REAL | WHOLE]
    if asked is not None:
        chosen = [asked] if asked in [*lists, *numbers] else [name for name in numbers if fnmatchcase(name, asked)]
        if not chosen:
            raise NotFound(
                f"{path} has no column of lists, and no columns of numbers, {asked!r}; {nearest(asked, [*lists, *numbers])}"
            )
        return _in_order(chosen)
    if VECTOR in lists or len(lists) == 1:
        return [VECTOR] if VECTOR in lists else lists
    if lists:
        raise BadInput(
            f"{path} has {len(lists)} columns of lists ({', '.join(lists[:5])}); say which holds the vectors: --vector-column "
            f"{lists[0]} (vector_column={lists[0]!r})"
        )
    if not numbers:
        raise BadInput(
            f"{path} has the columns {', '.join(list(kinds)[:5])}; expected a column of vectors, such as {VECTOR!r}, or columns of numbers"
        )
    odd = _odd_ones({name: free[name] for name in numbers})
    if len(numbers) == 1 and _stem(numbers[0]) == numbers[0]:
        raise BadInput(
            f"{path} has one column of numbers, {numbers[0]!r}, which may be a fact about the rows; expected a column of vectors, or say "
            f"that it is the embedding: --vector-column {numbers[0]} (vector_column={numbers[0]!r})"
        )
    if odd:
        rest = [name for name in numbers if name not in odd]
        pattern = f"{_stem(rest[0])}*" if rest else numbers[0]
        raise BadInput(
            f"the columns of numbers of {path} are not of one kind: {', '.join(odd[:5])} may be an id, a label or another fact beside "
            f"{', '.join((rest or numbers)[:3])} …; say which are the vectors: --vector-column '{pattern}' (vector_column={pattern!r})"
        )
    ordered = _in_order(numbers)
    missing = _missing(ordered)
    if missing:
        raise BadInput(
            f"the columns of numbers of {path} go from {ordered[0]} to {ordered[-1]} and {missing[0]} is missing; expected all dimensions, or "
            f"say that these are: --vector-column '{_stem(ordered[0])}*' (vector_column='{_stem(ordered[0])}*')"
        )
    return ordered


def _in_order(names: Sequence[str]) -> list[str]:
    """Names that differ in the number at their end in its order, others as they come: d0, d1, d10, d2 is a file's order only.

    >>> _in_order(["d0", "d10", "d2"]), _in_order(["y", "x"])
    (['d0', 'd2', 'd10'], ['y', 'x'])
    """
    if any(_stem(name) == name for name in names) or len({_stem(name) for name in names}) > 1:
        return list(names)
    return sorted(names, key=lambda name: int(name[len(_stem(name)) :]))


def _missing(ordered: Sequence[str]) -> list[str]:
    """Numbered names that are not there, between the first and the last, and before the first."""
    stem = _stem(ordered[0])
    if any(_stem(name) != stem or name == stem for name in ordered):
        return []
    there = {int(name[len(stem) :]) for name in ordered}
    return [f"{stem}{i}" for i in range(0 if min(there) > 1 else min(there), max(there)) if i not in there][:3]


def _odd_ones(numbers: dict[str, str]) -> list[str]:
    """Columns of numbers that are not like the others: numbered names beside others, or whole numbers beside real ones."""
    numbered = [name for name in numbers if _stem(name) != name]
    stems = [_stem(name) for name in numbered]
    usual = max(set(stems), key=stems.count) if stems else None
    if usual is not None and stems.count(usual) > 1:
        odd = [name for name in numbers if name not in numbered or _stem(name) != usual]
    else:
        odd = []
    kept = {name: kind for name, kind in numbers.items() if name not in odd}
    kinds = list(kept.values())
    usual_kind = max(dict.fromkeys(kinds), key=kinds.count)
    return odd + [name for name, kind in kept.items() if kind != usual_kind]


def _stem(name: str) -> str:
    return re.sub(r"\d+$", "", name)


def _require_one_reading(path: Path, kinds: dict[str, str], index: Sequence[str], vectors: Sequence[str]) -> None:
    """Refuse a table without an obvious column of ids that has columns which may be such."""
    possible = [
        n for n, kind in kinds.items() if n not in vectors and (_is_text(kind) or (kind in WHOLE and n not in index))
    ]
    if possible:
        raise BadInput(
            f"{path} has no column {ID!r}, and {', '.join(possible[:5])} may hold the ids; say which: --id-column {possible[0]} "
            f"(id_column={possible[0]!r}), or --id-column '' if rows have none"
        )


def _ids(path: Path, column: str, values: Sequence[Any]) -> list[str]:
    if any(value is None for value in values):
        raise BadInput(f"the column {column!r} of {path} has empty cells; expected an id in every row")
    if any(isinstance(value, float) for value in values):
        raise BadInput(f"the column {column!r} of {path} holds real numbers; expected texts or whole numbers as ids")
    return [value.decode(errors="surrogateescape") if isinstance(value, bytes) else str(value) for value in values]


def _lists(path: Path, name: str, column: Any) -> Float[np.ndarray, "n d"]:
    lengths = set(np.asarray(column.value_lengths()).tolist()) if hasattr(column, "value_lengths") else set()
    size = getattr(column.type, "list_size", None)
    lengths = {size} if size is not None and size > 0 else lengths
    if len(lengths) != 1 or None in lengths or column.null_count:
        raise BadInput(
            f"the column {name!r} of {path} holds lists of {len(lengths)} lengths, or empty cells; expected vectors of one length"
        )
    values: Float[np.ndarray, " m"] = np.array(column.flatten())  # a copy: the file's own memory cannot be written to
    return values.reshape(len(column), -1)


def _is_list(kind: str) -> bool:
    return bool(
        re.fullmatch(
            r"(large_|fixed_size_)?list<.*: (" + "|".join(sorted(REAL | WHOLE)) + r")( not null)?>(\[\d+\])?", kind
        )
    )


def _is_text(kind: str) -> bool:
    return kind in ("string", "large_string", "string_view", "binary", "large_binary") or kind.startswith(
        "dictionary<values=string"
    )
