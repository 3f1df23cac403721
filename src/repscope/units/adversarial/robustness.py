"""Robust accuracy: how often a network is right when images may be changed within a ball, over the ball's radius."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.measures._interval import wilson
from repscope.networks._logits import ClassOutput
from repscope.units._intact import intact
from repscope.units.adversarial._attack import Bounds, checked_attack
from repscope.units.adversarial.pgd import pgd

if TYPE_CHECKING:
    import pandas


@final
@dataclass(frozen=True)
class Robustness:
    """Accuracy over the radius; an upper bound, for other attacks may find more.

    Attributes
    ----------
    epsilons : tuple of float
        In the module's units; 0 is the plain accuracy.
    scores : tuple of Score
        With Wilson's 95 % intervals.
    """

    epsilons: tuple[float, ...]
    scores: tuple[Score, ...]

    def frame(self) -> "pandas.DataFrame":
        """One row for each radius."""
        from repscope.core.optional import optional

        rows = [
            (epsilon, score.value, *score.interval) for epsilon, score in zip(self.epsilons, self.scores, strict=True)
        ]
        made: pandas.DataFrame = optional("pandas", "frame()", "frame").DataFrame(
            rows, columns=["epsilon", "accuracy", "low", "high"]
        )
        return made


def robust_accuracy(
    module: nn.Module,
    images: Float[Tensor, "n c h w"],
    labels: object,
    epsilons: Sequence[float],
    *,
    norm: str = "inf",
    steps: int = 20,
    bounds: Bounds = None,
    batch: int = 128,
    seed: int = 0,
) -> Robustness:
    """The share of images that are named rightly, and still are after projected gradient descent; an image lost at one radius is
    lost at all greater ones.

    Parameters
    ----------
    module, images, labels, norm, steps, bounds
        As for `pgd`.
    epsilons : sequence of float
        Radii, ascending; zero is put before them.
    batch : int
        Images at a time.
    seed : int

    Raises
    ------
    BadInput
        If radii do not ascend from above zero; and as `pgd` does.

    Examples
    --------
    >>> linear = nn.Sequential(nn.Flatten(), nn.Linear(12, 3))
    >>> images = torch.rand(20, 3, 2, 2)
    >>> found = robust_accuracy(linear, images, linear(images).argmax(1), [0.01, 10.0])
    >>> found.scores[0].value, found.scores[-1].value
    (1.0, 0.0)
    """
    radii = [float(epsilon) for epsilon in epsilons]
    if not radii or radii != sorted(set(radii)) or radii[0] <= 0:
        raise BadInput(f"epsilons = {list(epsilons)}; expected radii above zero, ascending")
    with intact(module), torch.no_grad():
        given, classes = checked_attack(module, images, labels, bounds)
        output = ClassOutput(module)
        right = torch.cat(
            [output(given[at : at + batch]).argmax(1) == classes[at : at + batch] for at in range(0, len(given), batch)]
        )
    counts = [int(right.sum())]
    for radius in radii:
        for at in range(0, len(given), batch):
            rows = torch.arange(at, min(at + batch, len(given)))
            rows = rows[right[rows].cpu()]
            if len(rows):
                fooled = pgd(
                    module, given[rows], classes[rows], radius, norm=norm, steps=steps, bounds=bounds, seed=seed
                ).found
                right[rows] = torch.as_tensor(~fooled, device=right.device)
        counts.append(int(right.sum()))
    n = len(given)
    scores = tuple(Score("robust accuracy", count / n, wilson(count / n, n), "Wilson") for count in counts)
    return Robustness((0.0, *radii), scores)
