"""Which layers a recording will have, and what has to be said about those that it will not."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from repscope.activations._layers import LayerInfo, choose_layers, matches, module_name
from repscope.activations._listing import Listing, list_layers
from repscope.activations._pooling import KINDS, Scale, checked_kinds, checked_scales, pooling_of
from repscope.activations._usual import usual_layers
from repscope.core.errors import BadInput

if TYPE_CHECKING:
    import torch

    from repscope.networks import Network

SHOWN = 5
"""Modules that a message names."""


def planned_layers(
    network: "Network",
    layers: str | Sequence[str] | None = None,
    scales: Sequence[Scale] = (1,),
    pooling: Sequence[str] | str = KINDS,
) -> tuple[tuple[LayerInfo, ...], tuple[str, ...]]:
    """The layers that a recording would have, and notes on modules that are not among them.

    Each layer is followed by what is left of it at the other scales, as far as that is something else.

    Raises
    ------
    NotFound
        If a pattern matches no layer.
    BadInput
        If it matches only outputs that are no layers, or default layers would be the image alone.
    """
    listing = list_layers(network)
    if layers is None:
        chosen = usual_layers(network.module, listing.names)
        notes = notes_on_default_layers(network, listing)
        if len(listing.layers) == 1:
            raise BadInput(f"{notes[0]}. To look at the pixels all the same, name the layer 'input'")
    else:
        patterns = [layers] if isinstance(layers, str) else list(layers)
        _refuse_left_out(patterns, listing)
        chosen = choose_layers(patterns, listing.names, listing.silent)
        notes = _not_recorded(patterns, listing)
    planned: dict[str, LayerInfo] = {}
    ways = [(scale, kind) for kind in checked_kinds(pooling) for scale in checked_scales(scales)]
    for layer in listing.layers:
        if layer.name in chosen:
            planned[layer.name] = layer
            for way in ways if layer.batch is None or layer.batch.parts == 1 else ():
                pooled = pooling_of(layer.shape, network.input_shape, *way)
                if pooled is not None:
                    planned[layer.name + pooled.suffix] = layer.pooled(pooled)
    return tuple(planned.values()), notes


def _refuse_left_out(patterns: Sequence[str], listing: Listing) -> None:
    """Say why an output is no layer, where a pattern means nothing else."""
    for pattern in patterns:
        bare = pattern.removeprefix("!")
        if not any(matches(name, bare) for name in (*listing.names, *listing.silent)):
            meant = {name: reason for name, reason in listing.left_out.items() if matches(name, bare)}
            if meant:
                raise BadInput(f"{pattern!r} matches outputs that are no layers: {_shown(meant)}; choose other layers")


def _not_recorded(patterns: Sequence[str], listing: Listing) -> tuple[str, ...]:
    """Name the modules that never fire and the outputs that are no layers, if the patterns could have meant them."""

    def are_meant(names: Iterable[str]) -> list[str]:
        last = {n: next((p for p in reversed(patterns) if matches(n, p.removeprefix("!"))), "!") for n in names}
        return [name for name, pattern in last.items() if not pattern.startswith("!")]

    notes = []
    silent = are_meant(listing.silent)
    if silent:
        notes.append(
            f"{len(silent)} modules match but never fire in a forward pass, and are not recorded: {_named(silent)}"
        )
    odd = {name: listing.left_out[name] for name in are_meant(listing.left_out) if name not in listing.windows}
    if odd:
        notes.append(f"{len(odd)} outputs match but are no layers, and are not recorded: {_shown(odd)}")
    return tuple(notes)


def notes_on_default_layers(network: "Network", listing: Listing) -> tuple[str, ...]:
    """Name the parts of a network that default layers do not show: no layer is in them, and they are in none."""
    if len(listing.layers) == 1:
        return (_pixels_alone(network, listing),)
    module = network.module
    layers = {module_name(layer.name) for layer in listing.layers[1:]}

    def is_apart(name: str) -> bool:
        inner = any(layer == name or layer.startswith(f"{name}.") for layer in layers)
        return not inner and not any(name.startswith(f"{layer}.") for layer in layers)

    apart = {n: r for n, r in listing.left_out.items() if is_apart(module_name(n)) and _weights(module, [n])}
    notes = (
        [f"not among the default layers are outputs without an axis for the images: {_shown(apart)}"] if apart else []
    )
    silent = [name for name in listing.silent if is_apart(name)]
    share = _weights(module, silent) / max(sum(p.numel() for p in module.parameters()), 1)
    if share > 0.5:
        notes.append(
            f"{100 * share:.0f} % of the weights are in modules that never fire in a forward pass, and whose outputs are not "
            f"looked at: {_named(silent)}; call them as modules, module(x), to see them"
        )
    return tuple(notes)


def _weights(module: "torch.nn.Module", names: Sequence[str]) -> int:
    """Number of parameters in these modules, each counted once."""
    held = {id(p): p.numel() for name in names for p in module.get_submodule(module_name(name)).parameters()}
    return sum(held.values())


def _pixels_alone(network: "Network", listing: Listing) -> str:
    """Why nothing but the image is a layer, and what to do."""
    import torch

    if isinstance(network.module, torch.jit.ScriptModule):
        why = "it is a TorchScript module, inside which nothing can be looked at; give the Python module it was made of"
    elif isinstance(network.module, torch.fx.GraphModule) and listing.silent:
        why = (
            "it is an exported program, which calls functions in place of modules; give the Python module it was made of, or "
            "torch.export.unflatten(program)"
        )
    elif listing.left_out:
        why = f"outputs of its modules are no layers, having no axis for the images: {_shown(listing.left_out)}"
    elif listing.silent:
        why = f"none of its modules is called in a forward pass ({_named(listing.silent)}); call them as modules, module(x)"
    else:
        why = "it has no modules inside; put its steps into modules, for example torch.nn.Sequential"
    return f"the default layers of the network {network.name!r} would be the pixels alone: {why}"


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _shown(left_out: Mapping[str, str]) -> str:
    """Some outputs that are no layers, with the reasons."""
    shown = [f"{name!r} ({reason})" for name, reason in list(left_out.items())[:SHOWN]]
    return "; ".join(shown) + (f"; and {len(left_out) - SHOWN} more" if len(left_out) > SHOWN else "")
