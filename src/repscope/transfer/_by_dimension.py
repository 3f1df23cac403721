"""Retrieval against the number of dimensions, from one product of queries and gallery."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.core.scaling import scale_rows
from repscope.maps._embeddings import checked
from repscope.transfer._retrieval import Retrieval
from repscope.transfer._retrieve import Judge, query_blocks

SIZES = (8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)


def retrieve_by_dimension(
    queries: Any,
    gallery: Any,
    relevant: Any,
    junk: Any = None,
    sizes: Sequence[int] = SIZES,
    *,
    definition: str = "step",
    keep: int = 20,
) -> dict[int, Retrieval]:
    """`retrieve` by the cosine of the first so many dimensions, for several numbers of them.

    Products are summed from one size to the next: all sizes take the products of the largest alone.

    Parameters
    ----------
    queries, gallery : (q, d), (n, d) arrays
        Along principal directions, those of greatest variance first (`Whitening`), so that the first dimensions are those that a
        whitening to so many would keep.
    relevant, junk, definition, keep
        As for `retrieve`.
    sizes : sequence of int
        Those up to d; and d itself, if it is between two.

    Returns
    -------
    dict of int to Retrieval

    Raises
    ------
    BadInput
        If a size is less than 1, and for all that `retrieve` refuses.

    References
    ----------
    A. Babenko, A. Slesarev, A. Chigorin, V. Lempitsky, *Neural codes for image retrieval*, ECCV 2014, table 2.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(40, 20))
    >>> found = retrieve_by_dimension(x, x, [[i ^ 1] for i in range(40)], [[i] for i in range(40)], sizes=(2, 8, 64))
    >>> list(found)
    [2, 8, 20]
    """
    first, second = checked(queries, "the queries"), checked(gallery, "the gallery")
    first, second = scale_rows(first.astype(np.float64)), scale_rows(second.astype(np.float64))
    if first.shape[1] != second.shape[1]:
        raise BadInput(
            f"the queries have {first.shape[1]} dimensions and the gallery {second.shape[1]}; expected descriptors of one kind"
        )
    if not sizes or min(sizes) < 1:
        raise BadInput(f"sizes = {list(sizes)}; expected numbers of dimensions, 1 or more")
    most = first.shape[1]
    wanted = sorted({size for size in sizes if size < most} | ({most} if max(sizes) >= most else set()))
    judges = {size: Judge(len(first), len(second), relevant, junk, definition, keep) for size in wanted}
    for rows in query_blocks(len(first), len(second)):
        scores: Float[np.ndarray, "b n"] = np.zeros((rows.stop - rows.start, len(second)))
        lengths, start = np.zeros(len(second)), 0
        for size in wanted:
            part = slice(start, size)
            scores += first[rows, part] @ second[:, part].T
            lengths += (second[:, part] ** 2).sum(axis=1)
            start = size
            if not lengths.all():
                raise BadInput(
                    f"{int((lengths == 0).sum())} of {len(second)} vectors of the gallery are zero in their first {size} dimensions, the "
                    f"first is row {int(np.argmin(lengths))}: they have no direction; leave them out"
                )
            # the length of the query changes no order
            judges[size].take(rows, np.argsort(-scores / np.sqrt(lengths), axis=1, kind="stable"))
    return {size: judge.answer() for size, judge in judges.items()}
