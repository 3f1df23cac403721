"""One backward pass: what a gradient is, or a sentence."""

from typing import TYPE_CHECKING, Literal, overload

from repscope.core.errors import BadInput
from repscope.networks._forward import failure

if TYPE_CHECKING:
    from torch import Tensor


@overload
def slope_of(
    value: "Tensor", points: "Tensor", *, allow_unused: Literal[True], again: bool = False
) -> "Tensor | None": ...


@overload
def slope_of(value: "Tensor", points: "Tensor", *, again: bool = False) -> "Tensor": ...


def slope_of(value: "Tensor", points: "Tensor", *, allow_unused: bool = False, again: bool = False) -> "Tensor | None":
    """The gradient of a number that a network computed.

    Parameters
    ----------
    value : () tensor
    points : tensor
        What it is the gradient by: the images, or the output of a layer.
    allow_unused : bool
        None where the value does not depend on the points; else that is an error.
    again : bool
        Whether another gradient of the same pass will be asked for.

    Raises
    ------
    BadInput
        If there is none: the value does not depend on the points, or the network has a step without one.
    OutOfSpace
        If the memory does not suffice.

    Examples
    --------
    >>> import torch
    >>> points = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> slope_of((points**2).sum(), points)
    tensor([2., 4.])
    """
    import torch

    try:
        (slope,) = torch.autograd.grad(value, points, allow_unused=allow_unused, retain_graph=again)
    except torch.cuda.OutOfMemoryError as error:
        raise failure(error, points) from error
    except RuntimeError as error:
        raise without_gradient(error) from error
    return slope


def without_gradient(error: Exception) -> BadInput:
    """The sentence for a backward pass that failed."""
    return BadInput(
        f"the network's gradient cannot be computed ({' '.join(str(error).split())[:200]}); expected outputs that depend on the "
        "images by differentiable steps: no detach(), no argmax, nothing changed in place that is needed again"
    )
