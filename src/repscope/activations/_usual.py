"""The layers that people look at: the outputs of blocks rather than of each operation."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from repscope.activations._layers import INPUT, module_name

if TYPE_CHECKING:
    import torch

FEW = 2
"""With so few default layers beside the input, those that have layers inside are opened: a network in a wrapper is no block."""


def usual_layers(module: "torch.nn.Module", names: Iterable[str]) -> tuple[str, ...]:
    """The layers that people look at: the input, and the outputs of blocks rather than of each operation.

    Sequences of blocks are opened, and modules that hold a stack of like blocks; blocks themselves are not.
    Dropout and identity are passed over. A module that is no layer itself (a list of modules, a backbone of which only a
    method is called) is opened too, and so is one that holds all of the network but a head.

    Parameters
    ----------
    module : torch.nn.Module
    names : iterable of str
        All layers of the network, as `network_layers` names them.

    Examples
    --------
    >>> from repscope.activations import network_layers
    >>> from repscope.networks import load_network
    >>> network = load_network("repscope:resnet20", weights="random")
    >>> known = [layer.name for layer in network_layers(network)[0]]
    >>> usual_layers(network.module, known)[:4]
    ('input', 'neck', 'stage1.0', 'stage1.1')
    """
    known = list(names)
    layers = {module_name(n) for n in known if n != INPUT}
    chosen = _inside("", module, layers)
    if len(chosen) <= FEW:
        inside = {name: _unwrapped(name, module, layers) for name in chosen}
        widest = max(inside, key=lambda name: len(inside[name]), default="")
        if widest and inside[widest]:
            # what a wrapper returns the network inside returns; beside others, its output is a layer of its own
            chosen = inside[widest] | (chosen if len(chosen) > 1 else set())
    if not chosen:  # nothing but dropout and identities
        chosen = layers
    return tuple(n for n in known if n == INPUT or module_name(n) in chosen)


def _unwrapped(name: str, module: "torch.nn.Module", layers: set[str]) -> set[str]:
    """The blocks inside a module; if it only wraps another, those inside that."""
    inside = _inside(f"{name}.", module.get_submodule(name), layers)
    if len(inside) == 1:
        return _unwrapped(next(iter(inside)), module, layers) or inside
    return inside


def _inside(prefix: str, owner: "torch.nn.Module", layers: set[str]) -> set[str]:
    """The blocks inside a module, by their full names."""
    import torch

    idle = (torch.nn.Identity, torch.nn.Dropout, torch.nn.Dropout2d)
    chosen: set[str] = set()
    for name, child in owner.named_children():
        full = f"{prefix}{name}"
        if full not in layers or _is_opened(child):
            chosen |= _inside(f"{full}.", child, layers)
        elif not isinstance(child, idle):
            chosen.add(full)
    return chosen


def _is_opened(module: "torch.nn.Module") -> bool:
    """Whether it is looked into: a sequence with blocks in it, or the holder of a stack of like blocks."""
    has_blocks = _is_sequence(module) and any(list(inner.children()) for inner in module.children())
    return has_blocks or any(_is_stack(inner) for inner in module.children())


def _is_sequence(module: "torch.nn.Module") -> bool:
    import torch

    return isinstance(module, (torch.nn.Sequential, torch.nn.ModuleList, torch.nn.ModuleDict))


def _is_stack(module: "torch.nn.Module") -> bool:
    """A sequence of at least two blocks of one class that are made of more than single operations."""
    blocks = list(module.children())
    deep = all(any(list(part.children()) for part in block.children()) for block in blocks)
    return _is_sequence(module) and len(blocks) > 1 and len({type(block) for block in blocks}) == 1 and deep
