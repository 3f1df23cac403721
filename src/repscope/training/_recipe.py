"""The recipe: everything that decides how a network is trained, beside the network and the data."""

import math
from dataclasses import asdict, dataclass
from typing import Any, final

from repscope.core.errors import BadInput
from repscope.training._augmentation import Augmentation

PRECISIONS = ("float32", "bfloat16")
NOISES = ("random", "wrong", "shuffled")


@final
@dataclass(frozen=True)
class Recipe:
    """How to train: stochastic gradient descent with momentum, and one rise and fall of the learning rate.

    Parameters
    ----------
    epochs : int
        Passes over the training images.
    learning_rate : float
        The highest one, reached after the warm-up.
    warm_up : float
        Share of the training in which the learning rate rises linearly from zero; the rest is a cosine.
    last_rate : float
        What is left of the highest learning rate at the end, as a share.
    batch : int
        Images per step.
    momentum, weight_decay : float
        Of the optimiser; weight decay spares biases and batch norms.
    nesterov : bool
        Whether the momentum is Nesterov's.
    augment : Augmentation or None
        Random changes of the images.
    loss : "softmax", "centre" or "arcface"
        What is minimised: cross-entropy; with it, the distance from the class's centre (Wen and others 2016); or the angle to the
        class's weight with a margin (Deng and others 2019). The latter two make embeddings of new identities comparable.
    precision : "float32" or "bfloat16"
        Of the forward and backward pass; the weights, the loss and the optimiser keep float32 (mixed precision). Twice as fast on
        processors and GPUs that multiply bfloat16, much slower on others.
    label_noise : float
        Share of the training images whose labels are replaced, once, before the training; 1 with ``"random"`` are the random labels
        of Zhang and others (ICLR 2017).
    noise : "random", "wrong" or "shuffled"
        By what: a class drawn from all, which may be the true one; or from the others only; or the labels of each other.
    frozen : str
        Glob patterns over the names of modules, separated by commas, whose weights and running statistics stay as they are.
    compile : bool
        Whether the network is compiled (`torch.compile`) for the training; takes a minute at the beginning.
    seed : int
        Of the order of the images, the augmentation, the noise, and whatever in the network is random.

    Raises
    ------
    BadInput
        If a value is out of its range.

    Examples
    --------
    >>> recipe = Recipe(epochs=10, learning_rate=0.04)
    >>> [round(recipe.rate_at(share), 4) for share in (0.0, 0.1, 0.2, 0.6, 1.0)]
    [0.0, 0.02, 0.04, 0.0202, 0.0004]
    """

    epochs: int = 10
    learning_rate: float = 0.04
    warm_up: float = 0.2
    last_rate: float = 0.01
    batch: int = 128
    momentum: float = 0.9
    weight_decay: float = 5e-4
    nesterov: bool = True
    augment: Augmentation | None = None
    loss: str = "softmax"
    precision: str = "float32"
    label_noise: float = 0.0
    noise: str = "random"
    frozen: str = ""
    compile: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        expected = {
            "epochs": (isinstance(self.epochs, int) and self.epochs >= 1, "a whole number of at least 1"),
            "learning_rate": (0 < self.learning_rate < 1e38, "a number above 0 that float32 can hold"),
            "warm_up": (0 <= self.warm_up < 1, "a share from 0 to below 1"),
            "last_rate": (0 <= self.last_rate <= 1, "a share from 0 to 1"),
            "batch": (isinstance(self.batch, int) and self.batch >= 2, "a whole number of at least 2"),
            "momentum": (0 < self.momentum < 1, "a number between 0 and 1"),
            "weight_decay": (0 <= self.weight_decay < math.inf, "0 or more"),
            "precision": (self.precision in PRECISIONS, " or ".join(map(repr, PRECISIONS))),
            "label_noise": (0 <= self.label_noise <= 1, "a share from 0 to 1"),
            "noise": (self.noise in NOISES, " or ".join(map(repr, NOISES))),
            "seed": (isinstance(self.seed, int) and self.seed >= 0, "a whole number, 0 or more"),
        }
        for name, (fine, what) in expected.items():
            if not fine:
                raise BadInput(f"a recipe with {name}={getattr(self, name)!r} cannot be used; expected {what}")

    def rate_at(self, share: float) -> float:
        """The learning rate after this share of the training."""
        if share < self.warm_up:
            return self.learning_rate * share / self.warm_up
        cosine = (1 + math.cos(math.pi * (share - self.warm_up) / (1 - self.warm_up))) / 2
        return self.learning_rate * (self.last_rate + (1 - self.last_rate) * cosine)

    def describe(self) -> dict[str, Any]:
        """The recipe as JSON can hold it."""
        return asdict(self)
