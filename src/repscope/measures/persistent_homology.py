"""Persistent homology: whether the samples of a layer lie on a loop, at every scale at once."""

from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput
from repscope.core.optional import optional
from repscope.core.points import ChosenPoints, as_points
from repscope.measures._canonical import Basis
from repscope.measures._contract import LayerMeasure, LayerView
from repscope.measures._groups import GROUPED, plain_interval, without_groups
from repscope.measures._score import Score
from repscope.measures._some import chosen_samples, saying_how_many

MOST = 4000
"""Samples among which landmarks are chosen."""

SHUFFLES = 5
"""Clouds without structure whose mean stands for chance."""


def persistent_homology(x: Any, landmarks: int = 200) -> Score:
    """The longest persistence of a loop: death less birth in the Vietoris-Rips filtration, over the median distance.

    A loop is born when samples within some distance of each other close a circle, and dies when the circle is filled. Looked
    at are a few hundred landmarks that cover the cloud (each the sample farthest from those before it).

    Parameters
    ----------
    x : (n, d) array, tensor or Points
        A representation; of more than 4000 samples as many are drawn.
    landmarks : int
        Time and memory grow with their number to the power of three and more.

    Returns
    -------
    Score
        0 or more. `null`: the same of clouds whose principal coordinates were shuffled one by one,
        which keeps every spread and undoes what binds them. `details`: `n`, `landmarks`, `loops` (that last longer than
        a tenth of the median distance), `total` persistence of all loops, and that of connected `parts`, both over the median
        distance.

    Raises
    ------
    BadInput
        If there are fewer samples than ten, fewer landmarks than four, the representation is constant, or features are
        not finite.
    MissingPackage
        If ripser is not installed.

    Notes
    -----
    *Interval.* From leaving out each of ten groups of samples, landmarks being chosen anew.

    *Blind spots.* Landmarks favour the rim of the cloud and far-out samples; noise has loops as well: read the value beside
    its null. One loop counts, however many there are.

    References
    ----------
    H. Edelsbrunner, D. Letscher, A. Zomorodian, Discrete Comput. Geom. 28 (2002). V. de Silva, G. Carlsson, SPBG 2004,
    for landmarks. G. Naitzat, A. Zhitnikov, L.-H. Lim, JMLR 21 (2020), for layers of networks.

    Examples
    --------
    >>> import numpy as np
    >>> angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 300)
    >>> circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    >>> score = persistent_homology(circle, landmarks=60)  # doctest: +SKIP
    >>> score.details["loops"], score.value > 2 * score.null  # doctest: +SKIP
    (1.0, True)
    """
    ripser = optional("ripser", "persistent_homology()", "topology")
    points = as_points(x)
    if points.n < 10 or landmarks < 4:
        raise BadInput(
            f"persistent_homology got {points.n} samples and {landmarks} landmarks; expected 10 and 4, or more"
        )
    some = ChosenPoints(points, chosen_samples(points.n, MOST)) if points.n > MOST else points
    basis = Basis.of(some)
    rows = (basis.u * basis.s).numpy()
    distances = _distances(rows, landmarks)
    loops, parts = _diagrams(ripser, distances)
    shuffled = np.random.default_rng(0)
    chance = [
        _longest(ripser, np.column_stack([shuffled.permutation(column) for column in rows.T]), landmarks)
        for _ in range(SHUFFLES)
    ]

    def estimate(out: Int[np.ndarray, " g"]) -> float:
        return _longest(ripser, np.delete(rows, out, axis=0), landmarks)

    value = float(loops.max(initial=0.0))
    low, high = plain_interval(value, without_groups(len(rows), estimate))
    score = Score(
        measure="persistent_homology",
        value=value,
        interval=(max(0.0, low), high),
        interval_method=GROUPED,
        null=float(np.mean(chance)),
        details={
            "n": len(rows),
            "landmarks": len(distances),
            "loops": float(np.count_nonzero(loops > 0.1)),
            "total": float(loops.sum()),
            "parts": float(parts.sum()),
        },
    )
    return saying_how_many(score, points.n, MOST)


def _longest(ripser: Any, rows: Float[np.ndarray, "n r"], landmarks: int) -> float:
    return float(_diagrams(ripser, _distances(rows, landmarks))[0].max(initial=0.0))


def _diagrams(
    ripser: Any, distances: Float[np.ndarray, "l l"]
) -> tuple[Float[np.ndarray, " a"], Float[np.ndarray, " b"]]:
    """How long loops, and parts, last."""
    parts, loops = ripser.ripser(distances, maxdim=1, distance_matrix=True)["dgms"]
    finite = parts[np.isfinite(parts[:, 1])]
    return (loops[:, 1] - loops[:, 0]).astype(np.float64), (finite[:, 1] - finite[:, 0]).astype(np.float64)


def _distances(rows: Float[np.ndarray, "n r"], landmarks: int) -> Float[np.ndarray, "l l"]:
    """Distances of landmarks, each the farthest from those before it, over their median."""
    chosen = [int(np.argmax((rows**2).sum(axis=1)))]
    nearest = np.full(len(rows), np.inf)
    for _ in range(min(landmarks, len(rows)) - 1):
        nearest = np.minimum(nearest, ((rows - rows[chosen[-1]]) ** 2).sum(axis=1))
        chosen.append(int(np.argmax(nearest)))
    picked = rows[chosen]
    distances: Float[np.ndarray, "l l"] = np.sqrt([((picked - row) ** 2).sum(axis=1) for row in picked])
    middle = float(np.median(distances[np.triu_indices(len(distances), 1)]))
    if middle == 0:
        raise BadInput(
            "more than half of the landmarks are copies of each other; leave out copies, or take fewer landmarks"
        )
    return distances / middle


@final
class PersistentHomology(LayerMeasure):
    """The longest persistence of a loop in every layer."""

    name: ClassVar[str] = "persistent_homology"
    title: ClassVar[str] = "Persistent homology"
    symbol: ClassVar[str] = "H₁"
    summary: ClassVar[str] = (
        "How long the most persistent loop of samples lasts, over the scales: 0 without any; compare with chance."
    )
    needs: ClassVar[frozenset[str]] = frozenset({"activations"})
    bounds: ClassVar[tuple[float, float]] = (0.0, float("inf"))
    default: ClassVar[bool] = False
    invariant_to: ClassVar[frozenset[str]] = frozenset({"translation", "rotation", "scale", "permutation"})
    reference: ClassVar[str] = "Edelsbrunner et al., Discrete Comput. Geom. 28 (2002)"

    def score(self, layer: LayerView) -> Score:
        """The longest persistence of the layer's loops."""
        return persistent_homology(layer.points)


measure = PersistentHomology()
