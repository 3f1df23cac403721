"""Weights that are computed from others, drawn anew: norms hold in what comes out.

Spectral, weight and orthogonal norm in their new form (parametrizations) and their old one (a hook before each pass), and
pruned weights.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from repscope.core.errors import BadInput

if TYPE_CHECKING:
    from torch import nn

STEPS = 50
"""Of the power iteration that finds the largest singular value of a new weight."""


def redraw_constrained(part: "nn.Module", who: str, reset: "Callable[[nn.Module], None]") -> None:
    """Draw weights that are computed from others: spectral, weight and orthogonal norm, old and new, and pruned ones.

    What these are computed from is set so that the computed weight is what the module's own initialisation draws, norms applied.

    Parameters
    ----------
    part : torch.nn.Module
        Changed in place.
    who : str
        What it is called, for errors.
    reset : callable
        Lets a module with plain weights initialise itself.

    Raises
    ------
    BadInput
        If a parametrization cannot be inverted.
    """
    from torch.nn.utils import parametrize

    if parametrize.is_parametrized(part):
        _redraw_parametrized(part, who, reset)
    for hook in part._forward_pre_hooks.values():
        _redraw_hooked(part, hook)


def _redraw_parametrized(part: "nn.Module", who: str, reset: "Callable[[nn.Module], None]") -> None:
    import torch

    lists: Any = part.parametrizations
    names = list(lists)
    plain = _without_parametrizations(part, names)
    reset(plain)
    own: Any = part._parameters
    for name, parameter in plain._parameters.items():
        if name not in names and parameter is not None:
            own[name].copy_(parameter)
    for name in names:
        value = getattr(plain, name).detach()
        if bool(torch.isnan(value).any()):
            value = torch.empty_like(value).normal_(0.0, 0.02)
        chain = list(lists[name])
        if type(chain[-1]).__name__ == "_Orthogonal":  # it takes values that are orthogonal already
            wide = value.shape[-2] < value.shape[-1]
            basis = torch.linalg.qr(value.mT if wide else value).Q
            value = basis.mT if wide else basis
        for step in chain:
            if hasattr(step, "_u"):  # spectral norm: directions of the last weight, which was another
                for buffer in (step._u, step._v):
                    buffer.copy_(torch.nn.functional.normalize(torch.randn_like(buffer), dim=0))
        try:
            setattr(part, name, value)
        except (NotImplementedError, RuntimeError, ValueError) as error:
            raise BadInput(
                f"{name!r} of {who} is computed by {type(chain[0]).__name__}, which cannot be inverted ({error}), so that it cannot be drawn anew; give it "
                "a right_inverse, or make the network with new weights in your own function"
            ) from error
        for step in chain:
            if hasattr(step, "_power_method"):
                flat = step._reshape_weight_to_matrix(lists[name].original)
                step._power_method(flat, STEPS)


def _without_parametrizations(part: "nn.Module", names: Sequence[str]) -> Any:
    """A module of the class that was parametrized, with plain parameters of the same shapes.

    torch's own way of removing them changes the class, which copies and the user's module share.
    """
    import torch

    part.eval()  # or a look at the weight goes on with its power iteration
    kind = type(part).__mro__[1]
    plain: Any = object.__new__(kind)
    plain.__dict__.update(vars(part))
    shapes = {name: torch.empty_like(getattr(part, name)).fill_(float("nan")) for name in names}
    own = {
        name: torch.nn.Parameter(p.detach().clone(), p.requires_grad)
        for name, p in part._parameters.items()
        if p is not None
    }
    plain.__dict__["_parameters"] = own | {name: torch.nn.Parameter(value) for name, value in shapes.items()}
    plain.__dict__["_modules"] = {name: inner for name, inner in part._modules.items() if name != "parametrizations"}
    return plain


def _redraw_hooked(part: "nn.Module", hook: Any) -> None:
    """Old forms, which compute the weight before each pass: the plain tensor has been drawn by the module itself."""
    import torch
    from torch.nn.utils.prune import BasePruningMethod
    from torch.nn.utils.spectral_norm import SpectralNorm
    from torch.nn.utils.weight_norm import WeightNorm

    if not isinstance(hook, WeightNorm | SpectralNorm | BasePruningMethod):
        return
    name = str(getattr(hook, "name", None) or getattr(hook, "_tensor_name", ""))
    value = getattr(part, name).detach()
    if bool(torch.isnan(value).any()):
        value = torch.empty_like(value).normal_(0.0, 0.02)
    if isinstance(hook, WeightNorm):
        getattr(part, f"{name}_v").copy_(value)
        getattr(part, f"{name}_g").copy_(torch.norm_except_dim(value, 2, hook.dim))
        setattr(part, name, hook.compute_weight(part).detach())
        return
    getattr(part, f"{name}_orig").copy_(value)
    if isinstance(hook, BasePruningMethod):
        setattr(part, name, hook.apply_mask(part).detach())  # type: ignore[no-untyped-call]
    if isinstance(hook, SpectralNorm):
        for side in ("_u", "_v"):
            direction = getattr(part, name + side)
            direction.copy_(torch.nn.functional.normalize(torch.randn_like(direction), dim=0))
        for _ in range(STEPS):
            computed = hook.compute_weight(part, do_power_iteration=True)
        setattr(part, name, computed.detach())
