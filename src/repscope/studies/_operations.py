"""The operations inside the blocks of a network: modules, and what is done between them."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, final

from repscope.activations import network_layers, usual_layers
from repscope.activations._layers import INPUT, calls_of, choose_layers, module_name, outputs_of
from repscope.core.errors import NotFound
from repscope.networks._evaluating import evaluating

if TYPE_CHECKING:
    import torch

    from repscope.networks import Network

OUTPUT = "output"
"""Kind of a block's output where it is what the last operation inside gave."""
NAMES = {
    **dict.fromkeys(("add", "iadd", "radd"), "Sum"), **dict.fromkeys(("mul", "imul", "rmul"), "Product"), "relu": "ReLU",
    "cat": "Concat", "batch_norm": "BatchNorm", "scaled_dot_product_attention": "Attention",
}  # fmt: skip
"""Functions that networks call between their modules, in the words of the report."""
REARRANGING = frozenset(
    (
        "flatten",
        "view",
        "reshape",
        "permute",
        "transpose",
        "contiguous",
        "squeeze",
        "unsqueeze",
        "unbind",
        "chunk",
        "split",
        "getitem",
    )
)
"""Functions that change no number: they order or choose."""


@final
@dataclass(frozen=True)
class Operation:
    """Something that a network does inside a block.

    Attributes
    ----------
    layer : str
        Its output.
    kind : str
        Class of the module, ``Sum`` or the like for what is done between modules, ``output`` for a block's output.
    block : str
        Where it is.
    before : str or None
        The layer that goes into it (of a sum, the first); None if it is not known.
    """

    layer: str
    kind: str
    block: str
    before: str | None


def operations_of(network: "Network", blocks: Sequence[str] = ()) -> "tuple[Network, tuple[Operation, ...]]":
    """The operations inside the blocks, in the order in which they fire, and a copy of the network that shows them all.

    What a network does between its modules (``x + y``) is no module's output. In the copy a module that hands on what it is
    given stands in front of whatever takes such a result; it computes the same. Modules that change nothing, such as
    identities, and functions that only rearrange are passed over.

    Raises
    ------
    NotFound
        If there are no blocks, or none that a pattern matches.

    Examples
    --------
    >>> from repscope import load_network
    >>> _, operations = operations_of(load_network("repscope:resnet20-digits"), ["stage2.0"])
    >>> [(o.layer.removeprefix("stage2.0."), o.kind, o.before.removeprefix("stage2.0.")) for o in operations[-6:]]
    [('norm2', 'BatchNorm2d', 'convolution2'), ('shortcut.convolution', 'Conv2d', 'stage1.2'),
     ('shortcut.norm', 'BatchNorm2d', 'shortcut.convolution'), ('sum', 'Sum', 'norm2'), ('relu2', 'ReLU', 'sum'),
     ('stage2.0', 'output', 'relu2')]
    """
    opened = replace(network, module=copy.deepcopy(network.module))
    layers = network_layers(opened)[0]
    names = [layer.name for layer in layers]
    fired = {module_name(n) for n in names if n != INPUT}
    leaves = [n for n in sorted(fired) if not any(other.startswith(f"{n}.") for other in fired)]
    usual = [module_name(n) for n in usual_layers(opened.module, names)]
    inside = {b: [n for n in leaves if n.startswith(f"{b}.")] for b in dict.fromkeys(usual)}
    modules = dict(opened.module.named_modules())
    known = [b for b, within in inside.items() if any(list(modules[n].parameters()) for n in within)]
    if not known:
        raise NotFound(
            f"the network {network.name!r} has no blocks: none of the layers that are looked at by default has modules with "
            "weights inside; analyse it with the layers '*' instead"
        )
    chosen = choose_layers(blocks or known, known)
    block_of = {n: b for b in chosen for n in inside[b]} | {b: b for b in chosen}
    operations = _followed(opened, block_of, leaves, [b for b in inside if inside[b]], calls_of(layers))
    order = {layer.name: place for place, layer in enumerate(network_layers(opened)[0])}
    there = [replace(o, before=o.before if o.before in order else None) for o in operations if o.layer in order]
    return opened, tuple(sorted(there, key=lambda o: order[o.layer]))


