"""Activation maximisation: the picture to which a class, a unit, a channel or a direction responds most."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from repscope.core.errors import BadInput
from repscope.networks._logits import ClassOutput, check_class
from repscope.units._appearance import Appearance
from repscope.units._intact import intact
from repscope.units._layer_output import LayerOutput, by_unit
from repscope.units._slope import slope_of
from repscope.units._target import ClassTarget, Given, LayerTarget, Target, target_of
from repscope.units.pictures._canvas import Canvas, Colours, Pixels, Room, Waves
from repscope.units.pictures._robust import STILL, Shaking


@final
@dataclass(frozen=True, eq=False)
class Maximal:
    """Pictures of highest activation.

    Attributes
    ----------
    images : (targets · restarts, channels, height, width) tensor
        As the network takes them; all restarts of the first target first.
    activations : (targets, restarts) array
        What the target gives for the picture as it is.
    start : (targets, restarts) array
        What it gave for the noise in the beginning.
    dead : (dead,) integers
        Targets whose gradient was zero at every step: their pictures are noise and mean nothing.
    """

    images: Float[Tensor, "m c h w"]
    activations: Float[np.ndarray, "targets restarts"]
    start: Float[np.ndarray, "targets restarts"]
    dead: Int[np.ndarray, " dead"]

    @property
    def best(self) -> Float[Tensor, "targets c h w"]:
        """Of each target, the picture of the restart with the highest activation."""
        targets, restarts = self.activations.shape
        grouped = self.images.reshape(targets, restarts, *self.images.shape[1:])
        return grouped[torch.arange(targets), torch.as_tensor(self.activations.argmax(1))]


def maximize(
    module: nn.Module,
    target: Given | list[Given],
    steps: int = 256,
    size: tuple[int, int, int] | None = None,
    *,
    canvas: Canvas | None = None,
    colours: Colours | None = None,
    looks: Appearance | None = None,
    ball: float | None = None,
    shaking: Shaking | None = None,
    smoothness: float = 0.0,
    diversity: float = 0.0,
    restarts: int = 1,
    rate: float = 0.05,
    seed: int = 0,
    start: Float[Tensor, "m c h w"] | None = None,
) -> Maximal:
    """Gradient ascent on the picture; several targets of one layer, and several restarts, side by side in one batch.

    Parameters
    ----------
    module : nn.Module
        Comes back as it was.
    target : int, tuple, callable, or a list of those
        A class's logit, ``(layer, unit)``, ``(layer, direction)`` or a function; in a list, classes alone or units and directions of
        one layer alone. A difference is a direction of classes or units.
    steps : int
        Of Adam.
    size : (channels, height, width)
        Of the picture.
    canvas : Canvas, optional
        `Waves` by default, `Pixels` in a ball.
    colours : Colours, optional
        Of the user's images, so that what is optimised is not correlated; plain by default.
    looks : Appearance, optional
        The range of pixels of the network; 0 to 1 by default.
    ball : float, optional
        Instead of a range: the greatest Euclidean length of a picture as the module takes it.
    shaking : Shaking, optional
        Movements, turns and scales at every step; a few by default, none in a ball.
    smoothness : float
        Weight of the pictures' total variation, per pixel, against the activation.
    diversity : float
        Weight of the likeness of a target's restarts in the layer's correlations of units, against the activation.
    restarts : int
        Pictures of each target, from different noise.
    rate : float
        Adam's learning rate.
    seed : int
    start : tensor, optional
        Numbers to begin with, in place of noise: pictures for `Pixels`.

    Raises
    ------
    BadInput
        If targets are not of one kind and layer, numbers are out of range; and as targets do.

    References
    ----------
    K. Simonyan et al., 2013 (classes); C. Olah et al., Feature visualization, Distill 2017 (waves, colours, shaking, diversity).

    Examples
    --------
    >>> linear = nn.Sequential(nn.Flatten(), nn.Linear(12, 2, bias=False))
    >>> found = maximize(linear, 1, steps=300, size=(3, 2, 2), ball=2.0)
    >>> round(float(found.activations[0, 0] / (2.0 * linear[1].weight[1].norm().item())), 2)
    1.0
    """
    _check(steps, restarts, rate, size, smoothness, diversity)
    assert size is not None  # checked
    targets = [target_of(one) for one in target] if isinstance(target, list) else [target_of(target)]
    ground = canvas or (Waves() if ball is None else Pixels())
    shake = shaking or (Shaking() if ball is None else STILL)
    room = Room(colours or Colours.plain(size[0]), looks or _plain(size[0]))
    generator = torch.Generator().manual_seed(seed)
    there = next((weight.device for weight in module.parameters()), torch.device("cpu"))
    begun = ground.start(len(targets) * restarts, size, generator) if start is None else start.detach().clone()
    numbers = begun.to(there).requires_grad_(True)

    def pictures() -> Tensor:
        painted = ground.paint(numbers, size)
        return (
            room.pictures(painted)
            if ball is None
            else painted * (ball / painted.flatten(1).norm(dim=1).clamp(min=ball))[:, None, None, None]
        )

    moved = torch.zeros(len(numbers), dtype=torch.bool, device=there)
    with intact(module), torch.enable_grad():
        score = scores_of(module, targets, restarts)
        with torch.no_grad():
            first = score(pictures())
        optimiser = torch.optim.Adam([numbers], lr=rate)
        for _ in range(steps):
            optimiser.zero_grad()
            made = pictures()
            gained = score(shake(made, generator))
            loss = -gained.sum() + smoothness * _variation(made) * made.shape[0]
            if diversity:
                loss = loss + diversity * _likeness(module, targets, made, restarts)
            numbers.grad = slope_of(loss, numbers)
            moved |= numbers.grad.flatten(1).abs().amax(1) > 0
            optimiser.step()
        with torch.no_grad():
            last = pictures().detach()
            reached = score(last)
    shape = (len(targets), restarts)
    dead = np.flatnonzero(~moved.reshape(shape).any(1).cpu().numpy())
    return Maximal(
        last, reached.reshape(shape).double().cpu().numpy(), first.reshape(shape).double().cpu().numpy(), dead
    )


def scores_of(module: nn.Module, targets: Sequence[Target], each: int) -> Callable[[Tensor], Tensor]:
    """Of a batch with `each` images for every target in turn, each image's score for its own target; one pass for all."""
    if len(targets) == 1:
        return targets[0].of(module)
    rows = torch.arange(len(targets)).repeat_interleave(each)
    if all(isinstance(target, ClassTarget) for target in targets):
        classes = [target.index for target in targets if isinstance(target, ClassTarget)]
        wanted = torch.tensor(classes)[rows]

        answer = ClassOutput(module)

        def of_classes(images: Tensor) -> Tensor:
            logits = answer(images)
            for index in classes:
                check_class(index, logits.shape[1])
            found: Tensor = logits.gather(1, wanted.to(logits.device)[:, None])[:, 0]
            return found

        return of_classes
    layered = [target for target in targets if isinstance(target, LayerTarget)]
    if len(layered) < len(targets) or len({target.layer for target in layered}) > 1:
        names = ", ".join(target.name for target in targets[:4])
        raise BadInput(
            f"the targets {names} came together; expected classes alone, or units and directions of one layer"
        )
    output = LayerOutput(module, layered[0].layer)

    def of_units(images: Tensor) -> Tensor:
        units = by_unit(output(images), images.shape[1:])
        parts = [units[at : at + each] for at in range(0, len(units), each)]
        return torch.cat([target.combined(target.along(part)) for target, part in zip(layered, parts, strict=True)])

    return of_units


