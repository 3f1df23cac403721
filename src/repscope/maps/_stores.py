"""Stores of embeddings: .npy, safetensors and parquet files as `Embeddings`, and back."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput, Damaged, NotFound, nearest
from repscope.core.files import read_text, replacing
from repscope.core.optional import optional
from repscope.maps._embeddings import Embeddings
from repscope.maps._store_columns import ID, VECTOR, Column, vector_columns
from repscope.maps._store_columns import id_column as column_of_ids

SUFFIXES = (".npy", ".safetensors", ".parquet")
TENSOR = "embeddings"


def read_store(
    path: str | Path,
    name: str | None = None,
    ids: str | Path | None = None,
    digest: str = "",
    id_column: str | None = None,
    vector_column: str | None = None,
) -> Embeddings:
    """Read a file of embeddings; nothing in it is executed.

    Parameters
    ----------
    path : str or Path
        ``.npy``: a matrix. ``.safetensors``: the tensor ``embeddings``, or the only one. ``.parquet``: a column ``embedding`` of
        lists, the only column of lists, or all columns of numbers if they are called alike (d0, d1, d2 …); and a column ``id``, or
        the index that pandas wrote. Where another column could be meant, the file is refused until it is named.
    name : str, optional
        Of their space: the model that made them. The file's name by default.
    ids : path, optional
        A text file with the id of each row on a line of its own, in UTF-8. Without it, the ids are those in the file (parquet), those
        of NAME.ids.txt beside it, or else the row numbers. If the file has a column ``id``, both have to agree.
    digest : str
        What identifies the model.
    id_column : str, optional
        The column of the ids (parquet), or the tensor (safetensors); it counts before `ids`.
    vector_column : str, optional
        The column of the vectors (parquet), a pattern such as ``"d*"`` if each dimension is a column; or the tensor (safetensors).

    Raises
    ------
    NotFound
        If a file, or a column, is not there.
    BadInput
        If it is of another kind, what is in it are no embeddings, or there is more than one reading of what is.
    Damaged
        If it cannot be read.
    MissingPackage
        If it is parquet and pyarrow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(folder + "/old.npy", np.eye(3))
    ...     read_store(folder + "/old.npy").space
    Space(name='old', dimension=3, digest='')
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise BadInput(f"{path} ends in {path.suffix!r}; expected a file of embeddings: {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise NotFound(f"there is no file {str(path)!r}; expected embeddings as {', '.join(SUFFIXES)}")
    if path.suffix == ".npy" and (id_column is not None or vector_column is not None):
        raise BadInput(
            f"{path} is one matrix without columns; leave out --id-column and --vector-column, and give ids in a file"
        )
    beside = _beside(path) if ids is None and id_column is None and _beside(path).is_file() else None
    listed = None if ids is None or id_column is not None else _ids(ids)
    given = listed is not None or beside is not None
    own: Sequence[str] | None = None
    if path.suffix == ".npy":
        matrix = _npy(path)
    elif path.suffix == ".safetensors":
        matrix, own = _safetensors(path, id_column, vector_column, given)
    else:
        matrix, own = _parquet(path, id_column, vector_column, given)
    if own is None and beside is not None:
        listed = _ids(beside)
    if listed is not None and own is not None and list(own) != list(listed):
        raise BadInput(
            f"the ids of {ids} are not those that {path} holds itself, row by row; leave out the file of ids, or name the column of the "
            "ids (--id-column, id_column=), which then counts"
        )
    return Embeddings.of(matrix, name or path.stem, listed if own is None else own, digest)


def write_store(found: Embeddings, path: str | Path) -> None:
    """Write embeddings in the format that the name's ending says; whole or not at all.

    The ids of ``.npy`` and ``.safetensors`` go into a text file beside it, NAME.ids.txt.

    Raises
    ------
    BadInput
        If the ending says none of them, or an id has a line break, for which a text file has no place.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise BadInput(f"the embeddings would go to {str(path)!r}; expected a name that ends in {', '.join(SUFFIXES)}")
    if path.suffix != ".parquet" and (broken := [one for one in found.ids if "\n" in one or "\r" in one]):
        raise BadInput(
            f"the id {broken[0]!r} has a line break, and ids go to a text file, one a line; write .parquet instead"
        )
    if path.suffix == ".parquet":
        arrow, parquet = (optional(p, "a parquet file", "parquet") for p in ("pyarrow", "pyarrow.parquet"))
        flat = arrow.FixedSizeListArray.from_arrays(arrow.array(found.vectors.reshape(-1)), found.space.dimension)
        with replacing(path) as temporary:
            parquet.write_table(arrow.table({ID: list(found.ids), VECTOR: flat}), temporary)
        return
    if path.suffix == ".npy":
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.save(file, found.vectors)
    else:
        import torch

        from repscope.core.files import write_tensors

        write_tensors(
            path, {TENSOR: torch.from_numpy(np.ascontiguousarray(found.vectors))}, {"space": found.space.name}
        )
    with replacing(_beside(path)) as temporary:
        temporary.write_text("".join(f"{name}\n" for name in found.ids), encoding="utf8")


def _beside(path: Path) -> Path:
    """Where the ids of a file lie that has no place for them."""
    return path.with_suffix(".ids.txt")


def _npy(path: Path) -> Any:
    try:
        return np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise Damaged(
            f"{path} cannot be read as a .npy file of numbers ({error}); nothing in it was executed"
        ) from error


def _safetensors(
    path: Path, id_tensor: str | None, vector_tensor: str | None, given: bool
) -> tuple[Any, list[str] | None]:
    from repscope.core.files import open_tensors

    tensors, _ = open_tensors(path)
    for wanted in (id_tensor, vector_tensor):
        if wanted is not None and wanted not in tensors:
            raise NotFound(f"{path} has no tensor {wanted!r}; {nearest(wanted, list(tensors))}")
    chosen = vector_tensor or (TENSOR if TENSOR in tensors else None)
    if chosen is None and len(tensors) != 1:
        raise BadInput(
            f"{path} holds {len(tensors)} tensors ({', '.join(sorted(tensors)[:5])}); expected one called {TENSOR!r}, or the name of "
            "one (--vector-column, vector_column=)"
        )
    tensor = tensors[chosen or next(iter(tensors))]
    columns = {
        name: Column("number", str(one.dtype), unique=len(set(one.tolist())) == len(one))
        for name, one in tensors.items()
        if one is not tensor and one.ndim == 1 and len(one) == len(tensor) and not one.is_floating_point()
    }
    named = column_of_ids(str(path), columns, (), id_tensor, given)
    own = None if named is None else [str(number) for number in tensors[named].tolist()]
    return (tensor.float() if tensor.dtype.itemsize < 4 else tensor).numpy(), own


def _parquet(
    path: Path, id_column: str | None, vector_column: str | None, given: bool
) -> tuple[Any, Sequence[str] | None]:
    parquet = optional("pyarrow.parquet", f"the file {path.name}", "parquet")
    try:
        with parquet.ParquetFile(path) as file:  # read_table would add columns from names of folders, such as year=2020
            table = file.read()
    except (OSError, ValueError) as error:  # pyarrow's errors are of these
        raise Damaged(f"{path} cannot be read as parquet ({str(error).splitlines()[0]})") from error
    if len(set(table.column_names)) < len(table.column_names):
        twice = next(name for name in table.column_names if table.column_names.count(name) > 1)
        raise BadInput(f"{path} has several columns called {twice!r}; expected different names, rename them")
    indexes, counted = _pandas_index(table)
    columns = {name: _column(table.schema.field(name).type, name in indexes) for name in table.column_names}
    vectors = vector_columns(str(path), columns, vector_column, id_column)
    for name in set(columns) - set(vectors):
        columns[name] = replace(columns[name], unique=_is_unique(table.column(name), columns[name]))
    named = column_of_ids(str(path), columns, vectors, id_column, given)
    own = None if named is None else _texts(table.column(named), f"the column {named!r} of {path}")
    if own is None and not given:
        own = counted
    if columns[vectors[0]].kind == "number":
        return np.stack([table.column(name).to_numpy() for name in vectors], axis=1), own
    column = table.column(vectors[0]).combine_chunks()
    column = getattr(column, "storage", column)  # of an extension type, such as a tensor's
    lengths = set(np.asarray(column.value_lengths()).tolist()) if hasattr(column, "value_lengths") else {None}
    if len(lengths) != 1 or None in lengths or column.null_count:
        raise BadInput(
            f"the column {vectors[0]!r} of {path} holds lists of {len(lengths)} lengths; expected vectors of one length"
        )
    values: Float[np.ndarray, " m"] = np.array(column.flatten())  # a copy: the file's own memory cannot be written to
    return values.reshape(len(column), -1), own


def _pandas_index(table: Any) -> tuple[set[str], list[str] | None]:
    """The columns that pandas wrote as the index of its rows, and the index if it only counts and is not written."""
    try:
        index = json.loads((table.schema.metadata or {})[b"pandas"])["index_columns"]
    except (KeyError, ValueError, TypeError):
        return set(), None
    names = {one for one in index if isinstance(one, str)} & set(table.column_names)
    for one in index:
        if isinstance(one, dict) and one.get("kind") == "range" and len(index) == 1:
            counted = [str(i) for i in range(one["start"], one["stop"], one["step"])]
            return names, counted if len(counted) == len(table) else None  # files that were joined keep the first one's
    return names, None


def _column(kind: Any, index: bool) -> Column:
    """What a column of this type could be."""
    called = str(getattr(kind, "storage_type", kind))
    if called in _NUMBERS:
        return Column("number", called, index=index)
    if _LISTS.match(called):
        return Column("vector", called, index=index)
    return Column("text" if called in _TEXTS or _CODED_TEXTS.match(called) else "other", called, index=index)


def _is_unique(column: Any, about: Column) -> bool:
    """Whether the values can be told apart, which ids have to be."""
    whole = about.kind == "text" or (about.kind == "number" and "int" in about.type)
    return whole and not column.null_count and len(column.unique()) == len(column)


def _texts(column: Any, what: str) -> list[str]:
    """The ids in a column."""
    if column.null_count:
        raise BadInput(f"{what} lacks {column.null_count} of {len(column)} ids; expected one for each row")
    return [str(name) for name in column.to_pylist()]


_NUMBERS = {"float", "double", "halffloat", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))}
_TEXTS = {"string", "large_string", "string_view"}
_CODED_TEXTS = re.compile(rf"dictionary<values=({'|'.join(sorted(_TEXTS))}),")
_LISTS = re.compile(rf"(large_|fixed_size_)?list(_view)?<\w+: ({'|'.join(sorted(_NUMBERS))})( not null)?>")


def _ids(path: str | Path) -> Sequence[str]:
    path = Path(path)
    if not path.is_file():
        raise NotFound(f"there is no file of ids {str(path)!r}; expected a text file with an id on every line")
    lines = read_text(path).split("\n")
    return lines[:-1] if lines[-1] == "" else lines
