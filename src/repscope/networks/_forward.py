"""One forward pass, as every part of repscope makes it: the images stay as they are, and a failure is a sentence."""

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from repscope.core.errors import BadInput, OutOfSpace, RepscopeError

if TYPE_CHECKING:
    import torch


def forward(module: "torch.nn.Module", images: "torch.Tensor", name: str = "") -> Any:
    """What a module returns for a batch of images.

    A compiled module runs as it was before `torch.compile`, so that its layers can be seen. The module gets a copy, so that one that changes its input in place changes nothing of the caller's; in the
    floating-point type of its weights (half and bfloat16 modules run). Gradients flow to `images` where they are asked for.

    Parameters
    ----------
    module : torch.nn.Module
    images : (batch, channels, height, width)
        On the module's device.
    name : str
        What the network is called, for errors.

    Raises
    ------
    BadInput
        If the module fails, with its error in a sentence.
    OutOfSpace
        If the memory does not suffice.

    Examples
    --------
    >>> import torch
    >>> images = torch.ones(1, 3, 2, 2)
    >>> forward(torch.nn.ReLU(inplace=True), -images).max(), images.max()
    (tensor(0.), tensor(1.))
    """
    given = images.to(floating_dtype(module), copy=True)
    try:
        with _uncompiled():
            return module(given)
    except RepscopeError:
        raise
    except (Exception, SystemExit) as error:  # whatever a stranger's module raises
        raise failure(error, images, name) from error


def _uncompiled() -> "AbstractContextManager[Any]":
    """What `torch.compile` was applied to runs as it was before: compiled code may pass over hooks, and its last bits differ."""
    if "torch._dynamo" not in sys.modules:  # nothing was compiled in this process
        return nullcontext()
    import torch

    stance: AbstractContextManager[Any] = torch.compiler.set_stance("force_eager")
    return stance


def floating_dtype(module: "torch.nn.Module") -> "torch.dtype":
    """The type of numbers that a module computes with: that of its first floating-point parameter or buffer."""
    import itertools

    import torch

    owned = itertools.chain(module.parameters(), module.buffers())
    return next((t.dtype for t in owned if t.is_floating_point() and t.element_size() >= 2), torch.float32)


def failure(error: BaseException, images: "torch.Tensor", name: str = "") -> RepscopeError:
    """The sentence for what a module raised."""
    import torch

    network = f"the network {name!r}" if name else "the network"
    came = f"{tuple(images.shape)} of {str(images.dtype).removeprefix('torch.')}"
    text = " ".join(str(error).split())
    if isinstance(error, (torch.cuda.OutOfMemoryError, MemoryError)):
        return OutOfSpace(
            f"the memory does not suffice for a batch {came} in {network} ({text[:200]}); use a smaller batch"
        )
    if isinstance(error, ValueError) and "more than 1 value per channel" in text:
        return BadInput(
            f"{network} cannot take a batch {came}: a normalization computes its statistics from the batch ({text[:200]}), so "
            "that outputs depend on the other images; use one that keeps running statistics"
        )
    return BadInput(
        f"{network} failed on a batch of images {came} ({type(error).__name__}: {text[:300]}); expected a module that takes "
        "one float tensor (batch, channels, height, width) as its only argument: give the size that it is made for, or wrap "
        "it in a module whose forward(images) calls it"
    )
