"""Stores of embeddings: .npy, safetensors and parquet files as `Embeddings`, and back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from repscope.core.errors import BadInput, Damaged, NotFound
from repscope.core.files import read_lines, replacing
from repscope.core.optional import optional
from repscope.maps._embeddings import Embeddings
from repscope.maps._parquet import ID, VECTOR, read_parquet

SUFFIXES = (".npy", ".safetensors", ".parquet")
TENSOR = "embeddings"


def read_store(
    path: str | Path,
    name: str | None = None,
    ids: str | Path | None = None,
    digest: str = "",
    *,
    id_column: str | None = None,
    vector_column: str | None = None,
) -> Embeddings:
    """Read a file of embeddings; nothing in it is executed.

    Parameters
    ----------
    path : str or Path
        ``.npy``: a matrix. ``.safetensors``: the tensor ``embeddings``, or the only one. ``.parquet``: a column ``embedding`` of
        lists, the only column of lists, or columns of numbers of one kind; and a column ``id``. A table with another reading is
        refused; the next two say which is meant.
    name : str, optional
        Of their space: the model that made them. The file's name by default.
    ids : path, optional
        A text file with the id of each row on a line of its own. Without it, the ids are those in the file (parquet), those of
        NAME.ids.txt beside it, or else the row numbers.
    digest : str
        What identifies the model.
    id_column, vector_column : str, optional
        Of parquet: the column of the ids (an empty text: there are none; of safetensors it is a tensor), and that of the vectors, or a glob pattern of columns of
        numbers such as ``d*``.

    Raises
    ------
    NotFound
        If a file, or a column of that name, is not there.
    BadInput
        If it is of another kind, what is in it are no embeddings, or a table can be read in more than one way.
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
    if path.suffix == ".parquet":
        matrix, own = read_parquet(path, id_column, vector_column, ids_given=ids is not None)
    elif path.suffix == ".safetensors":
        matrix, own = _safetensors(path, id_column, ids_given=ids is not None or _beside(path).is_file())
    else:
        matrix, own = _npy(path)
    if own is None and ids is None and _beside(path).is_file():
        ids = _beside(path)
    listed = None if ids is None else list(_ids(ids))
    if own is not None and id_column is not None:
        listed = None  # the column was asked for
    if listed is not None and own is not None and listed != own:
        raise BadInput(
            f"the ids of {ids} are not those that {path} holds itself, row by row; leave out the file of ids, or name the column that "
            "counts: --id-column id (id_column='id')"
        )
    return Embeddings.of(matrix, name or path.stem, own if listed is None else listed, digest)


def write_store(found: Embeddings, path: str | Path) -> None:
    """Write embeddings in the format that the name's ending says; whole or not at all.

    The ids of ``.npy`` and ``.safetensors`` go into a text file beside it, NAME.ids.txt.

    Raises
    ------
    BadInput
        If the ending says none of them.
    """
    path = Path(path)
    if path.suffix != ".parquet" and (broken := [one for one in found.ids if "\n" in one or "\r" in one]):
        raise BadInput(
            f"the id {broken[0]!r} has a line break, and ids go to a text file, one a line; write .parquet instead"
        )
    if path.suffix not in SUFFIXES:
        raise BadInput(f"the embeddings would go to {str(path)!r}; expected a name that ends in {', '.join(SUFFIXES)}")
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


def _npy(path: Path) -> tuple[Any, None]:
    try:
        return np.load(path, allow_pickle=False), None
    except (ValueError, EOFError) as error:
        raise Damaged(
            f"{path} cannot be read as a .npy file of numbers ({error}); nothing in it was executed"
        ) from error


def _safetensors(path: Path, id_tensor: str | None, ids_given: bool) -> tuple[Any, list[str] | None]:
    from repscope.core.files import open_tensors

    tensors, _ = open_tensors(path)
    if TENSOR not in tensors and len(tensors) != 1:
        raise BadInput(
            f"{path} holds {len(tensors)} tensors ({', '.join(sorted(tensors)[:5])}); expected one called {TENSOR!r}"
        )
    tensor = tensors.get(TENSOR, next(iter(tensors.values())))
    matrix = (tensor.float() if tensor.dtype.itemsize < 4 else tensor).numpy()
    if id_tensor in tensors:
        return matrix, [str(number) for number in tensors[id_tensor].tolist()]
    possible = [
        name
        for name, one in tensors.items()
        if one is not tensor and one.shape == tensor.shape[:1] and not one.is_floating_point()
        and len(set(one.tolist())) == len(one)
    ]  # fmt: skip
    if possible and not ids_given and id_tensor is None:
        raise BadInput(
            f"{path} holds {possible[0]!r} beside {TENSOR!r}, which may be the ids; say so: --id-column {possible[0]} "
            f"(id_column={possible[0]!r}), or --id-column '' if rows have none"
        )
    return matrix, None


def _ids(path: str | Path) -> Sequence[str]:
    path = Path(path)
    if not path.is_file():
        raise NotFound(f"there is no file of ids {str(path)!r}; expected a text file with an id on every line")
    return read_lines(path)
