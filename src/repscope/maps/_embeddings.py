"""Embeddings: one vector per sample, the samples' ids, and the space that the vectors are of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput, Mismatch
from repscope.maps._space import Space


@final
@dataclass(frozen=True, eq=False)
class Embeddings:
    """Vectors of samples in a space.

    Parameters
    ----------
    vectors : (n, d) array
        One row per sample, finite.
    ids : tuple of str
        One unique id per row.
    space : Space
        Whose they are.

    Raises
    ------
    BadInput
        If shapes disagree, ids repeat, or numbers are not finite.

    Examples
    --------
    >>> old = Embeddings.of(np.eye(3), "old")
    >>> old.space, old.ids
    (Space(name='old', dimension=3, digest=''), ('0', '1', '2'))
    """

    vectors: Float[np.ndarray, "n d"]
    ids: tuple[str, ...]
    space: Space

    def __post_init__(self) -> None:
        if len(self.ids) != len(self.vectors):
            raise BadInput(
                f"the embeddings {self.space} are {len(self.vectors)} and their ids {len(self.ids)}; expected one id each"
            )
        if len(set(self.ids)) != len(self.ids):
            raise BadInput(
                f"the ids of the embeddings {self.space} repeat: {len(self.ids)} are {len(set(self.ids))} different ones; "
                "expected unique ids"
            )
        if self.vectors.shape[1] != self.space.dimension:
            raise BadInput(
                f"the embeddings have {self.vectors.shape[1]} dimensions and their space {self.space} has "
                f"{self.space.dimension}; give the space of these embeddings"
            )

    @staticmethod
    def of(vectors: Any, name: str, ids: Sequence[str] | None = None, digest: str = "") -> "Embeddings":
        """Embeddings from an array; the ids are row numbers if none are given."""
        matrix = checked(vectors, f"the embeddings {name!r}")
        names = tuple(map(str, range(len(matrix)))) if ids is None else tuple(map(str, ids))
        return Embeddings(matrix, names, Space(name, matrix.shape[1], digest))

    def __len__(self) -> int:
        return len(self.ids)

    def at(self, ids: Sequence[str]) -> "Embeddings":
        """Those of some ids, in their order.

        Raises
        ------
        Mismatch
            If an id is not here.
        """
        place = {name: row for row, name in enumerate(self.ids)}
        strange = [name for name in ids if name not in place]
        if strange:
            raise Mismatch(
                f"{len(strange)} of {len(ids)} ids are not among the {len(self)} of the embeddings {self.space}, such as "
                f"{strange[0]!r}"
            )
        rows = np.array([place[name] for name in ids], dtype=np.int64)
        return replace(self, vectors=self.vectors[rows], ids=tuple(ids))


def checked(vectors: Any, what: str) -> Float[np.ndarray, "n d"]:
    """A matrix of real, finite numbers, in floating point; `what` names it in messages.

    Raises
    ------
    BadInput
        If it is not one.

    Examples
    --------
    >>> checked([[1, 2]], "mine").dtype
    dtype('float64')
    """
    if hasattr(vectors, "detach"):
        vectors = vectors.detach().cpu().numpy()
    try:
        matrix = np.asarray(vectors)
    except ValueError as error:
        raise BadInput(f"{what} cannot be read as an array ({error}); expected (samples, dimensions)") from error
    if matrix.ndim != 2 or not matrix.size or matrix.dtype.kind not in "fiu":
        raise BadInput(
            f"{what} are {matrix.dtype} of shape {matrix.shape}; expected real numbers of shape (samples, dimensions)"
        )
    if matrix.dtype not in (np.float32, np.float64):
        matrix = matrix.astype(np.float32 if matrix.dtype == np.float16 else np.float64)
    finite = np.isfinite(matrix).all(axis=1)
    if not finite.all():
        raise BadInput(
            f"{what} hold NaN or infinite numbers in {int((~finite).sum())} of {len(matrix)} rows, the first is row "
            f"{int(np.argmin(finite))}; mend or leave out those samples"
        )
    return matrix


def paired_by_id(source: Embeddings, target: Embeddings) -> tuple[Embeddings, Embeddings]:
    """The same samples on both sides, in the source's order.

    Raises
    ------
    Mismatch
        If they are not the same samples; the message says how they differ.

    Examples
    --------
    >>> a = Embeddings.of(np.array([[0.0], [1.0]]), "a", ["x", "y"])
    >>> b = Embeddings.of(np.array([[5.0], [6.0]]), "b", ["y", "x"])
    >>> paired_by_id(a, b)[1].vectors.tolist()
    [[6.0], [5.0]]
    """
    if source.ids == target.ids:
        return source, target
    missing = set(source.ids) - set(target.ids)
    extra = set(target.ids) - set(source.ids)
    if missing or extra:
        example = sorted(missing or extra)[0]
        raise Mismatch(
            f"{source.space} has {len(source)} samples and {target.space} has {len(target)}; {len(missing)} are only in the "
            f"first and {len(extra)} only in the second, such as {example!r}: expected the same samples on both sides"
        )
    return source, target.at(source.ids)
