"""The same architecture with weights that have learnt nothing: a twin to compare a trained network with."""

import copy
import inspect
from dataclasses import replace
from typing import TYPE_CHECKING

from repscope.core.errors import BadInput
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
        If the module cannot be copied.
    """
    import torch

    require_weights(module)
    try:
        twin = copy.deepcopy(module)
    except Exception as error:  # anything can go wrong in a stranger's __deepcopy__
        raise BadInput(
            f"the module of {who!r} cannot be copied ({type(error).__name__}: {error}), so it has no untrained twin; "
            "load it with weights='random' instead"
        ) from error
    parameters = {name: p for name, p in twin.named_parameters() if p.is_floating_point()}
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        for parameter in parameters.values():
            parameter.fill_(float("nan"))
        for part in reversed(list(twin.modules())):
            _reset(part)
        drawn = tuple(name for name, p in parameters.items() if bool(torch.isnan(p).any()))
        for name in drawn:
            parameters[name].normal_(0.0, 0.02)
    evaluate(twin)
    return twin, drawn


def _reset(module: "nn.Module") -> None:
    """Let a module initialise itself, if it can, and forget what a batch norm has seen."""
    for name in ("reset_parameters", "_reset_parameters"):  # the latter: torch's attention and transformer
        method = getattr(module, name, None)
        if callable(method) and not _needs_arguments(method):
            method()
            break
    # frozen batch norms keep everything in buffers and have no reset
    buffers = dict(module.named_buffers(recurse=False))
    frozen = {"weight": 1.0, "bias": 0.0} if "running_var" in buffers else {}
    for name, fresh in {"running_mean": 0.0, "running_var": 1.0, **frozen}.items():
        if name in buffers:
            buffers[name].fill_(fresh)


def _needs_arguments(method: object) -> bool:
    try:
        inspect.signature(method).bind()  # type: ignore[arg-type]
    except TypeError:
        return True
    return False
