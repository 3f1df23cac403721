"""Parts of a network: those that keep their weights while the rest is trained, and those that take theirs from a file."""

import copy
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from torch import nn

from repscope.core.errors import BadInput, NotFound, nearest
from repscope.networks import Network
from repscope.networks._weights import read_weights


def named_parts(module: nn.Module, patterns: str) -> list[str]:
    """The modules that glob patterns name, without those inside one that is named already.

    Parameters
    ----------
    module : nn.Module
    patterns : str
        Separated by commas; none for no modules.

    Raises
    ------
    NotFound
        If a pattern names no module.

    Examples
    --------
    >>> module = nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.ReLU()), nn.Linear(2, 2))
    >>> named_parts(module, "0*, 1"), named_parts(module, "")
    (['0', '1'], [])
    """
    known = [name for name, _ in module.named_modules() if name]
    chosen: list[str] = []
    for pattern in filter(None, (word.strip() for word in patterns.split(","))):
        found = [name for name in known if fnmatchcase(name, pattern)]
        if not found:
            raise NotFound(f"no module is called {pattern!r}; {nearest(pattern, known)}")
        for name in found:  # what is outside comes first
            if not any(name == one or name.startswith(f"{one}.") for one in chosen):
                chosen.append(name)
    return chosen


def freeze(module: nn.Module, patterns: str) -> list[nn.Module]:
    """The named modules, none of whose weights asks for a gradient any more.

    Raises
    ------
    BadInput
        If nothing would be left to train.
    """
    parts = [module.get_submodule(name) for name in named_parts(module, patterns)]
    for part in parts:
        part.requires_grad_(False)
    if not any(parameter.requires_grad for parameter in module.parameters()):
        raise BadInput(f"frozen = {patterns!r} leaves nothing to train; leave out a module that has weights")
    return parts


def hold_still(parts: Sequence[nn.Module]) -> None:
    """Frozen modules as they are used: batch norms keep their running statistics, dropout leaves nothing out."""
    for part in parts:
        part.eval()


def transplanted(network: Network, weights: str | Path, patterns: str) -> Network:
    """A copy of the network whose named modules have the weights of a file, and the others their own.

    Parameters
    ----------
    network : Network
    weights : path
        Safetensors, or a state dict, of a network with the same modules; others in it are passed over.
    patterns : str
        Glob patterns over the names of modules, separated by commas.

    Raises
    ------
    NotFound
        If a pattern names no module, or there is no such file.
    BadInput
        If the file has not the weights of a named module, or of another shape.
    """
    given = read_weights(weights).tensors
    module = copy.deepcopy(network.module)
    own = module.state_dict()
    parts = named_parts(module, patterns)
    names = [name for name in own if any(name.startswith(f"{part}.") for part in parts)]
    odd = [name for name in names if name not in given or given[name].shape != own[name].shape]
    if odd:
        what = "no tensor" if odd[0] not in given else f"one of shape {tuple(given[odd[0]].shape)}"
        raise BadInput(
            f"{weights} has {what} {odd[0]!r}, and {network.name!r} expects {tuple(own[odd[0]].shape)}: copy other modules than "
            f"{patterns!r}, or give weights of this network"
        )
    module.load_state_dict({**own, **{name: given[name] for name in names}})
    settings = {**network.settings, "copied": {"weights": str(weights), "modules": parts}}
    return replace(network, module=module, settings=settings)
