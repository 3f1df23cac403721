"""What happens at a layer while a batch passes.

Hooks are registered on entering a `with` and removed on any exit. Each clones what it keeps, because the next
module may change the tensor in place (a ReLU after a batch norm). Calls of a module are numbered; a module that
is called once in a pass keeps its plain name, one that is called several times becomes ``name:0``, ``name:1`` …

Sparse and quantized outputs are kept as plain numbers. TorchScript modules take no hooks of their own: those that Python
code calls are seen by one hook for all modules; those inside them are not called by Python, and not seen.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from repscope.activations._batch_axis import BatchAxis
from repscope.activations._layers import INPUT, outputs_of

if TYPE_CHECKING:
    import torch


@final
@dataclass
class Watched:
    """What the hooks have seen in the present pass."""

    tensors: dict[str, "torch.Tensor"] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    fired: dict[str, int] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    """What was returned by calls that gave no tensor, or none with a plain shape."""

    def reset(self) -> None:
        """Forget the pass, before the next."""
        self.tensors.clear()
        self.shapes.clear()
        self.fired.clear()
        self.others.clear()


@contextmanager
def watch(
    module: "torch.nn.Module",
    names: Iterable[str],
    keep: "set[str] | None",
    axes: Mapping[str, BatchAxis] | None = None,
) -> Iterator[Watched]:
    """Watch the modules called `names` while the body runs.

    Parameters
    ----------
    module : torch.nn.Module
        The network.
    names : iterable of str
        Qualified names of the modules to watch.
    keep : set of str, or None
        Layers whose outputs are cloned and kept; None keeps no values, only shapes.
    axes : mapping of str to BatchAxis, optional
        Layers whose outputs are kept with the images moved to the first axis (`axes_of`).

    Yields
    ------
    Watched
        Filled by each forward pass; `reset` it between passes.
    """
    import torch
    from torch.nn.modules.module import register_module_forward_hook

    seen = Watched()
    wanted = set(names)
    moved = dict(axes or {})

    def hook_for(name: str) -> Any:
        def hook(_module: Any, _inputs: Any, output: Any) -> None:
            call = seen.fired.get(name, 0)
            seen.fired[name] = call + 1
            if call == 1 and name != INPUT:  # the second call shows that the first needs a number
                _renumber(seen.tensors, name)
                _renumber(seen.shapes, name)
                _renumber(seen.others, name)
            # a module that is called like the image gets a number from its first call on
            stem = name if call == 0 and name != INPUT else f"{name}:{call}"
            tensors = outputs_of(output)
            if not tensors:
                seen.others[stem] = f"a {type(output).__name__}"
            for suffix, tensor in tensors.items():
                if tensor.is_nested:
                    seen.others[stem + suffix] = "a nested tensor, which has no shape"
                    continue
                seen.shapes[stem + suffix] = tuple(tensor.shape)
                layer = next(
                    (n for n in (stem + suffix, f"{name}:{call}{suffix}") if keep is not None and n in keep), ""
                )
                if layer:
                    kept = _plain(tensor)
                    seen.tensors[stem + suffix] = moved[layer].to_front(kept) if layer in moved else kept

        return hook

    scripted: dict[int, Any] = {}
    handles = []
    for name, owner in module.named_modules():
        if name in wanted and isinstance(owner, torch.jit.ScriptModule):
            scripted[id(owner)] = hook_for(name)
        elif name in wanted:
            handles.append(owner.register_forward_hook(hook_for(name)))
    if scripted:
        handles.append(register_module_forward_hook(lambda m, given, out: scripted.get(id(m), _nothing)(m, given, out)))
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _nothing(*_: Any) -> None:
    """What the hook of all modules does at others."""


def _plain(tensor: "torch.Tensor") -> "torch.Tensor":
    """A copy of a tensor, dense and not quantized."""
    import torch

    alone = tensor.detach()
    if alone.is_quantized:
        return alone.dequantize()
    return alone.clone() if alone.layout == torch.strided else alone.to_dense()


def _renumber(entries: dict[str, Any], name: str) -> None:
    """Give the entries of a module's first call their number, keeping the order of the dictionary."""
    renamed = {
        (f"{name}:0{k[len(name) :]}" if k == name or k.startswith(f"{name}[") else k): v for k, v in entries.items()
    }
    entries.clear()
    entries.update(renamed)
