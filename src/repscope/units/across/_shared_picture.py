"""One picture for two networks: that to which a direction of both responds, or of one and not the other."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import interpolate

from repscope.core.errors import BadInput
from repscope.units._appearance import Appearance
from repscope.units._layer_output import LayerOutput, by_unit
from repscope.units._means import layer_means
from repscope.units._target import FunctionTarget
from repscope.units.pictures import Canvas, Colours, maximize

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network


@final
@dataclass(frozen=True, eq=False)
class SharedPicture:
    """A picture, and how strongly each network responds to it.

    Attributes
    ----------
    bright : (restarts, 3, height, width) tensor
        From 0, black, to 1, white.
    first, second : (restarts,) array
        Activations in standard deviations over natural images, above their mean.
    """

    bright: Float[Tensor, "restarts c h w"]
    first: Float[np.ndarray, " restarts"]
    second: Float[np.ndarray, " restarts"]


def shared_picture(
    network: "Network",
    layer: str,
    direction: Float[np.ndarray, " units"],
    other: "Network",
    other_layer: str,
    other_direction: Float[np.ndarray, " others"],
    data: "DataSet",
    *,
    against: bool = False,
    steps: int = 256,
    restarts: int = 1,
    canvas: Canvas | None = None,
    seed: int = 0,
) -> SharedPicture:
    """Argmax z_A(x) + z_B(x), or z_A(x) - z_B(x), z being activations in deviations over natural images.

    Parameters
    ----------
    network, layer, direction
        A: of the layer's units, means over positions.
    other, other_layer, other_direction
        B; such as what `carried` gives.
    data : DataSet
        Natural images.
    against : bool
        For A and not for B.
    steps, restarts, canvas, seed
        As for `maximize`. The picture has the size that the first network takes; the other gets it scaled.

    Raises
    ------
    BadInput
        If a direction is not of its layer, or a network's colours cannot be told.

    Examples
    --------
    >>> from repscope import load_data, load_network
    >>> a, b = load_network("repscope:resnet_v1-digits"), load_network("repscope:resnet_v2-digits")
    >>> three = np.eye(10)[3]
    >>> made = shared_picture(a, "classifier", three, b, "classifier", three, load_data("digits").balanced(50), steps=20)
    >>> bool(made.first[0] > 0), bool(made.second[0] > 0)
    (True, True)
    """
    sides = [_Side(network, layer, direction, data), _Side(other, other_layer, other_direction, data)]
    sign = -1.0 if against else 1.0

    def score(bright: Tensor) -> Tensor:
        return sides[0](bright) + sign * sides[1](bright)

    both = nn.ModuleList([network.module, other.module])
    found = maximize(
        both, FunctionTarget(score), steps, (3, *network.input_shape[1:]), canvas=canvas, colours=_colours(network, data), restarts=restarts,
        seed=seed,
    )  # fmt: skip
    with torch.no_grad():
        first, second = (side(found.images).double().cpu().numpy() for side in sides)
    return SharedPicture(found.images.cpu(), first, second)


@final
class _Side:
    """What one network makes of a picture, in deviations over natural images."""

    def __init__(self, network: "Network", layer: str, direction: Float[np.ndarray, " units"], data: "DataSet") -> None:
        means = layer_means(network, data, layer)
        if direction.shape != means.shape[1:]:
            raise BadInput(
                f"a direction of shape {direction.shape} came for {layer!r}; expected {means.shape[1:]}, a weight for each unit"
            )
        natural = means @ direction
        self.mean, self.deviation = float(natural.mean()), float(natural.std()) or 1.0
        self.looks = Appearance.of(network)
        self.size = network.input_shape[1:]
        self.output = LayerOutput(network.module, layer)
        self.weights = torch.as_tensor(direction)

    def __call__(self, bright: Float[Tensor, "n c h w"]) -> Float[Tensor, " n"]:
        """Z of every picture."""
        sized = (
            bright
            if tuple(bright.shape[2:]) == self.size
            else interpolate(bright, self.size, mode="bilinear", antialias=True)
        )
        if len(self.looks.black) == 1:  # a network of grey images
            sized = sized.mean(1, keepdim=True)
        images = self.looks.values(sized)
        units = by_unit(self.output(images), images.shape[1:])
        means = units.flatten(2).mean(2) if units.ndim > 2 else units
        found: Tensor = (means @ self.weights.to(means) - self.mean) / self.deviation
        return found


def _colours(network: "Network", data: "DataSet") -> Colours:
    found = Colours.of(network, data)
    return (
        found
        if len(found.mean) == 3
        else Colours(np.repeat(found.mean, 3), np.full((3, 3), float(found.root[0, 0]) / 3**0.5))
    )