def _followed(
    network: "Network",
    block_of: Mapping[str, str],
    leaves: Sequence[str],
    blocks: Sequence[str],
    calls: Mapping[str, int],
) -> list[Operation]:
    """Follow an image through a network; put a module in front of each that takes what a function gave.

    Which layer a tensor is, and which function was called on that since, is kept by the tensor's identity and version:
    an operation in place gives the same tensor another version.
    """
    import torch
    from torch.overrides import TorchFunctionMode

    modules = dict(network.module.named_modules())
    made: dict[tuple[int, int], tuple[str | None, str]] = {}
    alive: list[Any] = []  # so that no identity comes twice
    taken: dict[str, tuple[Any, str | None]] = {}
    called: dict[str, int] = {}
    shown: dict[str, tuple[str, str]] = {}
    operations: list[Operation] = []

    def origin(value: Any) -> tuple[str | None, str]:
        return made.get((id(value), value._version), (None, "")) if isinstance(value, torch.Tensor) else (None, "")

    def note(tensor: Any, layer: str | None, function: str = "") -> None:
        made[id(tensor), tensor._version] = (layer, function)
        alive.append(tensor)

    def numbered(name: str, module: str) -> str:
        return name if calls[module] == 1 else f"{name}:{called.get(module, 0)}"

    class Functions(TorchFunctionMode):
        """Notes what functions make of tensors."""

        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            given = [x for a in args for x in (a if isinstance(a, (tuple, list)) else [a])]
            layer, before = next((found for found in map(origin, given) if found[0]), (None, ""))
            out = func(*args, **(kwargs or {}))
            name = getattr(func, "__name__", "").strip("_")
            for tensor in outputs_of(out).values():
                if (id(tensor), tensor._version) not in made:
                    note(tensor, layer, before if name in REARRANGING else NAMES.get(name, name.capitalize()))
            return out

    def entering(name: str) -> Any:
        def hook(_module: Any, given: Any) -> None:
            x = next((x for x in given if isinstance(x, torch.Tensor)), None)
            layer, function = origin(x)
            if function and name in block_of:
                if name not in shown:
                    shown[name] = (
                        _free_name(name, function.lower(), modules, [path for path, _ in shown.values()]),
                        function,
                    )
                path, function = shown[name]
                operations.append(Operation(numbered(path, name), function, block_of[name], layer))
                layer = numbered(path, name)
                note(x, layer)
            taken[name] = (None if x is None else (id(x), x._version), layer)

        return hook

    def leaving(name: str) -> Any:
        def hook(module: Any, _given: Any, output: Any) -> None:
            stem = numbered(name, name)
            called[name] = called.get(name, 0) + 1
            for suffix, tensor in outputs_of(output).items():
                if name in taken and (id(tensor), tensor._version) == taken[name][0]:
                    continue  # it hands on what it is given
                before, kind = (taken[name][1], type(module).__name__) if name in taken else origin(tensor)
                if name in block_of:
                    operations.append(Operation(stem + suffix, kind or OUTPUT, block_of[name], before))
                note(tensor, stem + suffix)

        return hook

    handles = [modules[n].register_forward_pre_hook(entering(n)) for n in leaves]
    handles += [modules[n].register_forward_hook(leaving(n)) for n in (*leaves, *blocks)]
    image = torch.zeros((3, *network.input_shape[1:]), dtype=torch.uint8)
    try:
        with torch.no_grad(), evaluating(network.module) as device:
            batch = network.preprocess([image, image]).to(device)
            note(batch, INPUT)
            with Functions():
                network.module(batch)
    finally:
        for handle in handles:
            handle.remove()
    for name, (path, kind) in shown.items():
        owner, _, child = path.rpartition(".")
        modules[owner].add_module(child, type(kind, (torch.nn.Identity,), {})())
        modules[name].register_forward_pre_hook(_showing(getattr(modules[owner], child)))
    return operations


def _free_name(leaf: str, child: str, modules: Mapping[str, Any], taken: Sequence[str]) -> str:
    """A name for a module beside the leaf, in the module whose code calls the function."""
    import torch

    owner = leaf.rpartition(".")[0]
    while owner and isinstance(modules[owner], (torch.nn.Sequential, torch.nn.ModuleList, torch.nn.ModuleDict)):
        owner = owner.rpartition(".")[0]
    prefix = f"{owner}." if owner else ""
    free = (n for n in (child, *(f"{child}{i}" for i in range(2, 1000))) if not hasattr(modules[owner], n))
    return next(f"{prefix}{n}" for n in free if f"{prefix}{n}" not in taken)


def _showing(module: "torch.nn.Module") -> Any:
    """A hook that lets a module see what another is given."""
    import torch

    def hook(_module: Any, given: Any) -> None:
        module(next(x for x in given if isinstance(x, torch.Tensor)))

    return hook
