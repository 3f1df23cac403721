"""What happens at a layer while a batch passes.

Hooks are registered on entering a `with` and removed on any exit. Each clones what it keeps, because the next
module may change the tensor in place (a ReLU after a batch norm). Calls of a module are numbered; a module that
is called once in a pass keeps its plain name, one that is called several times becomes ``name:0``, ``name:1`` …
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

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

    def reset(self) -> None:
        """Forget the pass, before the next."""
        self.tensors.clear()
        self.shapes.clear()
        self.fired.clear()


@contextmanager
def watch(module: "torch.nn.Module", names: Iterable[str], keep: "set[str] | None") -> Iterator[Watched]:
    """Watch the modules called `names` while the body runs.

    Parameters
    ----------
    module : torch.nn.Module
        The network.
    names : iterable of str
        Qualified names of the modules to watch.
    keep : set of str, or None
        Layers whose outputs are cloned and kept; None keeps no values, only shapes.

    Yields
    ------
    Watched
        Filled by each forward pass; `reset` it between passes.
    """
    seen = Watched()
    wanted = set(names)

    def hook_for(name: str) -> Any:
        def hook(_module: Any, _inputs: Any, output: Any) -> None:
            call = seen.fired.get(name, 0)
            seen.fired[name] = call + 1
            if call == 1 and name != INPUT:  # the second call shows that the first needs a number
                _renumber(seen.tensors, name)
                _renumber(seen.shapes, name)
            # a module that is called like the image gets a number from its first call on
            stem = name if call == 0 and name != INPUT else f"{name}:{call}"
            for suffix, tensor in outputs_of(output).items():
                seen.shapes[stem + suffix] = tuple(tensor.shape)
                if keep is not None and (stem + suffix in keep or f"{name}:{call}{suffix}" in keep):
                    seen.tensors[stem + suffix] = tensor.detach().clone()

        return hook

    handles = [m.register_forward_hook(hook_for(n)) for n, m in module.named_modules() if n in wanted]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _renumber(entries: dict[str, Any], name: str) -> None:
    """Give the entries of a module's first call their number, keeping the order of the dictionary."""
    renamed = {
        (f"{name}:0{k[len(name) :]}" if k == name or k.startswith(f"{name}[") else k): v for k, v in entries.items()
    }
    entries.clear()
    entries.update(renamed)
