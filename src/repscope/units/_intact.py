"""Somebody else's module, borrowed: what is asked of it leaves no trace."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from repscope.core.errors import BadInput
from repscope.networks._evaluating import evaluate


@contextmanager
def intact(module: nn.Module) -> Iterator[None]:
    """The module in evaluation mode, its weights without gradients; all as it was afterwards, whatever happens inside.

    Modes, ``requires_grad`` and buffers come back; hooks that were there stay, those that were added inside are taken out.

    Raises
    ------
    BadInput
        If it is, or holds, a scripted module, whose operations cannot be looked into.

    Examples
    --------
    >>> network = nn.Sequential(nn.Linear(2, 2), nn.Dropout())
    >>> with intact(network):
    ...     (network.training, network[0].weight.requires_grad)
    (False, False)
    >>> (network.training, network[0].weight.requires_grad)
    (True, True)
    """
    modules = list(module.modules())
    if any(isinstance(inner, torch.jit.ScriptModule) for inner in modules):
        raise BadInput(
            "a scripted module came, whose operations cannot be looked into; give the module it was scripted from"
        )
    modes = [inner.training for inner in modules]
    hooks = [(hooks, dict(hooks)) for inner in modules for hooks in _hooks(inner)]
    trained = [(weight, weight.requires_grad) for weight in module.parameters()]
    buffers = [(buffer, buffer._version, buffer.detach().clone()) for buffer in module.buffers()]
    try:
        evaluate(module)
        for weight, _ in trained:
            weight.requires_grad_(False)
        yield
    finally:
        for inner, mode in zip(modules, modes, strict=True):
            inner.training = mode
        for weight, wanted in trained:
            weight.requires_grad_(wanted)
        for there, those in hooks:
            there.clear()
            there.update(those)
        for buffer, version, before in buffers:
            if buffer._version != version:
                with torch.no_grad():
                    buffer.copy_(before)


def _hooks(module: nn.Module) -> list[dict[int, object]]:
    names = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return [getattr(module, name) for name in names]
