"""Rankings: what is found first, and how good that is."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int

from repscope.core.blocks import row_blocks
from repscope.core.errors import BadInput
from repscope.core.scaling import scale_rows

Metric = Literal["cosine", "euclidean", "dot"]
METRICS = ("cosine", "euclidean", "dot")
_BUDGET = 2**28


def best(
    queries: Float[np.ndarray, "q d"], gallery: Float[np.ndarray, "n d"], k: int, metric: str = "cosine"
) -> Int[np.ndarray, "q k"]:
    """Rows of the k best of the gallery for each query, best first; those found with equal scores by row.

    Raises
    ------
    BadInput
        If k is more than there are, the metric unknown, or a vector zero under ``"cosine"``.

    Examples
    --------
    >>> best(np.array([[1.0, 0.1]]), np.array([[0.0, 1.0], [5.0, 0.0], [1.0, 1.0]]), 2).tolist()
    [[1, 2]]
    """
    if metric not in METRICS:
        raise BadInput(f"the metric {metric!r} is not known; expected one of {', '.join(METRICS)}")
    if not 1 <= k <= len(gallery):
        raise BadInput(f"the {k} best of {len(gallery)} were asked for; expected 1 to as many as there are")
    first, second = queries.astype(np.float64), gallery.astype(np.float64)
    if metric == "euclidean":  # far from the origin, differences would be lost among the squares
        middle = second.mean(axis=0)
        first, second = first - middle, second - middle
    if metric == "cosine":
        first, second = unit(first, "queries"), unit(second, "gallery")
    half = (second**2).sum(axis=1) / 2 if metric == "euclidean" else 0.0
    out = np.empty((len(first), k), dtype=np.int64)
    for rows in row_blocks(len(first), 8 * len(second) * 2, max(_BUDGET, 16 * len(second))):
        scores = first[rows] @ second.T - half
        near = (
            np.argpartition(-scores, k - 1, axis=1)[:, :k]
            if k < len(second)
            else np.tile(np.arange(k), (len(scores), 1))
        )
        near.sort(axis=1)
        values = np.take_along_axis(scores, near, axis=1)
        out[rows] = np.take_along_axis(near, np.argsort(-values, axis=1, kind="stable"), axis=1)
    return out


def recall_at(found: Int[np.ndarray, "q k"], relevant: Sequence[set[int]]) -> Float[np.ndarray, " q"]:
    """Of each query: relevant rows among those found, as a share of as many as could be, min(k, relevant).

    The cap makes 1 possible where more are relevant than are looked at (Thakur and others 2021 call it capped recall).

    >>> recall_at(np.array([[3, 1]]), [{1, 2, 5}]).tolist()
    [0.5]
    """
    k = found.shape[1]
    return np.array(
        [len(rows.intersection(line)) / min(k, len(rows)) for line, rows in zip(found.tolist(), relevant, strict=True)]
    )


def ndcg_at(found: Int[np.ndarray, "q k"], relevant: Sequence[set[int]]) -> Float[np.ndarray, " q"]:
    """Of each query: Σ 1 / log2(1 + rank) over the relevant rows found, over the greatest that it could be.

    K. Järvelin, J. Kekäläinen, ACM Trans. Inf. Syst. 20 (2002), with binary gains.

    >>> ndcg_at(np.array([[3, 1]]), [{1}]).round(3).tolist()
    [0.631]
    """
    k = found.shape[1]
    discount = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.cumsum(discount)
    out = []
    for line, rows in zip(found.tolist(), relevant, strict=True):
        gains: Bool[np.ndarray, " k"] = np.array([row in rows for row in line])
        out.append(float(discount @ gains / ideal[min(k, len(rows)) - 1]))
    return np.array(out)


def unit(vectors: Float[np.ndarray, "n d"], what: str) -> Float[np.ndarray, "n d"]:
    """The vectors, of length one.

    Raises
    ------
    BadInput
        If one is zero.
    """
    vectors = scale_rows(vectors)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not lengths.all():
        raise BadInput(
            f"{int((lengths == 0).sum())} of {len(vectors)} vectors of the {what} are zero, the first is row "
            f"{int(np.argmin(lengths))}: they have no direction; leave them out, or use metric='euclidean'"
        )
    made: Float[np.ndarray, "n d"] = vectors / lengths
    return made