def _likeness(module: nn.Module, targets: Sequence[Target], images: Tensor, restarts: int) -> Tensor:
    """Of the restarts of each target: the cosine of the correlations of units (Gram matrices) at its layer, summed over pairs."""
    layered = [target for target in targets if isinstance(target, LayerTarget)]
    if len(layered) < len(targets) or restarts < 2:
        raise BadInput("diversity needs units or directions of a layer, and two restarts or more")
    units = by_unit(LayerOutput(module, layered[0].layer)(images), images.shape[1:])
    flat = units.flatten(2) if units.ndim > 2 else units[:, :, None]
    gram = (flat @ flat.transpose(1, 2)).flatten(1)
    gram = (gram / gram.norm(dim=1, keepdim=True).clamp(min=1e-12)).reshape(len(targets), restarts, -1)
    alike = gram @ gram.transpose(1, 2)
    pairs: Tensor = (alike.sum() - alike.diagonal(dim1=1, dim2=2).sum()) / 2
    return pairs


def _variation(images: Float[Tensor, "n c h w"]) -> Tensor:
    """Mean absolute difference of neighbouring pixels."""
    return (images[:, :, 1:] - images[:, :, :-1]).abs().mean() + (images[..., 1:] - images[..., :-1]).abs().mean()


def _plain(channels: int) -> Appearance:
    return Appearance(torch.zeros(channels, 1, 1), torch.ones(channels, 1, 1))


def _check(steps: int, restarts: int, rate: float, size: Any, smoothness: float, diversity: float) -> None:
    for name, value in (("steps", steps), ("restarts", restarts)):
        if value < 1:
            raise BadInput(f"{name} = {value}; expected one or more")
    if not rate > 0 or smoothness < 0 or diversity < 0:
        raise BadInput(
            f"rate = {rate}, smoothness = {smoothness}, diversity = {diversity}; expected a rate above zero, the others not below"
        )
    if size is None or len(size) != 3 or min(size) < 1:
        raise BadInput(f"size = {size}; expected (channels, height, width) of the picture")
