"""A module as it is now, to see whether it is the same afterwards; and what its layers give in a plain pass."""

from typing import Any

import torch
from torch import nn

from tests.drawn.session import Draw


def state_of(module: nn.Module) -> dict[str, Any]:
    """Weights and buffers byte for byte, modes, hooks, and what is trained."""
    tensors = {
        name: (str(t.dtype), t.detach().to(t.dtype, copy=True))
        for name, t in (*module.named_parameters(), *module.named_buffers())
    }
    return {
        "tensors": tensors,
        "modes": {name: m.training for name, m in module.named_modules()},
        "hooks": {
            name: (len(m._forward_hooks), len(m._forward_pre_hooks), len(m._backward_hooks))
            for name, m in module.named_modules()
        },
        "trained": {name: (p.requires_grad, p.grad is None) for name, p in module.named_parameters()},
        "own": {name: sorted(vars(m)) for name, m in module.named_modules()},
    }


def check_state(draw: Draw, module: nn.Module, before: dict[str, Any]) -> None:
    """Raise if the module is not as it was."""
    after = state_of(module)
    for part in ("modes", "hooks", "trained", "own"):
        draw.equal(f"{part} of the module afterwards", after[part], before[part])
    draw.equal("names of tensors afterwards", list(after["tensors"]), list(before["tensors"]))
    for name, (kind, tensor) in before["tensors"].items():
        now_kind, now = after["tensors"][name]
        same = (
            kind == now_kind
            and tensor.shape == now.shape
            and bool(torch.equal(tensor.nan_to_num(7), now.nan_to_num(7)))
        )
        draw.true("tensors afterwards", same, f"{name} was changed")


def plain_pass(module: nn.Module, batch: torch.Tensor) -> dict[str, list[torch.Tensor]]:
    """What each module gives, call by call, as it was when it was given."""
    outputs: dict[str, list[torch.Tensor]] = {}
    modes = {m: m.training for m in module.modules()}
    handles = []
    for name, m in module.named_modules():

        def keep(_m: nn.Module, _given: Any, out: Any, name: str = name) -> None:
            outputs.setdefault(name, [])
            if isinstance(out, torch.Tensor):
                outputs[name].append(out.detach().to(torch.float64, copy=True))

        handles.append(m.register_forward_hook(keep))
    try:
        module.eval()
        kind = next((p.dtype for p in module.parameters()), torch.float32)
        with torch.no_grad():
            module(batch.to(kind, copy=True))
    finally:
        for handle in handles:
            handle.remove()
        for m, mode in modes.items():
            m.training = mode
    return outputs
