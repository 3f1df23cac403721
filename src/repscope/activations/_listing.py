"""Which layers a network has: batches of two sizes go through it, and every module is watched."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from repscope.activations._batch_axis import SIZES, BatchAxis, batch_axis, is_interleaved
from repscope.activations._hooks import Watched, watch
from repscope.activations._layers import INPUT, LayerInfo, module_name
from repscope.activations._pooling import MARK
from repscope.core.errors import BadInput
from repscope.networks._drawing import draw_from
from repscope.networks._evaluating import evaluating
from repscope.networks._forward import forward

if TYPE_CHECKING:
    import torch

    from repscope.networks import Network


@final
@dataclass(frozen=True)
class Listing:
    """What fires in a network.

    Attributes
    ----------
    layers : tuple of LayerInfo
        ``input`` first, then every output that has the images in one of its axes, in the order in which they fire.
    silent : tuple of str
        Modules that did not fire: unused, used only through their parameters, or inside a TorchScript module.
    left_out : mapping of str to str
        Outputs that are no layers, and why.
    windows : frozenset of str
        Those of them that have the images in an axis with other things (windows, heads), inside of layers.
    """

    layers: tuple[LayerInfo, ...]
    silent: tuple[str, ...]
    left_out: Mapping[str, str]
    windows: frozenset[str] = frozenset()

    @property
    def names(self) -> list[str]:
        """Of all layers."""
        return [layer.name for layer in self.layers]


def network_layers(network: "Network") -> tuple[tuple[LayerInfo, ...], tuple[str, ...]]:
    """All layers of a network in the order in which they fire, and the modules that never fire.

    Batches of two and of three black images go through the network. The axis that follows their number has the images;
    an output without such an axis (of prototypes, say, or of a text) is left out.

    Parameters
    ----------
    network : Network

    Returns
    -------
    layers : tuple of LayerInfo
        ``input`` first, then every module output.
    silent : tuple of str
        Modules that did not fire: unused, or used only through their parameters.

    Raises
    ------
    BadInput
        If the network cannot take a batch of images, or a module has a name that layers cannot have.

    Examples
    --------
    >>> from repscope.networks import load_network
    >>> layers, silent = network_layers(load_network("repscope:resnet20", weights="random"))
    >>> layers[0].name, layers[-1].shape
    ('input', (10,))
    """
    listing = list_layers(network)
    return listing.layers, listing.silent


def list_layers(network: "Network") -> Listing:
    """All layers of a network, as `network_layers` gives them, and what is left out with the reason."""
    import torch

    module: torch.nn.Module = network.module
    odd = [name for name, _ in module.named_modules() if any(mark in name for mark in (":", "[", MARK))]
    if odd:
        raise BadInput(
            f"the module name {odd[0]!r} has a ':', a '[' or a '{MARK}', which stand for calls, outputs and scales; "
            "rename the module"
        )
    modules = {name: m for name, m in module.named_modules() if name}
    with torch.no_grad(), evaluating(module) as device:
        two, three = (_watched(network, modules, count, device) for count in SIZES)
        if two.fired != three.fired:  # a first pass may prepare something that later ones use
            two, three = (_watched(network, modules, count, device) for count in SIZES)
        left_out = {name: f"it is {what}" for name, what in three.others.items()}
        axes: dict[str, BatchAxis] = {}
        for name, shape in three.shapes.items():
            owner = module_name(name)
            if two.fired.get(owner, 0) != three.fired[owner]:
                left_out[name] = (
                    f"{owner!r} is called {two.fired.get(owner, 0)} times for two images and {three.fired[owner]} times for three"
                )
            elif name not in two.shapes:
                left_out[name] = "it is returned for three images and not for two"
            else:
                where = batch_axis(two.shapes[name], shape)
                if isinstance(where, str):
                    left_out[name] = where
                else:
                    axes[name] = where
        whole = {module_name(name) for name, where in axes.items() if where.parts == 1}
        windows = frozenset(name for name, where in axes.items() if where.parts > 1 and _is_within(name, whole))
        for name in windows:
            where = axes.pop(name)
            left_out[name] = f"its axis {where.axis} has {where.parts} entries for each image, and it is inside a layer"
        axes |= _told_apart(network, axes, device, left_out)
    found = [
        _layer(name, three.shapes[name], axes[name], modules, three.fired) for name in three.shapes if name in axes
    ]
    first = LayerInfo(INPUT, network.input_shape, "image", 0)
    silent = tuple(n for n in modules if n not in three.fired and not _is_container(modules[n]))
    return Listing((first, *found), silent, left_out, windows)


def _watched(
    network: "Network",
    modules: Mapping[str, "torch.nn.Module"],
    count: int,
    device: "torch.device",
) -> Watched:
    """What fires when so many black images pass."""
    import torch

    image = torch.zeros((3, *network.input_shape[1:]), dtype=torch.uint8)
    with draw_from(0), watch(network.module, modules, keep=None) as seen:
        forward(network.module, network.preprocess([image] * count).to(device), network.name)
    return seen


def _told_apart(
    network: "Network", axes: dict[str, BatchAxis], device: "torch.device", left_out: dict[str, str]
) -> dict[str, BatchAxis]:
    """How axes with several entries for each image count through them: two images pass in both orders.

    Those that show neither order are taken out of `axes`.
    """
    import torch

    several = {name for name, where in axes.items() if where.parts > 1}
    if not several:
        return {}
    generator = torch.Generator().manual_seed(0)
    size = (2, 3, *network.input_shape[1:])
    images = list(torch.randint(0, 256, size, generator=generator).to(torch.uint8))
    outputs = []
    for order in (images, images[::-1]):
        with draw_from(0), watch(network.module, {module_name(n) for n in several}, several) as seen:
            forward(network.module, network.preprocess(order).to(device), network.name)
        outputs.append(seen.tensors)
    found = {}
    for name in several:
        where = axes.pop(name)
        pair = [tensors.get(name) for tensors in outputs]
        interleaved = None
        if pair[0] is not None and pair[1] is not None and pair[0].shape == pair[1].shape and not pair[0].is_complex():
            interleaved = is_interleaved(pair[0], pair[1], where)
        if interleaved is None:
            left_out[name] = (
                f"its axis {where.axis} has {where.parts} entries for each image, in an order that two images do not show"
            )
        else:
            found[name] = BatchAxis(where.axis, where.parts, interleaved)
    return found


def _layer(
    name: str,
    shape: tuple[int, ...],
    where: BatchAxis,
    modules: "Mapping[str, torch.nn.Module]",
    fired: Mapping[str, int],
) -> LayerInfo:
    """The layer, as one image meets it."""
    owner = module_name(name)
    rest = tuple(side for axis, side in enumerate(shape) if axis != where.axis)
    return LayerInfo(
        name,
        rest if where.parts == 1 else (where.parts, *rest),
        _kind(modules[owner]),
        sum(p.numel() for p in modules[owner].parameters()),
        batch=None if where == BatchAxis() else where,
        calls=fired[owner],
    )


def _kind(module: "torch.nn.Module") -> str:
    """The class of a module; of a TorchScript module, the class that it was made of."""
    return str(getattr(module, "original_name", type(module).__name__))


def _is_within(name: str, modules: "set[str]") -> bool:
    """Whether the layer is inside one of these modules."""
    parts = module_name(name).split(".")
    return any(".".join(parts[:depth]) in modules for depth in range(1, len(parts)))


def _is_container(module: "torch.nn.Module") -> bool:
    import torch

    return isinstance(
        module, (torch.nn.ModuleList, torch.nn.ModuleDict, torch.nn.ParameterList, torch.nn.ParameterDict)
    )
