"""A module in evaluation mode on a device, which comes back as it was: modes, device, buffers."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from repscope.core.errors import BadInput

if TYPE_CHECKING:
    import torch

TOO_DEEP = (
    "the modules are nested more deeply than Python can follow; expected fewer levels: put steps beside each other, in one "
    "torch.nn.Sequential"
)


@contextmanager
def evaluating(module: "torch.nn.Module", device: str | None = None) -> "Iterator[torch.device]":
    """The module in evaluation mode on the device; as it was afterwards, its buffers too.

    Parameters
    ----------
    module : torch.nn.Module
    device : str, optional
        The module's own by default.

    Yields
    ------
    torch.device
        Where the module is.

    Raises
    ------
    BadInput
        If the device cannot be used, or the module's weights have no values (on the device "meta", or lazy).
    """
    import torch

    require_weights(module)
    home = next((p.device for p in module.parameters()), torch.device("cpu"))
    try:
        there = home if device is None else torch.empty(0, device=device).device
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"the device {device!r} cannot be used ({reason}); try 'cpu', or see: repscope info") from error
    modes = {m: m.training for m in module.modules()}
    buffers = [
        (owner, key, buffer, buffer.clone()) for owner in modes for key, buffer in owner.named_buffers(recurse=False)
    ]
    try:
        evaluate(module)
        module.to(there)
        yield there
    finally:
        module.to(home)
        with torch.no_grad():
            for owner, key, buffer, before in buffers:
                buffer.copy_(before)
                if not isinstance(owner, torch.jit.ScriptModule):  # which keeps its buffers elsewhere
                    owner._buffers[key] = buffer  # a forward pass may have put another tensor in its place
        for m, training in modes.items():
            m.training = training


def evaluate(module: "torch.nn.Module", evaluation: bool = True) -> None:
    """Evaluation mode, or training mode, also of a module that has given the name `train` to something else.

    A module whose `train` takes a mode and stays in training mode is left to that.

    Raises
    ------
    BadInput
        If modules are nested too deeply.
    """
    try:
        if all(_is_switch(kind.train) for kind in {type(m) for m in module.modules()}):
            module.train(not evaluation)
            return
    except NotImplementedError:  # an exported program has no modes
        pass
    except RecursionError:
        raise BadInput(TOO_DEEP) from None
    for m in module.modules():
        m.training = not evaluation


def _is_switch(method: Callable[..., object]) -> bool:
    """Whether a method called `train` takes a mode, as torch's does, and is no training loop."""
    names = list(inspect.signature(method).parameters)
    return names[1:2] == ["mode"] or "args" in names[1:2]


def require_weights(module: "torch.nn.Module") -> None:
    """Refuse weights that have no values yet: lazy ones, and those on the device "meta"."""
    import torch

    try:
        tensors = [*module.named_parameters(), *module.named_buffers()]
    except RecursionError:
        raise BadInput(TOO_DEEP) from None
    for name, tensor in tensors:
        if torch.nn.parameter.is_lazy(tensor):
            raise BadInput(
                f"the weights {name!r} are lazy: they have no shape before the first forward pass; pass a batch of zeros "
                "through the module in the function that makes it"
            )
        if tensor.is_meta:
            raise BadInput(
                f"the weights {name!r} are on the device 'meta' and have no values; move the module with "
                "to_empty(device='cpu') and load its weights"
            )
