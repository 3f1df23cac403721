"""The output of one layer, in the graph of its inputs, as units by positions."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from repscope.activations._batch_axis import SIZES, BatchAxis, batch_axis
from repscope.activations._hooks import Watched, watch
from repscope.activations._layers import INPUT, module_name, outputs_of
from repscope.activations._pooling import spatial_axes
from repscope.core.errors import BadInput, NotFound, nearest
from repscope.networks._forward import forward


class _Reached(BaseException):
    """The layer has given its output: what comes after it need not be computed."""


@final
class LayerOutput:
    """What a layer gives for a batch, differentiable; but for a first image, nothing after the layer is computed.

    Parameters
    ----------
    module : nn.Module
    layer : str
        Qualified name, ``name:1`` for the second call of a module, ``name[0]`` for one of several outputs; ``input`` is the batch.

    Raises
    ------
    NotFound
        If there is no such layer, or it is not reached.
    BadInput
        If the module is called several times, and the name does not say which call is meant.

    Examples
    --------
    >>> network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(inplace=True), nn.Conv2d(4, 2, 3))
    >>> convolved = LayerOutput(network, "0")(torch.randn(5, 1, 8, 8))
    >>> convolved.shape, bool((convolved < 0).any())  # not what the ReLU made of it
    (torch.Size([5, 4, 6, 6]), True)
    """

    def __init__(self, module: nn.Module, layer: str) -> None:
        self.module = module
        self.layer = layer
        self._stem, bracket, rest = layer.partition("[")
        self._suffix = bracket + rest
        self._call = int(self._stem.partition(":")[2] or 0)
        self._counted = False
        self._axis = BatchAxis()
        if layer != INPUT:
            known = [name for name, _ in module.named_modules()]
            if module_name(layer) not in known:
                raise NotFound(f"the network has no layer {layer!r}; {nearest(layer, [INPUT, *filter(None, known)])}")
            if isinstance(module.get_submodule(module_name(layer)), torch.jit.ScriptModule):
                raise BadInput(
                    f"the layer {layer!r} is a TorchScript module, into which gradients cannot be followed; give the Python "
                    "module that it was made of"
                )

    def __call__(self, images: Float[Tensor, "n c h w"]) -> Tensor:
        """The output for this batch, (n, …)."""
        if self.layer == INPUT:
            return images
        if not self._counted:
            self._count(images)
        with self.kept(stop=True) as found, suppress(_Reached):
            forward(self.module, images)
        return found[0]

    @contextmanager
    def kept(self, stop: bool = False) -> Iterator[list[Tensor]]:
        """The output of the latest pass is put into a list; what follows in the module gets a copy, which it may change in place."""
        found: list[Tensor] = []
        calls = count = 0

        def hook(_module: Any, _inputs: Any, output: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls - 1 != self._call:
                return None
            tensors = outputs_of(output)
            if self._suffix not in tensors:
                raise NotFound(f"the layer {self.layer!r} gives no such output; {nearest(self._suffix, tensors)}")
            tensor = tensors[self._suffix]
            whole = isinstance(output, Tensor)
            if stop:
                found.append(self._axis.to_front(tensor if whole else tensor.clone()))
                raise _Reached
            if tensor.shape[:1] != (count,):
                raise BadInput(
                    f"the layer {self.layer!r} gives {tuple(tensor.shape)} for {count} images; expected the images in its "
                    "first axis: choose another layer"
                )
            found.append(tensor if whole else tensor.clone())
            return tensor.clone() if whole else None

        def begin(_module: Any, inputs: Any) -> None:
            nonlocal calls, count
            calls, count = 0, len(inputs[0])
            found.clear()

        handles = [
            self.module.register_forward_pre_hook(begin),
            self.module.get_submodule(module_name(self.layer)).register_forward_hook(hook),
        ]
        try:
            yield found
        finally:
            for handle in handles:
                handle.remove()

    def _count(self, images: Float[Tensor, "n c h w"]) -> None:
        """See once that the name means one call, and where the images are in its output."""
        name, shapes, calls = module_name(self.layer), [], 0
        for count in SIZES:
            with torch.no_grad(), watch(self.module, [name], keep=None) as seen:
                forward(self.module, images[:1].expand(count, *images.shape[1:]))
            calls = seen.fired.get(name, 0)
            if calls <= self._call:
                raise NotFound(f"the layer {self.layer!r} is not reached: {name!r} is called {calls} times in a pass")
            if calls > 1 and ":" not in self._stem:
                raise BadInput(
                    f"{name!r} is called {calls} times in a pass; say which call is meant: {name}:0 to {name}:{calls - 1}"
                )
            number = f":{self._call}" if calls > 1 else ""
            shapes.append(seen.shapes.get(f"{name}{number}{self._suffix}", ()))
        if all(shapes):
            where = batch_axis(*shapes)
            if isinstance(where, str) or where.parts > 1:
                reason = (
                    where if isinstance(where, str) else f"axis {where.axis} has {where.parts} entries for each image"
                )
                raise BadInput(f"the output {self.layer!r} cannot be looked at image by image: {reason}")
            self._axis = where
        self._counted = True


@final
class Prefix:
    """A module, run only until all wanted layers have given their outputs; the first time to its end, to see how often each is called.

    Parameters
    ----------
    module : nn.Module
    seen : Watched
        What `watch` yields for these layers, in whose body this is used.
    keep : set of str
        The layers.
    """

    def __init__(self, module: nn.Module, seen: Watched, keep: set[str]) -> None:
        self.module, self.seen, self.keep = module, seen, keep
        self._whole = True

    def __call__(self, images: Tensor) -> None:
        """Fill `seen` anew."""
        self.seen.reset()
        if self._whole or not self.keep:
            forward(self.module, images)
            self._whole = False
            return

        def hook(*_: Any) -> None:
            if self.keep <= self.seen.tensors.keys():
                raise _Reached

        names = {module_name(name) for name in self.keep}
        handles = [self.module.get_submodule(name).register_forward_hook(hook) for name in names]
        try:
            with suppress(_Reached):
                forward(self.module, images)
        finally:
            for handle in handles:
                handle.remove()


def by_unit(output: Tensor, image: Sequence[int]) -> Tensor:
    """The output of a layer as (n, units, …positions).

    Maps have channels as units, first or last as `spatial_axes` sees it; tokens (n, tokens, d) have d units; vectors their
    entries.

    Parameters
    ----------
    output : (n, …) tensor
    image : (channels, height, width)
        Of the network's input.

    Raises
    ------
    BadInput
        If it is none of these.

    Examples
    --------
    >>> by_unit(torch.zeros(2, 7, 7, 96), (3, 224, 224)).shape, by_unit(torch.zeros(2, 50, 96), (3, 224, 224)).shape
    (torch.Size([2, 96, 7, 7]), torch.Size([2, 96, 50]))
    """
    if output.ndim == 4:
        return output.permute(0, 3, 1, 2) if spatial_axes(output.shape[1:], image) == (0, 1) else output
    if output.ndim == 3:
        return output.permute(0, 2, 1)
    if output.ndim == 2:
        return output
    raise BadInput(
        f"the layer gives {tuple(output.shape)}; expected maps (n, units, height, width), tokens (n, tokens, units) or (n, units)"
    )
