"""Representational similarity analysis (RSA): whether the same pairs of samples are unlike in two layers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput, nearest
from repscope.core.points import Points
from repscope.core.scaling import in_range
from repscope.measures._groups import GROUPED, plain_interval, without_groups
from repscope.measures._kernels import centred
from repscope.measures._paired import paired
from repscope.measures._prepared import PreparedMeasure
from repscope.measures._score import Score

if TYPE_CHECKING:
    import torch

DISSIMILARITIES = ("correlation", "euclidean", "squared_euclidean", "cosine")
CORRELATIONS = ("spearman", "kendall", "pearson", "cosine")

MOST = 1000
"""Samples that `compare` looks at."""


def rsa(x: Any, y: Any, dissimilarity: str = "correlation", correlation: str = "spearman") -> Score:
    """Correlation of the dissimilarities of all pairs of samples in one representation with those in the other.

    Parameters
    ----------
    x, y : (n, d) and (n, e) arrays, tensors or Points
        The same n samples in the same order; the n (n − 1) / 2 pairs of each are held in memory.
    dissimilarity : {"correlation", "euclidean", "squared_euclidean", "cosine"}
        Between two samples: 1 less the correlation over features, the distance, its square, 1 less the cosine.
    correlation : {"spearman", "kendall", "pearson", "cosine"}
        Of the two lists of dissimilarities; ``kendall`` is τ-a, which the method's authors advise where dissimilarities
        are tied.

    Returns
    -------
    Score
        −1 to 1. `null`: 0, the mean over all orders of the samples (None for ``cosine``, which is far above 0 by
        chance). `details`: `n`, `pairs`.

    Raises
    ------
    Mismatch
        If the numbers of samples differ.
    BadInput
        If the dissimilarity or the correlation is unknown, all pairs are equally far, or a sample has no correlation
        with others because all its features are equal.

    Notes
    -----
    *Interval.* From leaving out each of ten groups of samples: pairs are not independent, samples are.

    *Blind spots.* All pairs count alike, the far ones too; with the correlation over features (the usual choice) a
    shift of all features of one sample, or its size, does not count.

    References
    ----------
    N. Kriegeskorte, M. Mur, P. Bandettini, Front. Syst. Neurosci. 2 (2008). H. Nili et al., PLoS Comput. Biol. 10
    (2014), on τ-a.

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import rsa
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 100, 8))
    >>> rsa(x, 2 * x + 1).value
    1.0
    >>> score = rsa(x, noise, dissimilarity="euclidean")
    >>> score.interval[0] < 0 < score.interval[1]
    True
    """
    for given, known in ((dissimilarity, DISSIMILARITIES), (correlation, CORRELATIONS)):
        if given not in known:
            raise BadInput(f"RSA has no {given!r}; {nearest(given, known)}")
    first, second = paired(x, y, "rsa")
    return _compared(
        _dissimilarities(first, dissimilarity, "the first"),
        _dissimilarities(second, dissimilarity, "the second"),
        correlation,
    )


@final
@dataclass(frozen=True, eq=False)
class Dissimilarities:
    """How far all pairs of n samples are from each other, (n, n); the diagonal means nothing."""

    matrix: Float[np.ndarray, "n n"]

    def without(self, out: Int[np.ndarray, " g"]) -> Float[np.ndarray, " pairs"]:
        """Those of the pairs of which neither is left out, as a list."""
        left = np.delete(np.arange(len(self.matrix)), out)
        pairs: Float[np.ndarray, " pairs"] = self.matrix[np.ix_(left, left)][np.triu_indices(len(left), 1)]
        return pairs


def _dissimilarities(points: Points, kind: str, which: str) -> Dissimilarities:
    import torch

    euclidean = "euclidean" in kind
    whole = centred(points, torch.float64) if euclidean else in_range(points)[0].rows(slice(0, points.n)).cpu().double()
    before = whole.norm(dim=1)
    if kind == "correlation":
        whole = whole - whole.mean(dim=1, keepdim=True)
    if euclidean:
        matrix = torch.cdist(whole, whole, compute_mode="donot_use_mm_for_euclid_dist")
        if kind == "squared_euclidean":
            matrix = matrix.square()
    else:
        matrix = 1 - _unit(whole, kind, which) @ _unit(whole, kind, which).T
    array = matrix.numpy()
    # of cosines relative to 1, more where a mean was taken off that is larger than what is left; of distances to the farthest point
    size = float(before.max() if euclidean else (before / whole.norm(dim=1)).max())
    rounding = 2 * (points.d + 8) * 2.0**-53 * size
    if not np.isfinite(array).all():
        raise BadInput(f"{which} representation has NaN or infinite features; look at these samples, or leave them out")
    pairs = array[np.triu_indices(len(array), 1)]
    widest = float(np.abs(pairs).max())
    if np.ptp(pairs) <= 1e-12 * (widest if euclidean else max(1.0, widest)):  # cosines are known to a part of 1
        raise BadInput(f"{which} representation has all samples equally far from each other; there is nothing to rank")
    return Dissimilarities(_without_rounding(array, rounding))


def _without_rounding(matrix: Float[np.ndarray, "n n"], rounding: float) -> Float[np.ndarray, "n n"]:
    """The same, values that are no further apart than rounding made equal: ranks of copies would be those of their errors.

    >>> _without_rounding(np.array([[0.0, 1.0], [1.0 + 1e-16, 2.0]]), 1e-15).tolist()
    [[0.0, 1.0], [1.0, 2.0]]
    """
    flat = matrix.ravel()
    order = np.argsort(flat, kind="stable")
    first = np.concatenate([[True], np.diff(flat[order]) > rounding])
    equal: Float[np.ndarray, " m"] = np.empty_like(flat)
    equal[order] = flat[order][first][np.cumsum(first) - 1]
    return equal.reshape(matrix.shape)


def _unit(rows: "Float[torch.Tensor, 'n d']", kind: str, which: str) -> "Float[torch.Tensor, 'n d']":
    norms = rows.norm(dim=1, keepdim=True)
    flat = np.flatnonzero((norms == 0).flatten().numpy())
    if len(flat):
        what = "equal features" if kind == "correlation" else "features of zero"
        raise BadInput(
            f"{which} representation has {len(flat)} samples with {what}, the first: {flat[:5].tolist()}; their {kind} "
            "with others is not defined: use dissimilarity='euclidean', or leave them out"
        )
    unit: torch.Tensor = rows / norms
    return unit


def _compared(first: Dissimilarities, second: Dissimilarities, kind: str) -> Score:
    n = len(first.matrix)

    def estimate(out: Int[np.ndarray, " g"]) -> float:
        return _correlation(first.without(out), second.without(out), kind)

    value = estimate(np.empty(0, np.int64))
    low, high = plain_interval(value, without_groups(n, estimate))
    same = 1 - abs(value) < 1e-9
    return Score(
        measure="rsa",
        value=value,
        interval=(value, value) if same else (max(-1.0, low), min(1.0, high)),
        interval_method=GROUPED,
        null=None if kind == "cosine" else 0.0,
        details={"n": n, "pairs": n * (n - 1) // 2},
    )


def _correlation(a: Float[np.ndarray, " pairs"], b: Float[np.ndarray, " pairs"], kind: str) -> float:
    from scipy.stats import rankdata

    if kind == "kendall":
        return _tau_a(a, b)
    if kind == "spearman":
        a, b = rankdata(a), rankdata(b)
    if kind != "cosine":
        a, b = a - a.mean(), b - b.mean()
    return float(np.clip(a @ b / np.sqrt((a @ a) * (b @ b)), -1.0, 1.0))


def _tau_a(a: Float[np.ndarray, " pairs"], b: Float[np.ndarray, " pairs"]) -> float:
    """(concordant − discordant) / all, from τ-b, which divides by those not tied."""
    from scipy.stats import kendalltau

    def untied(values: Float[np.ndarray, " pairs"]) -> float:
        counts = np.unique(values, return_counts=True)[1].astype(np.float64)
        return total - float((counts * (counts - 1) / 2).sum())

    total = len(a) * (len(a) - 1) / 2
    return float(kendalltau(a, b).statistic * np.sqrt(untied(a) * untied(b)) / total)


@final
class RSA(PreparedMeasure[Dissimilarities]):
    """RSA of every pair of layers: rank correlation of 1 less the correlation over features."""

    name: ClassVar[str] = "rsa"
    title: ClassVar[str] = "Representational similarity analysis"
    symbol: ClassVar[str] = "RSA"
    summary: ClassVar[str] = (
        "Whether the pairs of samples that are unlike in one layer are unlike in the other: 1 where they are ranked "
        "the same, 0 where the rankings have nothing in common."
    )
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    invariant_to: ClassVar[frozenset[str]] = frozenset({"scale", "permutation"})
    reference: ClassVar[str] = "Kriegeskorte et al., Front. Syst. Neurosci. 2 (2008)"
    symmetric: ClassVar[bool] = True
    higher_means_closer: ClassVar[bool] = True
    most: ClassVar[int | None] = MOST

    def prepare(self, points: Points, which: str) -> Dissimilarities:
        """The dissimilarities of all pairs of samples."""
        return _dissimilarities(points, "correlation", which)

    def answer(self, first: Dissimilarities, second: Dissimilarities) -> Score:
        """The score of two layers."""
        return _compared(first, second, "spearman")


measure = RSA()
