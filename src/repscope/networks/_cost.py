"""What a network costs: parameters and multiply-adds, layer by layer, counted while one image passes through."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Int

from repscope.core.errors import BadInput
from repscope.networks._evaluating import evaluate, evaluating
from repscope.networks._forward import forward
from repscope.networks._network import Network

if TYPE_CHECKING:
    import pandas as pd
    import torch
    from torch import nn

NORM_FLOPS = 5
"""Per value that a batch norm gives: subtract, multiply, multiply, add, and the root, as fvcore counts them while training."""


@final
@dataclass(frozen=True)
class LayerCost:
    """Of one module, without those inside it.

    Attributes
    ----------
    layer : str
        Its qualified name; empty for the network itself.
    kind : str
        Its class.
    shape : tuple of int
        Of what it gives for one image; of its last call. Empty if that is no tensor.
    parameters : int
        Its own, weights shared with an earlier module not counted again.
    multiply_adds : int
        Of its convolutions, linear layers, matrix products and attention, over all its calls.
    flops : int
        The thesis' convention: the multiply-adds, and five for each value that a batch norm gives.
    """

    layer: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    flops: int


@final
@dataclass(frozen=True)
class Cost:
    """What a network costs at one image.

    Attributes
    ----------
    network : str
        Its name.
    input_shape : (channels, height, width)
        Of the image.
    layers : tuple of LayerCost
        The modules that have parameters or compute anything that is counted, in order.
    notes : tuple of str
        What the count leaves out and a reader should know.
    """

    network: str
    input_shape: tuple[int, int, int]
    layers: tuple[LayerCost, ...]
    notes: tuple[str, ...] = ()

    @property
    def parameters(self) -> int:
        """Of all layers."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        """Of all layers."""
        return sum(layer.multiply_adds for layer in self.layers)

    @property
    def flops(self) -> int:
        """Of all layers, by the thesis' convention."""
        return sum(layer.flops for layer in self.layers)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        totals = {name: getattr(self, name) for name in ("parameters", "multiply_adds", "flops")}
        return {**asdict(self), **totals}

    def frame(self) -> "pd.DataFrame":
        """One row per layer (needs pandas)."""
        from repscope.core.optional import optional

        pandas = optional("pandas", "Cost.frame()", "frame")
        frame: pd.DataFrame = pandas.DataFrame([asdict(layer) for layer in self.layers])
        return frame


def cost(network: "Network | nn.Module", input_shape: tuple[int, int, int] | None = None) -> Cost:
    """Count the parameters, multiply-adds and FLOPs of a network at one image.

    One image of zeros passes through the network as it is used, in evaluation mode; what is counted is what ran.

    Parameters
    ----------
    network : Network or torch.nn.Module
        Left as it is.
    input_shape : (channels, height, width), optional
        Of the image; a `Network` knows its own.

    Returns
    -------
    Cost

    Raises
    ------
    BadInput
        If the shape is missing or no shape, or the network cannot take such an image.

    Notes
    -----
    ``multiply_adds`` are those of convolutions, linear layers, matrix products and attention (`torch.utils.flop_counter`, halved).
    ``flops`` is the convention of A. Hryniowski, *A Representational Response Analysis Framework for Convolutional Neural
    Networks*, 2024, chapter 7: multiply-adds, and five for each value of a batch norm, which is what fvcore counts. Others call twice
    the multiply-adds FLOPs. Activations, sums and pooling are not counted.

    Examples
    --------
    >>> from repscope import load_network
    >>> found = cost(load_network("repscope:resnet20"), input_shape=(3, 32, 32))
    >>> found.parameters, found.multiply_adds, found.flops
    (272474, 40813184, 41816704)
    """
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    module = network.module if isinstance(network, Network) else network
    name = network.name if isinstance(network, Network) else type(network).__name__
    shape = _checked(network, input_shape)
    norm = dict.fromkeys(_norms(), _norm_values)
    counter = FlopCounterMode(display=False, custom_mapping=norm)
    shapes: dict[str, tuple[int, ...]] = {}
    names = {inner: path for path, inner in module.named_modules()}
    hooks = [
        inner.register_forward_hook(_shape_kept(path, shapes))
        for inner, path in names.items()
        if not isinstance(inner, torch.jit.ScriptModule)  # which takes no hooks
    ]
    used: set[int] = set()
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # the fused layers are single operations, which nobody counts
    try:
        with _evaluated(module) as device, torch.no_grad(), counter, _weights_seen(set(counter.flop_registry), used):
            forward(module, torch.zeros(1, *shape, device=device), name)
    except Exception as error:
        raise BadInput(
            f"the network {name!r} cannot take an image of {' x '.join(map(str, shape))} ({error}); "
            "expected (channels, height, width) that it was made for"
        ) from error
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
        for hook in hooks:
            hook.remove()
    return _counted(name, shape, module, counter.get_flop_counts(), set(norm), shapes, used)


