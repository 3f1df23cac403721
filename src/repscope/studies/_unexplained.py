"""What a linear map from one network does not see of another: directions, and the images that lie furthest along them.

atlas ──► least squares and its residual's principal directions, for every pair ──► probes
other images ──► residual along each probe ──► the images at both ends
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8

from repscope.activations._thumbnails import thumbnail_side, thumbnails
from repscope.core.errors import BadInput
from repscope.core.sprites import sprite_sheet
from repscope.maps import Explained, GramAtlas, explained

if TYPE_CHECKING:
    from repscope.data import DataSet

DIRECTIONS = 2
"""Directions of each pair that are shown."""
IMAGES = 5
"""Images at each end of a direction."""
POINTS = 24
"""Canonical correlations that are kept of each pair, at most, evenly spaced."""
SHEET_BYTES = 600_000


@final
@dataclass(frozen=True, eq=False)
class Probe:
    """How far images lie along what is not explained: uᵀ(y − M x − m), for each direction u.

    Attributes
    ----------
    x : (d, k) float64
    y : (e, k) float64
    offset : (k,) float64
    """

    x: Float[np.ndarray, "d k"]
    y: Float[np.ndarray, "e k"]
    offset: Float[np.ndarray, " k"]

    @staticmethod
    def of(found: Explained) -> "Probe":
        """The probe of the directions with the most unexplained variance."""
        u = found.directions[:, :DIRECTIONS]
        return Probe(found.weight.T @ u, u, found.bias @ u)

    def __call__(self, x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "n e"]) -> Float[np.ndarray, "n k"]:
        """Of images as both networks see them."""
        along: Float[np.ndarray, "n k"] = y @ self.y - x @ self.x - self.offset
        return along


@final
class Unexplained:
    """What each of several networks has that a linear map from another does not give.

    Parameters
    ----------
    atlas : GramAtlas
        Of the images that maps are fitted on.
    names : sequence of str
        Of the networks.
    """

    def __init__(self, atlas: GramAtlas, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.why_not = ""
        self._pairs: dict[str, dict[str, Any]] = {}
        self._probes: dict[tuple[str, str], Probe] = {}
        self._along: dict[tuple[str, str], list[Float[np.ndarray, "b k"]]] = {}
        for a in names:
            for b in names:
                if a != b:
                    self._ask(atlas, a, b)
            atlas.forget(a)

    def _ask(self, atlas: GramAtlas, a: str, b: str) -> None:
        try:
            found = explained(atlas.moments(a, b))
        except BadInput as error:
            self.why_not = str(error)
            return
        self._probes[a, b] = Probe.of(found)
        self._along[a, b] = []
        at = np.unique(np.linspace(0, len(found.correlations) - 1, POINTS).round().astype(int))
        self._pairs[f"{a}\t{b}"] = {
            "numbers": (at + 1).tolist(),
            "correlations": found.correlations[at].round(4).tolist(),
            "by_chance": round(found.by_chance, 4),
            "share": round(1 - found.share, 4),
            "directions": found.unexplained[:DIRECTIONS].round(4).tolist(),
        }

    def see(self, embeddings: Mapping[str, Float[np.ndarray, "b _"]]) -> None:
        """More of the images that are shown, in their order."""
        for (a, b), probe in self._probes.items():
            self._along[a, b].append(probe(embeddings[a], embeddings[b]))

    def drawn(self, data: "DataSet") -> dict[str, Any]:
        """What the page shows of it, as JSON holds it: numbers, and the images at both ends of every direction."""
        ends = {pair: _ends(np.concatenate(blocks)) for pair, blocks in self._along.items()}
        rows = np.unique(np.concatenate(list(ends.values()))) if ends else np.zeros(0, np.int64)
        for (a, b), found in ends.items():
            self._pairs[f"{a}\t{b}"]["images"] = np.searchsorted(rows, found).tolist()
        return {
            "networks": list(self.names),
            "pairs": self._pairs,
            "why_not": self.why_not,
            "sheet": asdict(sprite_sheet(_pictures(data, rows), SHEET_BYTES)) if len(rows) else None,
            "captions": [_caption(data, row) for row in rows.tolist()],
        }


def _ends(along: Float[np.ndarray, "n k"]) -> Int[np.ndarray, "k 2 m"]:
    """Rows at the low and at the high end of each direction, the furthest first: (k, 2, m)."""
    order = np.argsort(along, axis=0, kind="stable")
    count = min(IMAGES, len(along) // 2)
    return np.stack([order[:count].T, order[::-1][:count].T], axis=1).astype(np.int64)


def _pictures(data: "DataSet", rows: Int[np.ndarray, " n"]) -> UInt8[np.ndarray, "n h h 3"]:
    side = thumbnail_side(data.image(int(rows[0])))
    small = [thumbnails([data.image(row)], side) for row in rows.tolist()]
    pictures: UInt8[np.ndarray, "n h h 3"] = torch.cat(small).permute(0, 2, 3, 1).numpy()
    return pictures


def _caption(data: "DataSet", row: int) -> str:
    label = "" if data.labels is None else f"{data.class_names[int(data.labels[row])]}, "
    return f"{label}{data.ids[row]}"
