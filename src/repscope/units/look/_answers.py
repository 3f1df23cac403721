"""What look() answers: layers, their units, and what each picture is to be read beside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float, UInt8

from repscope.measures import Score
from repscope.units._grid import mosaic, picture_grid

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@final
@dataclass(frozen=True, eq=False)
class Optimised:
    """The picture to which a target responds most, and what it is to be read beside.

    Attributes
    ----------
    image : (h, w, 3) bytes
        Of several restarts the one with the highest activation.
    reached : float
        Its activation, the mean over positions.
    percentile : float
        The share of natural images, in percent, that give less.
    spread : float
        Standard deviation of the activations that restarts reached; NaN of one.
    twin : (h, w, 3) bytes
        The same ascent in a network of random weights.
    """

    image: UInt8[np.ndarray, "h w 3"]
    reached: float
    percentile: float
    spread: float
    twin: UInt8[np.ndarray, "h w 3"]


@final
@dataclass(frozen=True, eq=False)
class LookedAt:
    """What one target is like.

    Attributes
    ----------
    name : str
    dead : bool
        It gives the same for every image: nothing of it is to be seen.
    patches : (count, side, side, 3) bytes
        Where it responds most.
    values : (count,) array
        How much.
    ids : tuple of str
        Of the images.
    optimised : Optimised or None
    attributions : mapping of str to (h, w, 3) bytes
        By method: where in the first patch's image the activation comes from; with "image", that image.
    """

    name: str
    dead: bool
    patches: UInt8[np.ndarray, "count side side 3"]
    values: Float[np.ndarray, " count"]
    ids: tuple[str, ...]
    optimised: Optimised | None
    attributions: Mapping[str, UInt8[np.ndarray, "h w 3"]]


@final
@dataclass(frozen=True, eq=False)
class LayerLook:
    """The targets of one layer.

    Attributes
    ----------
    layer : str
    units : tuple of LookedAt
    checks : mapping of str to tuple of Score
        By attribution: the likeness of its maps to those of networks with ever more layers randomised; the null is that of
        maps of unrelated images.
    refused : mapping of str to str
        Methods that do not apply, and why.
    """

    layer: str
    units: tuple[LookedAt, ...]
    checks: Mapping[str, tuple[Score, ...]]
    refused: Mapping[str, str]

    def plot(self, most: int = 8) -> "Figure":
        """A matplotlib figure: a row for each unit that is not dead, its patches, pictures and attributions side by side."""
        shown = [unit for unit in self.units if not unit.dead][:most]
        maps = list(dict.fromkeys(name for unit in shown for name in unit.attributions))
        heads = ["patches", "optimised", "random\nweights", *(name.replace("_", "\n") for name in maps)]
        rows = [
            [
                mosaic(unit.patches),
                None if unit.optimised is None else unit.optimised.image,
                None if unit.optimised is None else unit.optimised.twin,
                *(unit.attributions.get(name) for name in maps),
            ]
            for unit in shown
        ]
        return picture_grid(rows, heads, [unit.name for unit in shown], self.layer)


@final
@dataclass(frozen=True, eq=False)
class Look:
    """Layers of a network, looked at.

    Attributes
    ----------
    network, data : str
        Their names.
    layers : tuple of LayerLook
    images : int
        Natural images that were passed through.
    """

    network: str
    data: str
    layers: tuple[LayerLook, ...]
    images: int
