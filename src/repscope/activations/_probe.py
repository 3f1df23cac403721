"""Whether a network gives an image the same outputs every time, whatever else is in its batch.

A few images of the data set go through the network before anything is recorded: the same batch twice, some of them in
another batch, one alone. Outputs that differ beyond rounding depend on something else than the image, and so would every
number that is computed from them.

    the same batch twice differs         random numbers, or a state that a pass changes
    another batch differs                statistics of the batch (batch norm in training mode), a preprocessing of the whole batch
"""

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from repscope.activations._hooks import watch
from repscope.activations._layers import INPUT, LayerInfo, axes_of, module_name, outputs_of
from repscope.core.errors import BadInput, RepscopeError
from repscope.networks._drawing import draw_from
from repscope.networks._evaluating import evaluating
from repscope.networks._forward import forward

if TYPE_CHECKING:
    import torch

    from repscope.data import DataSet
    from repscope.networks import Network

IMAGES = 8
"""Images of a probe."""

REFUSED = 0.01
"""Difference, relative to the spread of a layer, from which outputs are refused; below it, and beyond rounding, a warning."""

DIFFERING = 0.05
"""Share of whole numbers that may differ: rounding before an argmax changes some."""

Outputs = Mapping[str, "torch.Tensor"]


@final
@dataclass(frozen=True)
class Difference:
    """The largest difference between two passes over the same images, as far as it is beyond rounding.

    Attributes
    ----------
    layer : str
        Empty where there is none.
    size : float
        Root mean square, relative to the spread of the layer over the images of the probe (their standard deviation).
    """

    layer: str = ""
    size: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.layer)

    def __str__(self) -> str:
        what = "the preprocessed image" if self.layer == INPUT else f"{self.layer!r}"
        return f"{what} differs by {self.size:.2g} times its spread over {IMAGES} images"


def probe_outputs(
    network: "Network",
    data: "DataSet",
    layers: Sequence[LayerInfo] | None = None,
    *,
    batch: int | None = None,
    device: str | None = None,
    warn: Callable[[str], None] | None = None,
) -> Outputs:
    """What a few images give, after a check that it depends on the image alone.

    Parameters
    ----------
    network : Network
    data : DataSet
    layers : sequence of LayerInfo, optional
        Those that are compared; what the network returns by default.
    batch : int, optional
        Images of a forward pass later on: where the last batch would hold a single image, the network must take one.
    device : str, optional
    warn : callable, optional
        Is told about differences that are beyond rounding and small; `warnings.warn` by default.

    Returns
    -------
    dict of str to tensor (images, …)
        The preprocessed image as ``input``, and the outputs that were compared.

    Raises
    ------
    BadInput
        If outputs are random and the network has no `seed_forward`, or depend on earlier batches or on the rest of the batch.

    Examples
    --------
    >>> from repscope import load_data, load_network
    >>> outputs = probe_outputs(load_network("repscope:resnet20-digits"), load_data("digits"))
    >>> {name: tuple(tensor.shape) for name, tensor in outputs.items()}
    {'input': (8, 3, 32, 32), 'output': (8, 10)}
    """
    rows = sorted({round(i * (len(data) - 1) / (IMAGES - 1)) for i in range(IMAGES)})
    with evaluating(network.module, device) as there:
        passes = _Passes(network, data, layers, there)
        first = passes.run(rows)
        random = _check_repeat(passes, rows, first)
        if not random:
            _check_composition(passes, rows, first, batch, warn)
    return first


def _check_repeat(passes: "_Passes", rows: Sequence[int], first: Outputs) -> bool:
    """Pass the same batch again; whether the network draws at random (from its seed)."""
    network, seeded = passes.network, passes.network.seed_forward is not None
    difference = compare(first, passes.run(rows, seed=0 if seeded else 1), first)
    if not difference:
        return seeded and bool(compare(first, passes.run(rows, seed=1), first))
    passes.restore()
    if compare(first, passes.run(rows, seed=0), first):
        raise BadInput(
            f"the network {network.name!r} gives other outputs each time it is passed the same images, with the same random "
            f"numbers of torch, numpy and Python too: {difference}; it has a random generator of its own, or keeps something "
            "from earlier batches: take that out, results would be different every time"
        )
    passes.restore()
    if seeded or (difference.layer != INPUT and not compare(first, passes.run(rows, seed=1), first)):
        raise BadInput(
            f"the network {network.name!r} changes its buffers in a forward pass, and its outputs with them: passed the same "
            f"images again, {difference}; update buffers in training mode only (if self.training: …)"
        )
    who = "the preprocessing of" if difference.layer == INPUT else "the network"
    raise BadInput(
        f"{who} {network.name!r} draws at random: passed the same images again, {difference}, and results would be "
        "different every time; take the randomness out (dropout outside training needs training=self.training, a training "
        "transform belongs to the training), or fix its seed: --seed-forward 0, in Python "
        "dataclasses.replace(network, seed_forward=0)"
    )


