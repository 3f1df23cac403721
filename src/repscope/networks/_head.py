"""The head of a network: the linear classifier at its end, and the embedding that goes into it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput, NotFound, nearest
from repscope.networks._evaluating import evaluating
from repscope.networks._forward import forward
from repscope.networks._logits import tensors_of
from repscope.networks._network import Network

if TYPE_CHECKING:
    import torch


@final
@dataclass(frozen=True, eq=False)
class Head:
    """A linear classifier: logits = C f + b.

    Attributes
    ----------
    layer : str
        The module's qualified name; what goes into it, flattened, is the embedding f.
    weight : (classes, d) float64
        C.
    bias : (classes,) float64
        b; zeros where the module has none.
    """

    layer: str
    weight: Float[np.ndarray, "classes d"]
    bias: Float[np.ndarray, " classes"]

    @property
    def dimension(self) -> int:
        """Of the embeddings."""
        return int(self.weight.shape[1])

    @property
    def classes(self) -> int:
        """Outputs."""
        return len(self.weight)

    def logits(self, embeddings: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n classes"]:
        """What the network answers for these embeddings."""
        answer: Float[np.ndarray, "n classes"] = embeddings @ self.weight.T + self.bias
        return answer

    def after(self, weight: Float[np.ndarray, "d e"], bias: Float[np.ndarray, " d"]) -> "Head":
        """The classifier with a linear map before it, as one: C (M f + m) + b."""
        return Head(self.layer, self.weight @ weight, self.weight @ bias + self.bias)


def head_of(network: Network, layer: str | None = None) -> Head:
    """The linear head of a network, found by itself: the last linear module whose output is the network's.

    Parameters
    ----------
    network : Network
    layer : str, optional
        Its name, where it is to be another one, or cannot be found.

    Raises
    ------
    NotFound
        If the network does not end with a linear module (or a 1 × 1 convolution of a single position), or has no module of
        that name.
    BadInput
        If the module of that name is not linear.

    Examples
    --------
    >>> from repscope.networks import load_network
    >>> head = head_of(load_network("repscope:resnet20-digits"))
    >>> head.layer, head.weight.shape
    ('classifier', (10, 64))
    """
    import torch

    modules = dict(network.module.named_modules())
    if layer is not None:
        if layer not in modules:
            raise NotFound(f"the network {network.name!r} has no module {layer!r}; {nearest(layer, modules)}")
        if not _linear(modules[layer]):
            raise BadInput(
                f"the module {layer!r} of {network.name!r} is a {type(modules[layer]).__name__}; expected a Linear or a 1 × 1 "
                "convolution, whose output are the logits"
            )
        return _head(layer, modules[layer])
    seen: list[tuple[str, torch.Tensor]] = []  # a head may be called for prototypes too
    handles = [
        module.register_forward_hook(lambda _m, _i, out, name=name: seen.append((name, out.detach().clone())))
        for name, module in modules.items()
        if _linear(module)
    ]
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(2, *network.input_shape, generator=generator)
    try:
        with torch.no_grad(), evaluating(network.module) as device:
            answer = forward(network.module, images.to(device), network.name)
    finally:
        for handle in handles:
            handle.remove()
    outputs = [out.flatten(1) for out in tensors_of(answer).values() if out.ndim > 1]
    for name, value in reversed(seen):
        if any(
            out.shape == value.flatten(1).shape and torch.equal(out, value.flatten(1))
            for out in outputs
            if value.ndim > 1
        ):
            return _head(name, modules[name])
    last = f"; the last linear module is {seen[-1][0]!r}" if seen else ""
    raise NotFound(
        f"the network {network.name!r} does not end with a linear module: no Linear gives its output as it is{last}; name the "
        "head (layer=…), or use a network with a linear classifier"
    )


@contextmanager
def embedding(module: "torch.nn.Module", layer: str, detached: bool = True) -> "Iterator[list[torch.Tensor]]":
    """Keeps what goes into the head, flattened, of every pass while the body runs; with its gradient, if not detached."""
    kept: list[torch.Tensor] = []

    def hook(_module: Any, inputs: Any) -> None:
        kept.append(inputs[0].detach().flatten(1).clone() if detached else inputs[0].flatten(1))

    handle = module.get_submodule(layer).register_forward_pre_hook(hook)
    try:
        yield kept
    finally:
        handle.remove()


def _linear(module: Any) -> bool:
    from torch import nn

    return isinstance(module, nn.Linear) or (
        isinstance(module, nn.Conv2d) and module.kernel_size == (1, 1) and module.groups == 1
    )


def _head(name: str, module: Any) -> Head:
    weight = module.weight.detach().double().cpu().numpy().reshape(module.weight.shape[0], -1)
    bias = np.zeros(len(weight)) if module.bias is None else module.bias.detach().double().cpu().numpy()
    return Head(name, weight.copy(), bias.copy())