def _checked(network: "Network | nn.Module", shape: tuple[int, int, int] | None) -> tuple[int, int, int]:
    given = network.input_shape if shape is None and isinstance(network, Network) else shape
    if given is None:
        raise BadInput("the cost of a module depends on its input; give input_shape=(channels, height, width)")
    if len(given) != 3 or any(isinstance(side, bool) or not isinstance(side, int) or side < 1 for side in given):
        raise BadInput(f"input_shape={given!r} is no image; expected (channels, height, width), such as (3, 32, 32)")
    channels, height, width = given
    return channels, height, width


def _norms() -> list[Any]:
    """The operations that a batch norm may be."""
    import torch

    names = ("native_batch_norm", "_native_batch_norm_legit_no_training", "cudnn_batch_norm", "miopen_batch_norm")
    return [getattr(torch.ops.aten, name) for name in names if hasattr(torch.ops.aten, name)]


@contextmanager
def _evaluated(module: "nn.Module") -> "Iterator[torch.device]":
    """As `evaluating`; a module on the device "meta" is counted there too, for a count needs no values."""
    import torch

    if not all(p.is_meta for p in module.parameters()) or not any(True for _ in module.parameters()):
        with evaluating(module) as device:
            yield device
        return
    modes = {inner: inner.training for inner in module.modules()}
    try:
        evaluate(module)
        yield torch.device("meta")
    finally:
        for inner, mode in modes.items():
            inner.training = mode


def _storage(tensor: "torch.Tensor") -> int:
    """Where its numbers are: the same for its views and transposes."""
    return int(tensor.untyped_storage()._cdata)  # not its address, which is 0 on the device "meta"


def _weights_seen(counted: set[Any], used: set[int]) -> Any:
    """A mode that notes which tensors take part in operations that are counted, whichever module calls them."""
    from torch.utils._python_dispatch import TorchDispatchMode

    class Seen(TorchDispatchMode):  # type: ignore[no-untyped-call]
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if func._overloadpacket in counted:
                used.update(_storage(given) for given in args if hasattr(given, "untyped_storage"))
            return func(*args, **(kwargs or {}))

    return Seen()  # type: ignore[no-untyped-call]


def _norm_values(*shapes: Any, **_others: Any) -> int:
    """As many as it is given."""
    return math.prod(shapes[0])


def _shape_kept(path: str, shapes: dict[str, tuple[int, ...]]) -> Any:
    def keep(_module: Any, _inputs: Any, output: Any) -> None:
        shapes[path] = tuple(output.shape[1:]) if hasattr(output, "shape") else ()

    return keep


def _counted(
    name: str,
    shape: tuple[int, int, int],
    module: "nn.Module",
    counts: Mapping[str, Mapping[Any, int]],
    norms: set[Any],
    shapes: Mapping[str, tuple[int, ...]],
    used: set[int],
) -> Cost:
    """Each module's own: what was counted within it, less what was counted within the modules inside it."""
    root = type(module).__name__
    paths = [path for path, _ in module.named_modules()]
    within = {path: _split(counts.get(f"{root}.{path}".rstrip("."), {}), norms) for path in paths}
    seen: set[int] = set()
    rows, silent = [], []
    for path, inner in module.named_modules():
        children = [f"{path}.{child}".lstrip(".") for child, _ in inner.named_children()]
        inside = [within[child] for child in children if child in within]  # a module that stands twice is counted once
        products, values = (within[path] - sum(inside, np.zeros(2, np.int64))).tolist()
        own = [p for p in inner.parameters(recurse=False) if id(p) not in seen]
        seen |= {id(p) for p in own}
        parameters = sum(p.numel() for p in own)
        kind = type(inner).__name__
        if parameters or products or values:
            flops = products + NORM_FLOPS * values
            rows.append(LayerCost(path, kind, shapes.get(path, ()), parameters, products, flops))
        if (
            not children
            and not products
            and any(p.ndim > 1 and _storage(p) not in used for p in own)
            and "Embedding" not in kind
        ):
            silent.append(path or root)
    notes = (
        (f"not counted, for they have weights and did nothing of a known kind: {', '.join(silent)}",) if silent else ()
    )
    return Cost(name, shape, tuple(rows), notes)


def _split(counts: Mapping[Any, int], norms: set[Any]) -> Int[np.ndarray, "2"]:
    """Multiply-adds, and values of batch norms."""
    products = sum(count for operation, count in counts.items() if operation not in norms)
    return np.array([products // 2, sum(count for operation, count in counts.items() if operation in norms)], np.int64)