def _check_composition(
    passes: "_Passes", rows: Sequence[int], first: Outputs, batch: int | None, warn: Callable[[str], None] | None
) -> None:
    """Compare outputs of the whole batch with those of half of it in another order, and of one image alone."""
    name, count = passes.network.name, passes.count
    if batch == 1:  # every image is alone, and what others would change does not matter
        passes.run(rows[:1])
        return
    half = list(reversed(range((len(rows) + 1) // 2)))
    difference = compare(_select(first, half), passes.run([rows[i] for i in half]), first)
    if not difference:
        try:
            difference = compare(_select(first, [0]), passes.run(rows[:1]), first)
        except RepscopeError as error:
            if batch is not None and count > 1 and count % batch == 1:
                raise BadInput(
                    f"{error}; of {count} images in batches of {batch} the last is alone in its batch: choose another --batch"
                ) from error
            return
    if difference.size >= REFUSED:
        raise BadInput(
            f"outputs of the network {name!r} depend on the other images of the batch: with others beside an image, "
            f"{difference}, and every number would change with --batch; use batch norm with running statistics in evaluation "
            "mode (track_running_stats=True, module.eval()), preprocess each image by itself, or pass images one at a time: --batch 1"
        )
    if difference:
        message = (
            f"outputs of the network {name!r} depend a little on the other images of a batch: {difference}; results "
            "change as little with --batch"
        )
        if warn is None:
            warnings.warn(message, stacklevel=4)
        else:
            warn(message)


def compare(one: Outputs, other: Outputs, reference: Outputs) -> Difference:
    """The largest difference beyond rounding between two passes over the same images, as root mean square.

    Batches of different sizes are computed in another order, so that the last bits differ. Allowed are, with ε the spacing
    of a layer's type at 1, min(1024 ε, √ε) of its spread over the images of `reference`, and min(32 ε, √ε / 8) of its
    magnitude, for layers far from the origin.

    Parameters
    ----------
    one, other : dict of str to tensor (images, …)
    reference : dict of str to tensor (images, …)
        The whole probe, which the spread is taken of.

    Examples
    --------
    >>> import torch
    >>> whole = {"head": torch.tensor([[0.0], [4.0]])}
    >>> compare(whole, {"head": whole["head"] + 1e-6}, whole).layer
    ''
    >>> compare(whole, {"head": whole["head"] + 1}, whole)
    Difference(layer='head', size=0.5)
    """
    import torch

    largest = Difference()
    for layer, expected in one.items():
        actual = other.get(layer)
        if actual is None or actual.shape != expected.shape:
            return Difference(layer, math.inf)
        if not expected.numel():
            continue
        a, b, whole = expected.double(), actual.double(), reference[layer].double()
        if not expected.is_floating_point():
            size = float((a != b).double().mean())
            allowed, spread = DIFFERING, 1.0
        elif not all(bool(torch.isfinite(t).all()) for t in (a, b, whole)):
            continue  # recording refuses it, and names the images
        else:
            size, spread, magnitude = (float(t.square().mean().sqrt()) for t in (a - b, whole - whole.mean(0), whole))
            epsilon = torch.finfo(expected.dtype).eps
            root = math.sqrt(epsilon)
            allowed = min(1024 * epsilon, root) * spread + min(32 * epsilon, root / 8) * magnitude
        relative = size / spread if spread > 0 else math.inf
        if size > allowed and relative > largest.size:
            largest = Difference(layer, relative)
    return largest


def _select(outputs: Outputs, rows: list[int]) -> Outputs:
    return {name: tensor[rows] for name, tensor in outputs.items()}


@final
class _Passes:
    """Passes of some images through a network, each with the outputs that are compared."""

    def __init__(
        self, network: "Network", data: "DataSet", layers: Sequence[LayerInfo] | None, device: "torch.device"
    ) -> None:
        self.network = network
        self.count = len(data)
        self._data, self._device = data, device
        self._axes = axes_of(layers or ())
        self._layers = None if layers is None else {layer.source for layer in layers} - {INPUT}
        self._buffers = [buffer.clone() for buffer in network.module.buffers()]

    def run(self, rows: Sequence[int], seed: int = 0) -> Outputs:
        """Outputs for these images as one batch; another `seed` gives other random numbers."""
        import torch

        network, names = self.network, self._layers or set()
        first = seed if network.seed_forward is None else network.seed_forward + seed
        modules = {module_name(name) for name in names}
        with draw_from(first), torch.no_grad(), watch(network.module, modules, names, self._axes) as seen:
            batch = network.preprocess(self._data.batch(rows))
            outputs = {INPUT: batch.detach().clone()}
            if self._layers is None or self._layers:
                returned = forward(network.module, batch.to(self._device), network.name)
                if self._layers is None:
                    outputs |= {f"output{suffix}": tensor.detach() for suffix, tensor in outputs_of(returned).items()}
            outputs |= seen.tensors
        return {name: t.cpu() for name, t in outputs.items() if _is_comparable(t, len(rows))}

    def restore(self) -> None:
        """Put the module's buffers back."""
        for buffer, before in zip(self.network.module.buffers(), self._buffers, strict=True):
            buffer.copy_(before)


def _is_comparable(tensor: "torch.Tensor", count: int) -> bool:
    """Whether it has a row of plain real numbers for each image."""
    import torch

    return (
        tensor.layout == torch.strided
        and tensor.shape[:1] == (count,)
        and not (tensor.is_complex() or tensor.is_quantized)
    )
