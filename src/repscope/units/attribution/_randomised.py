"""The check by random weights: an attribution of a network is to change when the network's weights are drawn anew."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.measures._mean import mean_score
from repscope.networks._forward import forward
from repscope.networks._untrained import copy_module
from repscope.units._intact import intact
from repscope.units._target import Given
from repscope.units.attribution._gradient import checked_images

if TYPE_CHECKING:
    import pandas

MEASURE = "rank correlation of maps"


@final
@dataclass(frozen=True, eq=False)
class Randomised:
    """How alike the maps are to those of the network as it is, while its layers are randomised from the last to the first.

    Attributes
    ----------
    layers : tuple of str
        How far the randomisation had come, beginning with the last layer.
    similarity : (layers, images) array
        Spearman's rank correlation of the maps' magnitudes.
    unrelated : float
        The mean correlation of maps of different images, of the network as it is: what images have in common.
    """

    layers: tuple[str, ...]
    similarity: Float[np.ndarray, "layers images"]
    unrelated: float

    def score(self, depth: int = -1) -> Score:
        """The mean over images after so many layers, with its 95 % interval; all by default."""
        return mean_score(self.similarity[depth], MEASURE, "images", self.unrelated)

    def frame(self) -> "pandas.DataFrame":
        """One row for each layer: mean, interval, what unrelated images give."""
        from repscope.core.optional import optional

        rows = [
            (layer, score.value, *score.interval, score.null)
            for i, layer in enumerate(self.layers)
            for score in [self.score(i)]
        ]
        made: pandas.DataFrame = optional("pandas", "frame()", "frame").DataFrame(
            rows, columns=["layer", "correlation", "low", "high", "unrelated images"]
        )
        return made


def randomised(
    module: nn.Module,
    images: Tensor,
    target: Given,
    method: Callable[..., Float[np.ndarray, "n c h w"]],
    *,
    seed: int = 0,
    depths: int | None = None,
    **settings: Any,
) -> Randomised:
    """Randomise the layers of a copy of the network one after the other, from the last to the first, and attribute each time.

    Weights are drawn anew from a normal distribution with each weight's own mean and deviation. Layers are those with matrices or
    kernels; normalisations, whose factors are one number for each channel, stay.

    Parameters
    ----------
    module : nn.Module
        Stays as it is.
    images : (n, channels, height, width) tensor
    target : class, (layer, unit) or (layer, direction)
    method : callable
        One of `ATTRIBUTIONS`, or any function of module, images and target.
    seed : int
    depths : int, optional
        Attribute so many times, evenly over the depth and at last with all layers randomised; after every layer by default.
    **settings
        For the method.

    Raises
    ------
    BadInput
        If the network has no weights, or there are fewer than two images.

    References
    ----------
    J. Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018, cascading randomisation.

    Examples
    --------
    >>> from repscope.units import saliency
    >>> network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 4))
    >>> found = randomised(network, torch.randn(5, 3, 8, 8), 1, saliency)
    >>> found.layers, found.similarity.shape
    (('3', '0'), (2, 5))
    """
    images = checked_images(images)
    if len(images) < 2:
        raise BadInput(f"{len(images)} image came; expected two or more, to say what unrelated images have in common")
    twin = copy_module(module, "the network")
    layers = _in_order(twin, images)
    if not layers:
        raise BadInput("the network has no weights that could be randomised")
    clean = _ranks(method(module, images, target, **settings))
    generator = torch.Generator().manual_seed(seed)
    looked = set(np.linspace(0, len(layers), (depths or len(layers)) + 1).round().astype(int).tolist()) - {0}
    similarity, reached = [], []
    for number, name in enumerate(reversed(layers), 1):
        _draw_anew(twin.get_submodule(name), generator)
        if number in looked:
            similarity.append((clean * _ranks(method(twin, images, target, **settings))).sum(1))
            reached.append(name)
    return Randomised(tuple(reached), np.array(similarity), float((clean[:-1] * clean[1:]).sum(1).mean()))


def draw_all_anew(module: nn.Module, seed: int = 0) -> None:
    """The weights of all layers with matrices or kernels, in place, as `randomised` draws them."""
    generator = torch.Generator().manual_seed(seed)
    for inner in module.modules():
        if _has_matrices(inner):
            _draw_anew(inner, generator)


def _has_matrices(module: nn.Module) -> bool:
    return any(weight.ndim > 1 for weight in module.parameters(recurse=False))


def _in_order(module: nn.Module, images: Tensor) -> list[str]:
    """The modules with weights of their own, in the order in which they are called."""
    called: list[str] = []
    handles = []
    for name, inner in module.named_modules():
        if _has_matrices(inner):
            handles.append(inner.register_forward_hook(lambda *_, name=name: called.append(name)))
    try:
        with intact(module), torch.no_grad():
            forward(module, images[:1])
    finally:
        for handle in handles:
            handle.remove()
    return list(dict.fromkeys(called))


def _draw_anew(module: nn.Module, generator: torch.Generator) -> None:
    """From a normal distribution with the weights' own mean and deviation; constants stay."""
    with torch.no_grad():
        for weight in module.parameters(recurse=False):
            flat = weight.float()
            drawn = torch.randn(weight.shape, generator=generator).to(weight)
            deviation = flat.std() if weight.numel() > 1 else flat.new_zeros(())
            weight.copy_(flat.mean() + deviation * drawn)


def _ranks(maps: Float[np.ndarray, "n c h w"]) -> Float[np.ndarray, "n pixels"]:
    """Ranks of the magnitudes over channels, centred and of length one: their products are Spearman's correlations."""
    from scipy.stats import rankdata

    magnitudes = np.sqrt(np.square(maps.astype(np.float64)).sum(1)).reshape(len(maps), -1)
    ranks = rankdata(magnitudes, axis=1)
    ranks -= ranks.mean(1, keepdims=True)
    lengths = np.linalg.norm(ranks, axis=1, keepdims=True)
    found: Float[np.ndarray, "n pixels"] = np.divide(ranks, lengths, out=np.zeros_like(ranks), where=lengths > 0)
    return found
