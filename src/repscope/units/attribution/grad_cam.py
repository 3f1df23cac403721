"""Grad-CAM: a layer's maps, weighted by how much the score rises with each, where they speak for the score."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import interpolate

from repscope.activations._pooling import spatial_axes
from repscope.core.errors import BadInput
from repscope.units._intact import intact
from repscope.units._layer_output import LayerOutput, by_unit
from repscope.units._slope import slope
from repscope.units._target import Given, target_of
from repscope.units.attribution._contract import Attribution
from repscope.units.attribution._gradient import batches, checked_images, finite


def grad_cam(
    module: nn.Module, images: Tensor, target: Given, *, layer: str | None = None, relu: bool = True, batch: int = 64
) -> Float[np.ndarray, "n 1 h w"]:
    """max(0, Σ_k α_k A_k), α_k the mean over positions of ∂ score / ∂ A_k; brought to the size of the images (bilinear).

    Parameters
    ----------
    module, images, target, batch
        As for `saliency`.
    layer : str, optional
        Whose maps A are taken; by default the last with more than one position that the score is computed from: of a unit with
        positions its own, and the map is the unit's.
    relu : bool
        Whether only what speaks for the score is kept.

    Returns
    -------
    (n, 1, height, width) array

    Raises
    ------
    BadInput
        If the layer has no spatial extent, or the score does not depend on it; and as `saliency` does.

    References
    ----------
    R. R. Selvaraju et al., Grad-CAM, 2017, equations 1 and 2.

    Examples
    --------
    >>> network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    >>> grad_cam(network, torch.randn(3, 1, 8, 8), 1).shape
    (3, 1, 8, 8)
    """
    images, asked, found = checked_images(images), target_of(target), []
    with intact(module), torch.enable_grad():
        score = asked.of(module)
        output = LayerOutput(module, last_maps(module, images, score) if layer is None else layer)
        for part in batches(images, asked, batch):
            with output.kept() as kept:
                value = score(part.clone().requires_grad_(True))
            reached = (
                kept[-1] if kept and kept[-1].requires_grad else None
            )  # the last pass; one before may have counted calls
            back = None
            if reached is not None and value.requires_grad:
                back = slope(value.sum(), reached)
            if reached is None or back is None:
                raise BadInput(
                    f"the score of {asked.name} does not depend on {output.layer!r}; give a layer that it is computed from"
                )
            maps, slopes = (by_unit(tensor.float(), images.shape[1:]) for tensor in (reached.detach(), back))
            if maps.ndim != 4 or maps.shape[2] * maps.shape[3] < 2:
                raise BadInput(
                    f"the layer {output.layer!r} gives {tuple(reached.shape)}, without height and width; give one with maps"
                )
            cam = (slopes.mean((2, 3), keepdim=True) * maps).sum(1, keepdim=True)
            found.append(interpolate(cam.relu() if relu else cam, images.shape[2:], mode="bilinear"))
    return finite(torch.cat(found))


def last_maps(module: nn.Module, images: Tensor, score: Callable[[Tensor], Tensor]) -> str:
    """The last layer with more than one position that is reached on the way to a score; of a unit with positions, its own."""
    reached: list[tuple[str, tuple[int, ...]]] = []
    handles = []

    def hook_for(name: str) -> Any:
        def hook(_module: Any, _inputs: Any, output: Any) -> None:
            if isinstance(output, Tensor) and not _is_softmax(output):
                reached.append((name, tuple(output.shape[1:])))

        return hook

    for name, inner in module.named_modules():
        if name:
            handles.append(inner.register_forward_hook(hook_for(name)))
    try:
        with torch.no_grad():
            score(images[:1])  # a layer's first pass goes through to the end, to count its calls
            reached.clear()
            score(images[:1])
    finally:
        for handle in handles:
            handle.remove()
    tokens = {shape[0] for _, shape in reached if len(shape) == 2}
    fitting = [
        name
        for name, shape in reached
        if spatial_axes(shape, images.shape[1:]) is not None and not _is_attention(shape, tokens)
    ]
    if not fitting:
        raise BadInput("no layer of the network has height and width; Grad-CAM needs one that has")
    last = fitting[-1]
    return last if fitting.count(last) == 1 else f"{last}:{fitting.count(last) - 1}"


def _is_softmax(output: Tensor) -> bool:
    """Whether an output (n, heads, t, t) is weights between tokens that sum to one, and no map of the image.

    >>> _is_softmax(torch.ones(1, 2, 4, 4) / 4), _is_softmax(torch.ones(1, 2, 4, 4))
    (True, False)
    """
    if output.ndim != 4 or output.shape[-1] != output.shape[-2] or not output.is_floating_point():
        return False
    sums = output.detach().float().sum(-1)
    return bool((output >= 0).all()) and bool(((sums - 1).abs() < 1e-2).all())


def _is_attention(shape: tuple[int, ...], tokens: set[int]) -> bool:
    """Whether an output (heads, t, t) is a matrix between the t tokens of the network, and no map of the image.

    >>> _is_attention((2, 16, 16), {16}), _is_attention((32, 4, 4), {16})
    (True, False)
    """
    return len(shape) == 3 and shape[1] == shape[2] and shape[1] in tokens


attribution = Attribution(
    grad_cam,
    "Grad-CAM",
    "The last maps, weighted by how much the score rises with each, where they speak for it.",
    "R. R. Selvaraju et al., 2017",
)
