"""Average precision of a ranking, in both definitions that are published under the name, and what chance gives."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput

DEFINITIONS = ("step", "trapezoid")


def average_precision(relevant: Any, total: int | None = None, definition: str = "step") -> float:
    """How far in front the relevant items of a ranking are.

    Parameters
    ----------
    relevant : (n,) booleans
        Whether each item is relevant, in ranked order, best first; junk is to be taken out before.
    total : int, optional
        How many relevant items there are in all, those that were not ranked among them: each of these adds 0. By default
        those in `relevant`.
    definition : {"step", "trapezoid"}
        ``"step"``: the mean over relevant items of the precision at their ranks, as in scikit-learn, TREC and most papers.
        ``"trapezoid"``: the area under precision over recall with straight lines between the ranks, from precision 1 at
        recall 0, as in the evaluation programs of Oxford, Paris and Holidays. On one ranking the two differ by up to a
        few hundredths, so a figure without the name of its definition cannot be compared.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    BadInput
        If `relevant` holds anything but booleans, nothing is relevant, `total` is less than what was found, or the
        definition is not known.

    References
    ----------
    J. Philbin and others, *Object retrieval with large vocabularies and fast spatial matching*, CVPR 2007 (trapezoid).
    C. Manning, P. Raghavan, H. Schütze, *Introduction to Information Retrieval*, 2008, chapter 8 (step).

    Examples
    --------
    >>> average_precision([True, False, True])
    0.8333333333333333
    >>> average_precision([True, False, True], definition="trapezoid")
    0.7916666666666666
    >>> average_precision([True, False], total=2)
    0.5
    """
    flags = np.asarray(relevant)
    if flags.ndim != 1 or flags.dtype != np.bool_:
        raise BadInput(
            f"average_precision got {flags.dtype} of shape {flags.shape}; expected booleans in ranked order, best first, and "
            "the number of relevant items beside them as total=…"
        )
    check_definition(definition)
    ranks = np.flatnonzero(flags) + 1
    count = len(ranks) if total is None else total
    if count < 1:
        raise BadInput("nothing is relevant, so average precision has no value; leave such queries out")
    if count < len(ranks):
        raise BadInput(f"total = {total} and {len(ranks)} of those ranked are relevant; expected as many or more")
    return precision_of_ranks(ranks, count, definition)


def precision_of_ranks(ranks: Int[np.ndarray, " hits"], total: int, definition: str) -> float:
    """Average precision from the ranks, from 1 and rising, at which relevant items were found."""
    number = np.arange(1, len(ranks) + 1)
    at = number / ranks
    if definition == "trapezoid":
        before = np.where(ranks > 1, (number - 1) / np.maximum(ranks - 1, 1), 1.0)
        at = (at + before) / 2
    return float(at.sum() / total)


def chance_precision(relevant: Int[np.ndarray, " q"], ranked: Int[np.ndarray, " q"], definition: str) -> float:
    """The expected average precision of random rankings, averaged over queries.

    At rank i the precision expected beside a relevant item is (1 + (i − 1) c) / i, where c = (R − 1) / (N − 1) is the share
    of relevant items among the others; and what is expected one rank before is c. Averaged over the ranks, with the
    harmonic number H = Σ 1 / i, this is (H + c (N − H)) / N and R / N.

    Parameters
    ----------
    relevant, ranked : (q,) integers
        R and N of each query.
    definition : str

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> flags = [random.permutation(np.arange(9) < 3) for _ in range(4000)]
    >>> for name in DEFINITIONS:
    ...     seen = np.mean([average_precision(line, definition=name) for line in flags])
    ...     print(name, bool(abs(seen - chance_precision(np.array([3]), np.array([9]), name)) < 0.01))
    step True
    trapezoid True
    """
    harmonic: Float[np.ndarray, " n"] = np.cumsum(1 / np.arange(1, int(ranked.max()) + 1))
    h = harmonic[ranked - 1]
    others = np.maximum(ranked - 1, 1)
    expected = (h + (relevant - 1) / others * (ranked - h)) / ranked
    if definition == "trapezoid":
        expected = (expected + relevant / ranked) / 2
    return float(expected.mean())


def check_definition(definition: str) -> None:
    """Refuse a definition of average precision that is none of the two."""
    if definition not in DEFINITIONS:
        raise BadInput(
            f"definition = {definition!r}; expected 'step' (the mean of the precisions at relevant ranks) or 'trapezoid' (the area "
            "under precision over recall)"
        )
