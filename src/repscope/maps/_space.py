"""An embedding space: whose embeddings they are, how many dimensions they have, and what they look like."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput, Mismatch


@final
@dataclass(frozen=True)
class Space:
    """Where embeddings live.

    Parameters
    ----------
    name : str
        For people: a network's address and its layer, or the name of a store.
    dimension : int
        Numbers in an embedding.
    digest : str
        What identifies the network that made them, weights and preprocessing included; empty where nobody knows.

    Raises
    ------
    BadInput
        If the dimension is not a positive whole number.

    Examples
    --------
    >>> Space("old model", 384).agrees_with(Space("old model", 384, "f00d"))
    True
    >>> Space("a", 384, "f00d").agrees_with(Space("b", 384, "beef"))
    False
    """

    name: str
    dimension: int
    digest: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.dimension, int) or self.dimension < 1:
            raise BadInput(
                f"the space {self.name!r} has {self.dimension!r} dimensions; expected a whole number above 0"
            )

    def __str__(self) -> str:
        return f"{self.name!r} ({self.dimension} dimensions)"

    def agrees_with(self, other: "Space") -> bool:
        """Whether they can be the same: digests decide where both are known, else names and dimensions."""
        if self.digest and other.digest:
            return self.digest == other.digest and self.dimension == other.dimension
        return self.name == other.name and self.dimension == other.dimension

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"name": self.name, "dimension": self.dimension, "digest": self.digest}

    @staticmethod
    def from_dict(fields: Mapping[str, Any]) -> "Space":
        """What `as_dict` wrote."""
        return Space(str(fields["name"]), int(fields["dimension"]), str(fields.get("digest", "")))


@final
@dataclass(frozen=True, eq=False)
class Profile:
    """Mean and standard deviation of every dimension: by these a space is known again where nothing bears its name.

    Attributes
    ----------
    mean, deviation : (d,) float64
    """

    mean: Float[np.ndarray, " d"]
    deviation: Float[np.ndarray, " d"]

    @staticmethod
    def of(vectors: Float[np.ndarray, "n d"]) -> "Profile":
        """That of some embeddings.

        >>> Profile.of(np.array([[1.0, 5.0], [3.0, 5.0]])).deviation.tolist()
        [1.0, 0.0]
        """
        wide = vectors.astype(np.float64)
        return Profile(wide.mean(axis=0), wide.std(axis=0))

    def surprise(self, vectors: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """How unlikely each embedding is here, in nats per number: minus the log density of independent normals.

        >>> here, there = Profile(np.zeros(2), np.ones(2)), Profile(np.full(2, 9.0), np.ones(2))
        >>> here.surprise(np.zeros((1, 2))).item() < there.surprise(np.zeros((1, 2))).item()
        True
        """
        deviation = self._floored()
        z = (vectors.astype(np.float64) - self.mean) / deviation
        # a few far numbers must not outvote the rest: beyond four deviations the cost grows like that of a wide tail
        cost = np.where(np.abs(z) < 4, z**2 / 2, 4 * np.abs(z) - 8)
        surprise: Float[np.ndarray, " n"] = cost.mean(axis=1) + np.mean(np.log(deviation))
        return surprise

    @property
    def usual(self) -> float:
        """The surprise of embeddings that are here at home: the entropy of those normals, less its constant."""
        return 0.5 + float(np.mean(np.log(self._floored())))

    def _floored(self) -> Float[np.ndarray, " d"]:
        # a dimension that hardly moved may move a little: a unit that was dead on the pairs is not proof
        floored: Float[np.ndarray, " d"] = np.maximum(
            self.deviation, 0.1 * float(np.sqrt(np.mean(self.deviation**2))) or 1.0
        )
        return floored


MARGIN = 0.03
"""Nats per number by which embeddings must look more like the target than like the source to be refused, beyond three
standard errors."""

ENOUGH = 8
"""Embeddings from which on their looks are judged: one alone may be of either side."""


def require_direction(
    vectors: Float[np.ndarray, "n d"], source: Space, target: Space, profiles: tuple[Profile, Profile]
) -> None:
    """Refuse embeddings that look like those of the target, where source and target have as many dimensions.

    Raises
    ------
    Mismatch
        If they do, by a margin.
    """
    if source.dimension != target.dimension or len(vectors) < ENOUGH:
        return
    here, there = (profile.surprise(vectors) for profile in profiles)
    more = here - there
    at_home = there.mean() < profiles[1].usual + 0.5  # or they are of neither
    if at_home and more.mean() - 3 * more.std(ddof=1) / np.sqrt(len(more)) > MARGIN:
        raise Mismatch(
            f"these embeddings look like those of the target {target}, not like those of the source {source} "
            f"({here.mean():.2f} against {there.mean():.2f} nats per number): the map would be applied backwards; give embeddings of "
            "the source, or fit a map in the other direction"
        )
