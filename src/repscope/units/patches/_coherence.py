"""How much a unit's patches have in common, beside what directions drawn at random have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.measures._mean import mean_score
from repscope.units.patches._top import LayerPatches

if TYPE_CHECKING:
    import pandas


@final
@dataclass(frozen=True, eq=False)
class Coherence:
    """Of units, and of sets of directions to compare them with: how alike the images of their patches are.

    Attributes
    ----------
    values : mapping of str to (m,) array
        By set: of each unit or direction, the share of pairs of its images that are of one class (or that are neighbours).
    chance : float
        What images drawn at random give.
    """

    values: Mapping[str, Float[np.ndarray, " m"]]
    chance: float

    def score(self, name: str) -> Score:
        """The mean of a set, with its 95 % interval over units."""
        return mean_score(self.values[name], "coherence", "units", self.chance)

    def more_than(self, name: str, other: str) -> tuple[Score, float]:
        """By how much the mean of one set is above another's (Welch's interval), and the p that it is not different."""
        from scipy.stats import t

        ours, theirs = self.values[name], self.values[other]
        if min(len(ours), len(theirs)) < 2:
            raise BadInput(
                f"{name} and {other} are {len(ours)} and {len(theirs)}; expected two or more of each, to compare them"
            )
        parts = [float(values.var(ddof=1)) / len(values) for values in (ours, theirs)]
        gap, error = float(ours.mean() - theirs.mean()), sum(parts) ** 0.5
        if error == 0:
            return Score("coherence", gap, (gap, gap), "Welch's t", 0.0), float(gap == 0)
        freedom = sum(parts) ** 2 / sum(
            part**2 / (len(values) - 1) for part, values in zip(parts, (ours, theirs), strict=True)
        )
        half = float(t.ppf(0.975, freedom)) * error
        return Score("coherence", gap, (gap - half, gap + half), "Welch's t", 0.0), float(
            2 * t.sf(abs(gap) / error, freedom)
        )

    def frame(self) -> "pandas.DataFrame":
        """One row for each unit or direction."""
        from repscope.core.optional import optional

        rows = [(name, i, value, self.chance) for name, values in self.values.items() for i, value in enumerate(values)]
        made: pandas.DataFrame = optional("pandas", "frame()", "frame").DataFrame(
            rows, columns=["set", "number", "coherence", "chance"]
        )
        return made


def coherence(patches: Mapping[str, LayerPatches], labels: Int[np.ndarray, " n"]) -> Coherence:
    """The share of pairs among the top images of a unit that are of one class, as NNCS counts neighbours; dead units are left out.

    Parameters
    ----------
    patches : mapping of str to LayerPatches
        By set, such as the units of a layer and random directions in it.
    labels : (n,) integers
        Of the data set's images.

    Raises
    ------
    BadInput
        If there are fewer than two patches of each, or nothing is alive.

    References
    ----------
    C. Szegedy et al., Intriguing properties of neural networks, 2014, section 3, which looks at the pictures.

    Examples
    --------
    >>> rows = np.array([[0, 2, 4], [0, 1, 2]])
    >>> one = LayerPatches("a", np.ones((2, 3)), rows, np.zeros((2, 3, 0), int), np.zeros((2, 3, 4), int), np.array([], int))
    >>> coherence({"units": one}, np.array([0, 1, 0, 1, 0, 1])).values["units"].round(2).tolist()
    [1.0, 0.33]
    """
    values = {}
    for name, found in patches.items():
        if found.rows.shape[1] < 2:
            raise BadInput(
                f"{name} have {found.rows.shape[1]} patch each; expected two or more, to say what they have in common"
            )
        alive = np.setdiff1d(np.arange(len(found.rows)), found.dead)
        if not len(alive):
            raise BadInput(f"all of {name} are dead; there is nothing to compare")
        of = labels[found.rows[alive]]
        same = (of[:, :, None] == of[:, None]).sum((1, 2)) - of.shape[1]
        values[name] = same / (of.shape[1] * (of.shape[1] - 1))
    counts = np.bincount(labels).astype(np.float64)
    n = counts.sum()
    return Coherence(values, float((counts * (counts - 1)).sum() / (n * (n - 1))))
