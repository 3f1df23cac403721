"""The map: y = M x + m from one embedding space to another, in a file that knows which way round it goes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final, overload

import numpy as np
from jaxtyping import Float

from repscope.core.digests import digest_arrays
from repscope.core.errors import BadInput, Damaged, Mismatch, NotFound
from repscope.maps._embeddings import Embeddings, checked
from repscope.maps._space import Profile, Space, require_direction

FORMAT = "repscope.linear-map.1"


@final
@dataclass(frozen=True, eq=False)
class LinearMap:
    """A linear map between embedding spaces: y = M x + m.

    Parameters
    ----------
    weight : (target, source) float64
        M.
    bias : (target,) float64
        m.
    source, target : Space
        From where to where.
    facts : mapping
        What is known of it, as JSON holds it: its kind, the pairs it was fitted on, its rank and so on.
    profiles : (Profile, Profile), optional
        Of the source and the target on the pairs that it was fitted on.

    Raises
    ------
    BadInput
        If shapes disagree or numbers are not finite.

    Examples
    --------
    >>> turn = LinearMap(np.array([[0.0, -1.0], [1.0, 0.0]]), np.zeros(2), Space("old", 2), Space("new", 2))
    >>> turn.apply(np.array([[1.0, 0.0]])).tolist()
    [[0.0, 1.0]]
    """

    weight: Float[np.ndarray, "target source"]
    bias: Float[np.ndarray, " target"]
    source: Space
    target: Space
    facts: Mapping[str, Any] = field(default_factory=dict)
    profiles: tuple[Profile, Profile] | None = None

    def __post_init__(self) -> None:
        expected = (self.target.dimension, self.source.dimension)
        if self.weight.shape != expected or self.bias.shape != expected[:1]:
            raise BadInput(
                f"a map from {self.source} to {self.target} has a weight of shape {self.weight.shape} and a bias of shape "
                f"{self.bias.shape}; expected {expected} and {expected[:1]}"
            )
        if not (np.isfinite(self.weight).all() and np.isfinite(self.bias).all()):
            raise BadInput(f"the map from {self.source} to {self.target} holds NaN or infinite numbers; fit it again")

    def __str__(self) -> str:
        return f"{self.facts.get('kind', 'a map')} from {self.source} to {self.target}"

    @property
    def exact(self) -> bool:
        """Whether it gives the source's logits exactly; only maps through the logits can say so."""
        return bool(self.facts.get("exact", False))

    @property
    def rank(self) -> int:
        """Directions that it keeps: of what it was solved with, where that is known, else of its weight."""
        return int(self.facts["rank"]) if "rank" in self.facts else int(np.linalg.matrix_rank(self.weight))

    @property
    def smallest_singular_value(self) -> float:
        """Of what was inverted to make it, where that is known, else of its weight."""
        if "smallest_singular_value" in self.facts:
            return float(self.facts["smallest_singular_value"])
        return float(np.linalg.svd(self.weight, compute_uv=False)[-1])

    @property
    def digest(self) -> str:
        """What identifies it."""
        return digest_arrays({"weight": self.weight, "bias": self.bias})

    @overload
    def apply(self, x: Embeddings, *, sure: bool = False) -> Embeddings: ...

    @overload
    def apply(self, x: Float[np.ndarray, "n source"], *, sure: bool = False) -> Float[np.ndarray, "n target"]: ...

    def apply(self, x: Any, *, sure: bool = False) -> Any:
        """The embeddings, mapped.

        Parameters
        ----------
        x : (n, source) array, or Embeddings
            Of the source space. An array bears no name; where both spaces have as many dimensions, it is compared with
            what the two sides looked like on the pairs that the map was fitted on.
        sure : bool
            Skips that comparison.

        Returns
        -------
        (n, target) array of the type of `x`, or Embeddings in the target space

        Raises
        ------
        Mismatch
            If the embeddings are of another space, or look like those of the target.
        BadInput
            If they are no finite matrix of as many columns as the source has dimensions.
        """
        if isinstance(x, Embeddings):
            self.require_source(x.space)
            mapped = self.apply(x.vectors, sure=sure)
            return Embeddings(mapped, x.ids, Space(f"{x.space.name} → {self.target.name}", self.target.dimension))
        matrix = checked(x, f"the embeddings for the map from {self.source}")
        if matrix.shape[1] != self.source.dimension:
            backwards = matrix.shape[1] == self.target.dimension
            hint = "; they have as many as the target: the map would be applied backwards" if backwards else ""
            raise Mismatch(f"embeddings with {matrix.shape[1]} dimensions came for a map from {self.source}{hint}")
        if self.profiles is not None and not sure:
            require_direction(matrix, self.source, self.target, self.profiles)
        mapped = matrix.astype(np.float64) @ self.weight.T + self.bias
        return mapped.astype(matrix.dtype)

    def require_source(self, space: Space) -> None:
        """Refuse another space than the source.

        Raises
        ------
        Mismatch
            Saying that the map would be applied backwards, if it is the target.
        """
        if self.source.agrees_with(space):
            return
        if self.target.agrees_with(space):
            raise Mismatch(
                f"the embeddings are of {space}, which is this map's target; it goes from {self.source} to {self.target}: "
                "applied to these it would go backwards; fit a map in the other direction"
            )
        raise Mismatch(f"the embeddings are of {space}; this map goes from {self.source} to {self.target}")

    def require_target(self, space: Space) -> None:
        """Refuse another space than the target.

        Raises
        ------
        Mismatch
            Saying that the map goes the other way, if it is the source.
        """
        if self.target.agrees_with(space):
            return
        way = ", which is this map's source: it goes the other way" if self.source.agrees_with(space) else ""
        raise Mismatch(
            f"the embeddings to compare with are of {space}{way}; this map goes from {self.source} to {self.target}"
        )

    def save(self, path: str | Path) -> None:
        """Write it as safetensors, with spaces, direction and a checksum in the header."""
        import torch

        from repscope.core.files import write_tensors

        tensors = {"weight": self.weight, "bias": self.bias}
        for side, profile in zip(("source", "target"), self.profiles or (), strict=False):
            tensors[f"{side}.mean"], tensors[f"{side}.deviation"] = profile.mean, profile.deviation
        header = {
            "format": FORMAT,
            "map": json.dumps(
                {"source": self.source.as_dict(), "target": self.target.as_dict(), "facts": dict(self.facts)},
                sort_keys=True,
            ),
        }
        write_tensors(Path(path), {k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in tensors.items()}, header)

    @staticmethod
    def load(path: str | Path) -> "LinearMap":
        """Read a file that `save` wrote; nothing in it is executed.

        Raises
        ------
        NotFound
            If there is no such file.
        Damaged
            If it is no map, or not as it was written.
        """
        from repscope.core.files import read_tensors

        try:
            tensors, header = read_tensors(Path(path))
        except FileNotFoundError as error:
            raise NotFound(f"there is no map file {str(path)!r}; 'repscope bridge fit' makes one") from error
        if header.get("format") != FORMAT:
            raise Damaged(f"{path} is no map ({header.get('format', 'of unknown format')}); expected {FORMAT}")
        about = json.loads(header["map"])
        arrays = {name: tensor.numpy().copy() for name, tensor in tensors.items()}
        sides = [
            Profile(arrays[f"{side}.mean"], arrays[f"{side}.deviation"])
            for side in ("source", "target")
            if f"{side}.mean" in arrays
        ]
        return LinearMap(
            arrays["weight"],
            arrays["bias"],
            Space.from_dict(about["source"]),
            Space.from_dict(about["target"]),
            about["facts"],
            (sides[0], sides[1]) if len(sides) == 2 else None,
        )
