"""The same architecture with weights that have learnt nothing: a twin to compare a trained network with."""

import copy
import inspect
from dataclasses import replace
from typing import TYPE_CHECKING

from repscope.core.errors import BadInput
from repscope.networks._constrained import redraw_constrained
from repscope.networks._evaluating import evaluate, require_weights
from repscope.networks._network import Network

if TYPE_CHECKING:
    from torch import nn


def untrained(network: Network, seed: int = 0) -> Network:
    """The untrained twin of a network.

    What is true of the twin too (pooling lowers intrinsic dimension, untrained layers keep most neighbours) is the
    architecture's doing and not training's.

    Parameters
    ----------
    network : Network
        Left as it is.
    seed : int
        Of the new weights.

    Returns
    -------
    Network
        With the same preprocessing, new weights, and fresh statistics in its batch norms. Parameters that no module
        initialises itself (such as a vision transformer's class token) are drawn from a normal distribution of
        deviation 0.02 and named in the settings under ``"drawn"``.

    Examples
    --------
    >>> from repscope.networks import load_network
    >>> twin = untrained(load_network("repscope:resnet20-digits"))
    >>> twin.name, twin.parameters
    ('repscope:resnet20-digits (untrained, seed 0)', 272474)
    """
    module, drawn = reinitialise(network.module, seed, network.name)
    settings = {**network.settings, "weights": "random", "seed": seed, **({"drawn": list(drawn)} if drawn else {})}
    return replace(network, name=f"{network.name} (untrained, seed {seed})", module=module, settings=settings)


def reinitialise(module: "nn.Module", seed: int, who: str) -> tuple["nn.Module", tuple[str, ...]]:
    """A copy with new weights, and the names of the parameters that no module initialised itself.

    Every parameter is first set to NaN; where NaN is left after all modules have reset themselves, nobody was
    responsible. Modules reset themselves from the inside out, so that a network's own scheme has the last word.

    Raises
    ------
    BadInput
        If the module cannot be copied, or has weights that cannot be drawn anew.
    """
    import torch

    require_weights(module)
    _require_drawable(module, who)
    twin = copy_module(module, who)
    parameters = {name: p for name, p in twin.named_parameters() if p.is_floating_point()}
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        for parameter in parameters.values():
            parameter.fill_(float("nan"))
        for name, part in reversed(list(twin.named_modules())):
            reset(part)
            redraw_constrained(part, f"{name or 'the network itself'} of {who!r}", reset)
        drawn = tuple(name for name, p in parameters.items() if bool(torch.isnan(p).any()))
        if len(drawn) == len(parameters) > 0 and isinstance(module, torch.jit.ScriptModule):
            raise BadInput(
                f"{who!r} is scripted or traced, so that no module in it initialises its own weights; make its untrained twin from the "
                "network that it was made of"
            )
        for name in drawn:
            parameters[name].normal_(0.0, 0.02)
    _require_finite(module, twin, who)
    evaluate(twin)
    return twin, drawn


def copy_module(module: "nn.Module", who: str) -> "nn.Module":
    """A copy of a module; weights that a hook computes before each pass, which torch does not copy, are copied as numbers.

    Raises
    ------
    BadInput
        If the module cannot be copied.
    """
    import torch

    memo: dict[int, object] = {}
    for part in module.modules():
        for value in vars(part).values():
            if isinstance(value, torch.Tensor) and not value.is_leaf:
                memo[id(value)] = value.detach().clone()
    try:
        return copy.deepcopy(module, memo)
    except Exception as error:  # anything can go wrong in a stranger's __deepcopy__
        raise BadInput(
            f"the module of {who!r} cannot be copied ({type(error).__name__}: {error}), so its weights cannot be drawn anew; give it "
            "a __deepcopy__, or make the network with new weights in your own function"
        ) from error


def _require_drawable(module: "nn.Module", who: str) -> None:
    """Refuse weights that are no parameters: a twin would be the trained network itself."""
    packed = [name for name, part in module.named_modules() if ".quantized" in type(part).__module__]
    if packed:
        raise BadInput(
            f"the weights of {packed[0]!r} of {who!r} are quantized and cannot be drawn anew; give the network as it was before"
        )


def _require_finite(module: "nn.Module", twin: "nn.Module", who: str) -> None:
    import torch

    before = module.state_dict()
    for name, tensor in twin.state_dict().items():
        numbers = isinstance(tensor, torch.Tensor) and tensor.is_floating_point()
        if numbers and not bool(torch.isfinite(tensor).all()) and bool(torch.isfinite(before[name]).all()):
            raise BadInput(
                f"{name!r} of {who!r} cannot be drawn anew: it is computed from other weights in a way that is not known; make "
                "the network with new weights in your own function"
            )


def reset(module: "nn.Module") -> None:
    """Let a module initialise itself, if it can, and forget what a batch norm has seen."""
    import torch
    from torch.nn.utils import parametrize

    if parametrize.is_parametrized(module):  # its weights are computed: `redraw_constrained` draws them
        return
    for name in ("reset_parameters", "_reset_parameters"):  # the latter: torch's attention and transformer
        method = getattr(module, name, None)
        if callable(method) and not _needs_arguments(method):
            method()
            break
    if isinstance(module, torch.jit.ScriptModule):  # which has no such methods, and is refused
        return
    # frozen batch norms keep everything in buffers and have no reset
    for buffer, fresh in (("running_mean", 0.0), ("running_var", 1.0)):
        if module._buffers.get(buffer) is not None:
            module.get_buffer(buffer).fill_(fresh)
    if "running_var" in module._buffers:
        for buffer, fresh in (("weight", 1.0), ("bias", 0.0)):
            if module._buffers.get(buffer) is not None:
                module.get_buffer(buffer).fill_(fresh)


def _needs_arguments(method: object) -> bool:
    try:
        inspect.signature(method).bind()  # type: ignore[arg-type]
    except TypeError:
        return True
    return False
