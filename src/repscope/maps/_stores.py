"""Stores of embeddings: .npy, safetensors and parquet files as `Embeddings`, and back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput, Damaged, NotFound
from repscope.core.files import replacing
from repscope.core.optional import optional
from repscope.maps._embeddings import Embeddings

SUFFIXES = (".npy", ".safetensors", ".parquet")
TENSOR, ID, VECTOR = "embeddings", "id", "embedding"


def read_store(
    path: str | Path, name: str | None = None, ids: str | Path | None = None, digest: str = ""
) -> Embeddings:
    """Read a file of embeddings; nothing in it is executed.

    Parameters
    ----------
    path : str or Path
        ``.npy``: a matrix. ``.safetensors``: the tensor ``embeddings``, or the only one. ``.parquet``: a column ``embedding`` of
        lists, or all columns of numbers; and a column ``id``.
    name : str, optional
        Of their space: the model that made them. The file's name by default.
    ids : path, optional
        A text file with the id of each row on a line of its own. Without it, the ids are those in the file (parquet), those of
        NAME.ids.txt beside it, or else the row numbers.
    digest : str
        What identifies the model.

    Raises
    ------
    NotFound
        If a file is not there.
    BadInput
        If it is of another kind, or what is in it are no embeddings.
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
    matrix, own = {".npy": _npy, ".safetensors": _safetensors, ".parquet": _parquet}[path.suffix](path)
    if own is None and ids is None and _beside(path).is_file():
        ids = _beside(path)
    return Embeddings.of(matrix, name or path.stem, _ids(ids) if ids is not None else own, digest)


def write_store(found: Embeddings, path: str | Path) -> None:
    """Write embeddings in the format that the name's ending says; whole or not at all.

    The ids of ``.npy`` and ``.safetensors`` go into a text file beside it, NAME.ids.txt.

    Raises
    ------
    BadInput
        If the ending says none of them.
    """
    path = Path(path)
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


def _safetensors(path: Path) -> tuple[Any, None]:
    from repscope.core.files import open_tensors

    tensors, _ = open_tensors(path)
    if TENSOR not in tensors and len(tensors) != 1:
        raise BadInput(
            f"{path} holds {len(tensors)} tensors ({', '.join(sorted(tensors)[:5])}); expected one called {TENSOR!r}"
        )
    tensor = tensors.get(TENSOR, next(iter(tensors.values())))
    return (tensor.float() if tensor.dtype.itemsize < 4 else tensor).numpy(), None


def _parquet(path: Path) -> tuple[Any, list[str] | None]:
    parquet = optional("pyarrow.parquet", f"the file {path.name}", "parquet")
    try:
        table = parquet.read_table(path)
    except (OSError, ValueError) as error:  # pyarrow's errors are of these
        raise Damaged(f"{path} cannot be read as parquet ({str(error).splitlines()[0]})") from error
    own = [str(name) for name in table.column(ID).to_pylist()] if ID in table.column_names else None
    if VECTOR in table.column_names:
        column = table.column(VECTOR).combine_chunks()
        lengths = set(np.asarray(column.value_lengths()).tolist()) if hasattr(column, "value_lengths") else {None}
        if len(lengths) != 1 or None in lengths or column.null_count:
            raise BadInput(
                f"the column {VECTOR!r} of {path} holds lists of {len(lengths)} lengths; expected vectors of one length"
            )
        values: Float[np.ndarray, " m"] = np.asarray(column.flatten())
        return values.reshape(len(column), -1), own
    numeric = [name for name in table.column_names if name != ID and str(table.schema.field(name).type) in _NUMBERS]
    if not numeric:
        raise BadInput(
            f"{path} has the columns {', '.join(table.column_names[:5])}; expected {VECTOR!r}, or columns of numbers"
        )
    return np.stack([table.column(name).to_numpy() for name in numeric], axis=1), own


_NUMBERS = {"float", "double", "halffloat", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))}


def _ids(path: str | Path) -> Sequence[str]:
    path = Path(path)
    if not path.is_file():
        raise NotFound(f"there is no file of ids {str(path)!r}; expected a text file with an id on every line")
    return path.read_text(encoding="utf8").splitlines()
