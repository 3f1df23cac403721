"""Metamers: images that a layer of one network cannot tell apart, judged at every layer of another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.measures._mean import mean_score
from repscope.units._appearance import Appearance
from repscope.units._intact import intact
from repscope.units._layer_output import LayerOutput
from repscope.units.pictures import Colours, invert

if TYPE_CHECKING:
    import pandas

    from repscope.data import DataSet
    from repscope.networks import Network


@final
@dataclass(frozen=True, eq=False)
class Metamers:
    """How far inverted images are from the images they were inverted from, as layers see them.

    Attributes
    ----------
    inverted, judged : tuple of str
        Layers of the first network, at which images were inverted, and of the other.
    distance : (inverted, judged, n) array
        ‖Φ(x′) - Φ(x)‖, over the median distance of different images at that layer: 0 is the same, 1 as far as unrelated images.
    own : (inverted, n) array
        The same at the layer at which it was inverted: how far the inversion came.
    psnr : (inverted, n) array
        Of the images, in decibels.
    images : (inverted, n, 3, height, width) tensor
        Brightness from 0 to 1.
    """

    inverted: tuple[str, ...]
    judged: tuple[str, ...]
    distance: Float[np.ndarray, "inverted judged n"]
    own: Float[np.ndarray, "inverted n"]
    psnr: Float[np.ndarray, "inverted n"]
    images: Float[Tensor, "inverted n c h w"]

    def score(self, inverted: str, judged: str) -> Score:
        """The mean over images, with its 95 % interval; 1 is what unrelated images give."""
        values = self.distance[self.inverted.index(inverted), self.judged.index(judged)]
        return mean_score(values, "distance of metamers", "images", 1.0)

    def frame(self) -> "pandas.DataFrame":
        """One row for each pair of layers."""
        from repscope.core.optional import optional

        rows = [
            (a, b, score.value, *score.interval)
            for a in self.inverted
            for b in self.judged
            for score in [self.score(a, b)]
        ]
        made: pandas.DataFrame = optional("pandas", "frame()", "frame").DataFrame(
            rows, columns=["inverted", "judged", "distance", "low", "high"]
        )
        return made


def metamers(
    network: "Network",
    layers: Sequence[str],
    other: "Network",
    other_layers: Sequence[str],
    data: "DataSet",
    *,
    steps: int = 300,
    strength: float = 1.0,
    seed: int = 0,
    say: Callable[[str], None] | None = None,
    **settings: Any,
) -> Metamers:
    """Invert images at layers of one network, and see how alike another finds them to what they were inverted from.

    Parameters
    ----------
    network, layers
        Where images are inverted.
    other, other_layers
        Where they are judged; the same network is allowed.
    data : DataSet
        The images; three or more, whose pairs say what unrelated images give. `balanced` gives a few of each class.
    steps, strength, seed, settings
        Of `invert`; its colours are those of the images, if no others are given.
    say : callable, optional
        Is told what is being done.

    Raises
    ------
    BadInput
        If there are fewer than three images, or a network's colours cannot be told.

    References
    ----------
    J. Feather et al., Metamers of neural networks reveal divergence from human perceptual systems, NeurIPS 2019.

    Examples
    --------
    >>> from repscope import load_data, load_network
    >>> a, b = load_network("repscope:resnet20-digits"), load_network("repscope:resnet_v1-digits")
    >>> found = metamers(a, ["neck", "pool"], b, ["input", "classifier"], load_data("digits").balanced(4), steps=10)
    >>> found.distance.shape
    (2, 2, 4)
    """
    if len(data) < 3:
        raise BadInput(f"{len(data)} images came; expected three or more, whose pairs say what unrelated images give")
    tell = say or (lambda _message: None)
    ours, given = Appearance.of(network), network.preprocess([data.image(row) for row in range(len(data))])
    if given.shape[2:] != other.input_shape[1:]:
        raise BadInput(
            f"the networks take {tuple(given.shape[2:])} and {other.input_shape[1:]} pixels; expected the same size for both"
        )
    settings = {"colours": Colours.of(network, data), **settings}
    distance = np.empty((len(layers), len(other_layers), len(data)))
    own, psnr, kept = np.empty((len(layers), len(data))), np.empty((len(layers), len(data))), []
    for i, layer in enumerate(layers):
        tell(f"inverting at {layer}")
        made = invert(network.module, layer, given, strength=strength, steps=steps, looks=ours, seed=seed, **settings)
        with intact(network.module), torch.no_grad():
            output = LayerOutput(network.module, layer)
            points, found = output(given).flatten(1), output(made.images).flatten(1)
        own[i] = ((found - points).norm(dim=1) / _median(points)).double().numpy()
        psnr[i] = made.psnr[:, 0]
        kept.append(ours.brightness(made.images))
        distance[i] = judged(other, other_layers, kept[-1], data)
    return Metamers(tuple(layers), tuple(other_layers), distance, own, psnr, torch.stack(kept))


def judged(
    network: "Network", layers: Sequence[str], bright: Float[Tensor, "n c h w"], data: "DataSet"
) -> Float[np.ndarray, "layers n"]:
    """How far pictures are from the images of a data set, one for each, as layers of a network see them; 1 is the median distance of
    different images.

    Parameters
    ----------
    network, layers
        Who judges.
    bright : (n, channels, height, width) tensor
        Pictures, brightness from 0 to 1, of the size that the network takes.
    data : DataSet
        As many images.

    Raises
    ------
    BadInput
        If sizes disagree.
    """
    looks, given = Appearance.of(network), network.preprocess([data.image(row) for row in range(len(data))])
    if bright.shape[2:] != given.shape[2:] or len(bright) != len(given):
        raise BadInput(
            f"the networks take {tuple(bright.shape[2:])} and {tuple(given.shape[2:])} pixels; expected the same size for both"
        )
    shown = looks.values(_channels(bright, len(looks.black)))
    found = np.empty((len(layers), len(data)))
    with intact(network.module), torch.no_grad():
        for number, name in enumerate(layers):
            output = LayerOutput(network.module, name)
            clean, seen = output(given).flatten(1), output(shown).flatten(1)
            found[number] = ((seen - clean).norm(dim=1) / _median(clean)).double().numpy()
    return found


def _median(points: Float[Tensor, "n d"]) -> float:
    """Of the distances of different images."""
    pairs = torch.pdist(points.double())
    return float(pairs.median()) or 1.0


def _channels(bright: Float[Tensor, "n c h w"], count: int) -> Float[Tensor, "n k h w"]:
    if bright.shape[1] == count:
        return bright
    return bright.mean(1, keepdim=True).expand(-1, count, -1, -1)
