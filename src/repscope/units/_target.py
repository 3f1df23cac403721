"""What a picture is of: a class, a unit, a direction, or any score that can be computed from images."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from repscope.core.errors import BadInput
from repscope.networks._logits import ClassOutput, check_class
from repscope.units._layer_output import LayerOutput, by_unit

Given: TypeAlias = Any
"""What callers may write: a class's index; ``(layer, unit)`` or ``(layer, direction)``, with a third entry for the position:
"mean" over positions (as if not given), "max", or (row, column); a function of images; or a `Target`."""


class Target(ABC):
    """A score of each image."""

    whole: bool = False
    """Whether the score is of all images together, which may then not be taken batch by batch."""

    @abstractmethod
    def of(self, module: nn.Module) -> Callable[[Float[Tensor, "n c h w"]], Tensor]:
        """The score as a function of images: one number each, or one for all."""

    @property
    @abstractmethod
    def name(self) -> str:
        """For people."""


@final
@dataclass(frozen=True)
class ClassTarget(Target):
    """The logit of a class: what the network gives for it, before any softmax that is not part of it."""

    index: int

    def of(self, module: nn.Module) -> Callable[[Float[Tensor, "n c h w"]], Tensor]:
        """The logit of each image."""
        output = ClassOutput(module)

        def score(images: Float[Tensor, "n c h w"]) -> Tensor:
            logits = output(images)
            return logits[:, check_class(self.index, logits.shape[1])]

        return score

    @property
    def name(self) -> str:
        """For people."""
        return f"class {self.index}"


@final
@dataclass(frozen=True, eq=False)
class LayerTarget(Target):
    """A unit of a layer, or a direction in the space of its units.

    Attributes
    ----------
    layer : str
    direction : int or (units,) array
        The unit's index, or the weight of every unit.
    at : "mean", "max", or (row, column)
        How positions become one number.
    """

    layer: str
    direction: int | Float[np.ndarray, " units"]
    at: str | tuple[int, ...] = "mean"

    def of(self, module: nn.Module) -> Callable[[Float[Tensor, "n c h w"]], Tensor]:
        """The unit's, or the direction's, activation of each image."""
        output = LayerOutput(module, self.layer)
        return lambda images: self.combined(self.along(by_unit(output(images), images.shape[1:])))

    def along(self, units: Tensor) -> Tensor:
        """The activation at every position (n, …positions) from those of all units (n, units, …positions)."""
        count = units.shape[1]
        if isinstance(self.direction, int):
            if not 0 <= self.direction < count:
                raise BadInput(
                    f"the unit {self.direction} of {self.layer!r} was asked for; the layer has {count}, 0 to {count - 1}"
                )
            return units[:, self.direction]
        if self.direction.shape != (count,):
            raise BadInput(
                f"a direction of shape {self.direction.shape} came for {self.layer!r}; expected ({count},), a weight for each unit"
            )
        weights = torch.as_tensor(self.direction, dtype=units.dtype, device=units.device)
        along: Tensor = torch.tensordot(units, weights, dims=([1], [0]))
        return along

    def combined(self, positions: Tensor) -> Tensor:
        """One number for each image."""
        flat = positions.flatten(1) if positions.ndim > 1 else positions[:, None]
        if self.at == "mean":
            return flat.mean(1)
        if self.at == "max":
            return flat.amax(1)
        place = tuple(int(p) for p in self.at)
        if len(place) != positions.ndim - 1 or any(
            not 0 <= p < s for p, s in zip(place, positions.shape[1:], strict=False)
        ):
            raise BadInput(
                f"the position {place} of {self.layer!r} was asked for; its maps are {tuple(positions.shape[1:])}"
            )
        return positions.flatten(1)[:, int(np.ravel_multi_index(place, positions.shape[1:]))]

    @property
    def name(self) -> str:
        """For people."""
        what = f"unit {self.direction}" if isinstance(self.direction, int) else "a direction"
        return f"{what} of {self.layer}"


@final
@dataclass(frozen=True, eq=False)
class FunctionTarget(Target):
    """Any differentiable function of images, such as the similarity of two networks on them."""

    function: Callable[[Tensor], Tensor]
    whole = True

    def of(self, module: nn.Module) -> Callable[[Float[Tensor, "n c h w"]], Tensor]:
        """The function, checked."""

        def score(images: Float[Tensor, "n c h w"]) -> Tensor:
            found = self.function(images)
            if not isinstance(found, Tensor) or found.ndim > 1 or (found.ndim == 1 and len(found) != len(images)):
                came = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
                raise BadInput(
                    f"the target's function gave {came} for {len(images)} images; expected one number, or one for each"
                )
            return found

        return score

    @property
    def name(self) -> str:
        """For people."""
        return getattr(self.function, "__name__", "a function")


def target_of(given: Given) -> Target:
    """What is meant by a class's index, ``(layer, unit)``, ``(layer, direction)`` or a function.

    Raises
    ------
    BadInput
        If it is none of these.

    Examples
    --------
    >>> target_of(3).name, target_of(("stage1.0", 5)).name, target_of(("stage1.0", [0.5, 0.5], "max")).name
    ('class 3', 'unit 5 of stage1.0', 'a direction of stage1.0')
    """
    if isinstance(given, Target):
        return given
    if isinstance(given, (int, np.integer)) and not isinstance(given, bool):
        return ClassTarget(int(given))
    if (
        isinstance(given, Sequence)
        and not isinstance(given, str)
        and len(given) in (2, 3)
        and isinstance(given[0], str)
    ):
        at = given[2] if len(given) == 3 else "mean"
        at = at if isinstance(at, str) else tuple(at)
        if isinstance(at, str) and at not in ("mean", "max"):
            raise BadInput(f"positions are to be combined by {at!r}; expected 'mean', 'max' or (row, column)")
        return LayerTarget(given[0], _direction(given[1]), at)
    if callable(given):
        return FunctionTarget(given)
    raise BadInput(
        f"the target is {given!r}; expected a class's index, (layer, unit), (layer, direction) or a function of images"
    )


def _direction(given: Any) -> int | Float[np.ndarray, " units"]:
    if isinstance(given, (int, np.integer)) and not isinstance(given, bool):
        return int(given)
    weights = np.asarray(given.detach().cpu() if isinstance(given, Tensor) else given, dtype=np.float64)
    if weights.ndim != 1 or not np.isfinite(weights).all() or not weights.any():
        raise BadInput(
            f"a direction of shape {weights.shape} came; expected a finite number for each unit, not all zero"
        )
    return weights
