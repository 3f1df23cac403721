"""What training minimises: the usual loss of a classifier, and two that make embeddings of new identities comparable."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from repscope.core.errors import BadInput, nearest
from repscope.networks import embedding, head_of

if TYPE_CHECKING:
    from repscope.networks import Network

LOSSES = ("softmax", "centre", "arcface")
"""By name: softmax; softmax and centre loss; ArcFace."""

CENTRE_WEIGHT = 0.01
CENTRE_RATE = 0.5
SCALE, MARGIN = 16.0, 0.3


class Loss(ABC):
    """From scores, embeddings and labels of a batch to what is minimised."""

    @abstractmethod
    def __call__(
        self, scores: Float[Tensor, "b classes"], embeddings: Float[Tensor, "b d"], labels: Int[Tensor, " b"]
    ) -> Float[Tensor, ""]:
        """Of one batch."""

    def state(self) -> dict[str, Tensor]:
        """What it learns itself."""
        return {}

    def finish(self) -> None:
        """Make the head answer as it was trained to."""
        return


@final
class Softmax(Loss):
    """Cross-entropy."""

    def __call__(
        self, scores: Float[Tensor, "b classes"], embeddings: Float[Tensor, "b d"], labels: Int[Tensor, " b"]
    ) -> Float[Tensor, ""]:
        """Of one batch."""
        return cross_entropy(scores, labels)


@final
class Centre(Loss):
    """Cross-entropy, and half the squared distance of every embedding from a running centre of its class.

    Reference: Y. Wen, K. Zhang, Z. Li, Y. Qiao, *A Discriminative Feature Learning Approach for Deep Face Recognition*, ECCV
    2016, equations 2 to 4 and 7.
    """

    def __init__(self, classes: int, dimension: int, device: torch.device) -> None:
        self.centres = torch.zeros(classes, dimension, device=device)

    def state(self) -> dict[str, Tensor]:
        """The centres."""
        return {"centres": self.centres}

    def __call__(
        self, scores: Float[Tensor, "b classes"], embeddings: Float[Tensor, "b d"], labels: Int[Tensor, " b"]
    ) -> Float[Tensor, ""]:
        """Of one batch; the centres move towards it."""
        away = self.centres[labels] - embeddings
        counts = torch.bincount(labels, minlength=len(self.centres))[:, None]
        steps = torch.zeros_like(self.centres).index_add_(0, labels, away.detach()) / (1 + counts)
        self.centres -= CENTRE_RATE * steps
        return cross_entropy(scores, labels) + CENTRE_WEIGHT / 2 * away.square().sum(dim=1).mean()


@final
class ArcFace(Loss):
    """Cross-entropy of s cos(θ + m): the angle to the class's weight, with a margin added for the right class.

    Beyond θ = π - m, where cos(θ + m) would rise again, cos θ - m sin m takes its place: else all embeddings opposite to all weights
    are a minimum, with no class told apart.

    Reference: J. Deng, J. Guo, N. Xue, S. Zafeiriou, *ArcFace: Additive Angular Margin Loss for Deep Face Recognition*, CVPR
    2019, equation 3.
    """

    def __init__(self, head: nn.Linear) -> None:
        self.head = head

    def __call__(
        self, scores: Float[Tensor, "b classes"], embeddings: Float[Tensor, "b d"], labels: Int[Tensor, " b"]
    ) -> Float[Tensor, ""]:
        """Of one batch."""
        cosine = (normalize(embeddings) @ normalize(self.head.weight).T).clamp(-1 + 1e-6, 1 - 1e-6)
        rows = torch.arange(len(labels), device=labels.device)
        own = cosine[rows, labels]
        right = torch.where(
            own > -math.cos(MARGIN), torch.cos(torch.acos(own) + MARGIN), own - MARGIN * math.sin(MARGIN)
        )
        return cross_entropy(SCALE * cosine.index_put((rows, labels), right), labels)

    @torch.no_grad()
    def finish(self) -> None:
        """Weights of unit length and no bias: then the greatest score is the smallest angle."""
        self.head.weight.copy_(normalize(self.head.weight))
        if self.head.bias is not None:
            self.head.bias.zero_()


@final
@dataclass(frozen=True, eq=False)
class Criterion:
    """A loss as a function of scores and labels; the embeddings it finds itself.

    Attributes
    ----------
    loss : Loss
    kept : list of Tensor, or None
        What went into the head; None for a loss that looks at scores only.
    """

    loss: Loss
    kept: list[Tensor] | None = None

    def __call__(self, scores: Float[Tensor, "b classes"], labels: Int[Tensor, " b"]) -> Float[Tensor, ""]:
        """Of one batch, whose forward pass was the last."""
        if self.kept is None:
            return self.loss(scores, scores, labels)
        embeddings = self.kept.pop()
        self.kept.clear()  # of passes that only looked at the validation images
        return self.loss(scores, embeddings.float(), labels)


@contextmanager
def criterion(name: str, network: "Network", device: torch.device) -> Iterator[Criterion]:
    """The loss of that name, as a function of scores and labels, while the body runs; then the head is finished.

    Raises
    ------
    BadInput
        If there is none of that name, or the network's head is not linear.
    """
    if name not in LOSSES:
        raise BadInput(f"there is no loss {name!r}; {nearest(name, LOSSES)}")
    if name == "softmax":
        yield Criterion(Softmax())
        return
    layer = head_of(network).layer
    head = network.module.get_submodule(layer)
    if not isinstance(head, nn.Linear):
        raise BadInput(f"the loss {name!r} needs a Linear head; that of {network.name!r} is a {type(head).__name__}")
    loss = ArcFace(head) if name == "arcface" else Centre(head.out_features, head.in_features, device)
    with embedding(network.module, layer, detached=False) as kept:
        yield Criterion(loss, kept)
    loss.finish()
