"""Patterns that a network is sure of and people see nothing in: compositional pattern-producing networks, evolved."""

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from repscope.core.errors import BadInput
from repscope.networks._logits import ClassOutput, check_class
from repscope.units._appearance import Appearance
from repscope.units._intact import intact

HIDDEN = 8
"""Nodes in each of two layers of a pattern's network."""

BATCH = 256
"""Patterns that pass through the network at a time."""

SHAPES = 5
"""What a node does with its sum: sine, Gaussian, line, square, absolute value."""


@final
@dataclass(frozen=True, eq=False)
class Fooling:
    """Patterns, one for each class that was asked for.

    Attributes
    ----------
    images : (classes, channels, height, width) tensor
        As the module takes them.
    confidence : (classes,) array
        The probability (softmax) that the module gives the class.
    history : (generations + 1, classes) array
        The best of every generation, the first before any change.
    """

    images: Float[Tensor, "m c h w"]
    confidence: Float[np.ndarray, " m"]
    history: Float[np.ndarray, "generations m"]


def fool(
    module: nn.Module,
    classes: list[int],
    size: tuple[int, int, int],
    *,
    generations: int = 100,
    population: int = 32,
    survivors: int = 8,
    change: float = 0.4,
    looks: Appearance | None = None,
    seed: int = 0,
) -> Fooling:
    """Evolve patterns until the module is sure that they are of a class.

    A pattern is a small network from the place of a pixel (x, y, its distance from the middle) to its colour, of sines,
    Gaussians, lines, squares and absolute values. In each generation the best `survivors` of a class have children with weights
    changed at random, and now and then another function at a node.

    Parameters
    ----------
    module : nn.Module
        Comes back as it was; gives logits (n, classes).
    classes : list of int
        A pattern is evolved for each; a class that stands several times gets as many.
    size : (channels, height, width)
    generations, population, survivors : int
        Of each class.
    change : float
        Deviation of the changes of weights, which themselves begin with deviation 1.5.
    looks : Appearance, optional
        What black and white are to the network; 0 and 1 by default.
    seed : int

    Raises
    ------
    BadInput
        If numbers are out of range, or there is no such class.

    References
    ----------
    A. Nguyen, J. Yosinski, J. Clune, Deep neural networks are easily fooled, CVPR 2015. K. Stanley, Compositional pattern producing
    networks, 2007.

    Examples
    --------
    >>> network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 36, 3))
    >>> found = fool(network, [0, 2], (3, 8, 8), generations=5)
    >>> found.images.shape, bool((found.confidence >= found.history[0] - 1e-6).all())
    (torch.Size([2, 3, 8, 8]), True)
    """
    if generations < 1 or not 1 <= survivors < population or not change > 0 or not classes:
        raise BadInput(
            f"generations = {generations}, population = {population}, survivors = {survivors}, change = {change}, {len(classes)} classes; expected "
            "a generation and a class or more, fewer survivors than there are, a change above zero"
        )
    looks = looks or Appearance(torch.zeros(size[0], 1, 1), torch.ones(size[0], 1, 1))
    generator = torch.Generator().manual_seed(seed)
    there = next((weight.device for weight in module.parameters()), torch.device("cpu"))
    places, output = _places(size), ClassOutput(module)
    genes = [_Genes.drawn(population, size[0], generator) for _ in classes]
    history = np.empty((generations + 1, len(classes)))

    def sure(groups: "list[_Genes]") -> list[Tensor]:
        """Of each group, how sure the module is of its class; all in one pass."""
        drawn = looks.values(torch.cat([one.patterns(places, size) for one in groups]))
        logits = torch.cat([output(part.to(there)).cpu() for part in torch.split(drawn, BATCH)])
        for wanted in classes:
            check_class(wanted, logits.shape[1])
        parts = torch.split(logits.softmax(1), [len(one.first) for one in groups])
        return [part[:, wanted] for part, wanted in zip(parts, classes, strict=True)]

    with intact(module), torch.no_grad():
        scores = sure(genes)
        history[0] = [float(of.max()) for of in scores]
        for generation in range(1, generations + 1):
            kept = [of.argsort(descending=True, stable=True)[:survivors] for of in scores]
            parents = [of[torch.randint(survivors, (population - survivors,), generator=generator)] for of in kept]
            children = [one.of(rows).changed(change, generator) for one, rows in zip(genes, parents, strict=True)]
            genes = [one.of(rows).beside(new) for one, rows, new in zip(genes, kept, children, strict=True)]
            scores = [torch.cat([of[rows], new]) for of, rows, new in zip(scores, kept, sure(children), strict=True)]
            history[generation] = [float(of.max()) for of in scores]
        best = [of.patterns(places, size)[int(score.argmax())] for of, score in zip(genes, scores, strict=True)]
    return Fooling(looks.values(torch.stack(best)), history[-1].copy(), history)


