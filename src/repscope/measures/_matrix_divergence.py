"""How far two matrices of layer similarities are from each other."""

from typing import Any

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput, Mismatch
from repscope.measures._score import Score

DRAWS = 1000


def matrix_divergence(p: Any, q: Any, base: float = 2, *, distance: bool = False) -> Score:
    """Mean over cells of the Jensen-Shannon divergence of two matrices of similarities.

    Each cell is read as a Bernoulli probability: p stands for the distribution (p, 1 − p), the chance that a
    neighbour of one layer is a neighbour in the other. The thesis that introduces the measure does not spell this
    step out; this is the reading under which a single similarity is a distribution at all.

    Parameters
    ----------
    p, q : (l, m) arrays of values from 0 to 1
        For example `ScoreTable.matrix()` of NNLS for two networks, or two settings of n and k.
    base : float
        Of the logarithm: 2 gives bits, so that each cell lies between 0 and 1; e gives nats.
    distance : bool
        Take the square root in each cell, which is a metric, before the mean.

    Returns
    -------
    Score
        0 (equal) to 1 (for base 2). The interval says how much the mean depends on which layers were looked
        at: rows and columns are drawn anew, independently of each other. There is no null and nothing per sample.

    Raises
    ------
    Mismatch
        If the shapes differ.
    BadInput
        If they are not matrices of values from 0 to 1, or the base is not above 1.

    References
    ----------
    J. Lin, IEEE Trans. Inf. Theory 37 (1991). D. Endres, J. Schindelin, IEEE Trans. Inf. Theory 49 (2003), for
    the root. A. Owen, Ann. Appl. Stat. 1 (2007), for drawing rows and columns.

    Examples
    --------
    >>> matrix_divergence([[1.0, 0.0]], [[1.0, 1.0]]).value  # one cell equal, one as far as can be
    0.5
    """
    if not base > 1:
        raise BadInput(f"base = {base!r} asked for the logarithm; expected a number above 1, such as 2")
    first, second = _probabilities(p, "first"), _probabilities(q, "second")
    if first.shape != second.shape:
        raise Mismatch(
            f"the matrices have the shapes {first.shape} and {second.shape}; expected the same layers in both: "
            "choose them with layers=…"
        )
    cells = bernoulli_divergence(first, second) / np.log(base)
    cells = np.sqrt(cells) if distance else cells
    rows, columns = cells.shape
    value = float(np.mean(cells))
    generator = np.random.default_rng(0)
    # The mean of a drawn submatrix is (times a row was drawn) · cells · (times a column was drawn).
    row_times = generator.multinomial(rows, np.full(rows, 1 / rows), size=DRAWS)
    column_times = generator.multinomial(columns, np.full(columns, 1 / columns), size=DRAWS)
    draws = np.einsum("bi,ij,bj->b", row_times, cells, column_times, optimize=True) / cells.size
    low, high = np.quantile(draws, [0.025, 0.975])
    return Score(
        measure="matrix_distance" if distance else "matrix_divergence",
        value=value,
        interval=(float(min(low, value)), float(max(high, value))),
        interval_method=f"bootstrap over rows and columns, {DRAWS} draws",
        details={"rows": rows, "columns": columns, "base": float(base)},
    )


def bernoulli_divergence(p: Float[np.ndarray, "l m"], q: Float[np.ndarray, "l m"]) -> Float[np.ndarray, "l m"]:
    """Jensen-Shannon divergence, in nats, of the distributions (p, 1 − p) and (q, 1 − q), cell by cell.

    >>> bernoulli_divergence(np.array([[1.0]]), np.array([[0.0]])) / np.log(2)
    array([[1.]])
    """
    from scipy.special import rel_entr

    middle = (p + q) / 2
    other = ((1 - p) + (1 - q)) / 2
    terms = rel_entr(p, middle) + rel_entr(q, middle) + rel_entr(1 - p, other) + rel_entr(1 - q, other)
    # Rounding can leave a hair below zero, or of one not exactly zero for equal values.
    return np.where(p == q, 0.0, np.maximum(terms / 2, 0.0))


def _probabilities(matrix: Any, which: str) -> Float[np.ndarray, "l m"]:
    values = np.asarray(matrix.detach().cpu() if hasattr(matrix, "detach") else matrix, dtype=np.float64)
    if values.ndim != 2 or not values.size:
        raise BadInput(
            f"the {which} matrix has the shape {values.shape}; expected layers by layers, at least one of each"
        )
    bad = ~((values >= 0) & (values <= 1))
    if bad.any():
        raise BadInput(
            f"{np.count_nonzero(bad)} cells of the {which} matrix are outside 0 to 1 or not a number, the first: "
            f"{values[bad][0]}; expected similarities"
        )
    return values
