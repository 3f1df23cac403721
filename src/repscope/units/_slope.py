"""The gradient of a score, or a sentence that says why there is none."""

import torch
from torch import Tensor

from repscope.core.errors import BadInput


def slope(score: Tensor, leaf: Tensor, *, retain: bool = False) -> Tensor | None:
    """∂ score / ∂ leaf; None where the score does not depend on it.

    Raises
    ------
    BadInput
        If the score was computed without gradients, or the network changes values in place that its gradient needs.

    Examples
    --------
    >>> leaf = torch.tensor([2.0], requires_grad=True)
    >>> slope((leaf**2).sum(), leaf)
    tensor([4.])
    """
    if not score.requires_grad:
        raise BadInput("the score does not depend on the images: it was computed without them, or without gradients")
    try:
        (found,) = torch.autograd.grad(score, leaf, retain_graph=retain, allow_unused=True)
    except RuntimeError as error:  # of the network's own operations
        raise BadInput(
            f"the network has no gradient ({' '.join(str(error).split())[:200]}); expected one that changes no value in place which its "
            "gradient needs (y = y * 2 instead of y *= 2)"
        ) from error
    return found


def slope_of(score: Tensor, leaf: Tensor, *, retain: bool = False) -> Tensor:
    """The same, zero where the score does not depend on the leaf."""
    found = slope(score, leaf, retain=retain)
    return torch.zeros_like(leaf) if found is None else found