@final
@dataclass(frozen=True, eq=False)
class _Genes:
    """Weights of many patterns' networks, and what each node does with its sum."""

    first: Float[Tensor, "p k inputs"]
    second: Float[Tensor, "p k k"]
    last: Float[Tensor, "p c k"]
    shapes: Tensor

    @classmethod
    def drawn(cls, count: int, channels: int, generator: torch.Generator) -> "_Genes":
        sizes = ((HIDDEN, 4), (HIDDEN, HIDDEN), (channels, HIDDEN))
        first, second, last = (1.5 * torch.randn((count, *size), generator=generator) for size in sizes)
        return cls(first, second, last, torch.randint(SHAPES, (count, 2, HIDDEN), generator=generator))

    def of(self, rows: Tensor) -> "_Genes":
        return _Genes(self.first[rows], self.second[rows], self.last[rows], self.shapes[rows])

    def beside(self, other: "_Genes") -> "_Genes":
        return _Genes(
            torch.cat([self.first, other.first]),
            torch.cat([self.second, other.second]),
            torch.cat([self.last, other.last]),
            torch.cat([self.shapes, other.shapes]),
        )

    def changed(self, by: float, generator: torch.Generator) -> "_Genes":
        """A third of the weights, and one node in twenty."""

        def drifted(weight: Tensor) -> Tensor:
            some = torch.rand(weight.shape, generator=generator) < 1 / 3
            return weight + by * some * torch.randn(weight.shape, generator=generator)

        anew = torch.rand(self.shapes.shape, generator=generator) < 0.05
        drawn = torch.randint(SHAPES, self.shapes.shape, generator=generator)
        return _Genes(
            drifted(self.first), drifted(self.second), drifted(self.last), torch.where(anew, drawn, self.shapes)
        )

    def patterns(self, places: Float[Tensor, "inputs pixels"], size: tuple[int, int, int]) -> Float[Tensor, "p c h w"]:
        """In brightness, 0 to 1."""
        hidden = _shaped(self.first @ places, self.shapes[:, 0])
        hidden = _shaped(self.second @ hidden / HIDDEN**0.5, self.shapes[:, 1])
        return torch.sigmoid(2 * (self.last @ hidden)).reshape(-1, *size)


def _shaped(sums: Float[Tensor, "p k pixels"], shapes: Tensor) -> Float[Tensor, "p k pixels"]:
    every = torch.stack(
        [
            torch.sin(3 * sums),
            torch.exp(-sums.square()),
            sums.clamp(-3, 3),
            sums.square().clamp(max=4),
            sums.abs().clamp(max=3),
        ]
    )
    found: Tensor = every.gather(0, shapes[None, :, :, None].expand(1, -1, -1, sums.shape[2]))[0]
    return found


def _places(size: tuple[int, int, int]) -> Float[Tensor, "inputs pixels"]:
    """x, y, the distance from the middle, and one; sides from -1 to 1."""
    y, x = torch.meshgrid(torch.linspace(-1, 1, size[1]), torch.linspace(-1, 1, size[2]), indexing="ij")
    return torch.stack([x, y, torch.sqrt(x**2 + y**2), torch.ones_like(x)]).flatten(1)
