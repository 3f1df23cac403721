"""The built-in networks for small images: residual ones, the zoo of ten families, and trained ones that ship."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from repscope.core.errors import BadInput, NotFound, nearest
from repscope.networks._network import Network
from repscope.networks._settings import height_and_width, numbers, only_known, real, whole_number
from repscope.networks._source import NetworkSource
from repscope.networks._zoo import ZOO, builder
from repscope.networks.attention._plan import SETTINGS as ATTENTION_SETTINGS
from repscope.networks.attention._plan import attention_plan

if TYPE_CHECKING:
    from repscope.networks._weights import Weights

_SHIPPED = Path(__file__).parent / "weights"
_RESNETS = ("resnet20", "resnet32", "resnet44", "resnet56", "resnet34")
_FAMILY = (*_RESNETS, *ZOO)
_SETTINGS = ("classes", "channels", "size", "mean", "std", "seed")
DESIGN = ("blocks", "depth_factor", "width_factor", "dropout", *ATTENTION_SETTINGS)
"""Settings that change what a residual network is built of."""


@final
class Repscope(NetworkSource):
    """``repscope:NAME``.

    A bare name (``resnet20``, ``nasnet``) has random weights unless a file is given. A trained one (``resnet20-digits``)
    has its own.

    Settings
    --------
    classes : int, default 10
        Outputs.
    channels : 3 or 1, default 3
        Channels of the input; with 1 the images are made grey.
    size : int or (height, width), default 32
        Pixels of the input; images of another size are fitted to it.
    mean, std : numbers, default 0.5 and 0.25
        The input's normalisation, for values in 0..1.
    seed : int, default 0
        Of random weights.

    Of residual networks alone:

    blocks : numbers
        Of each stage, in place of the architecture's own.
    depth_factor, width_factor : number, default 1
        Times as many blocks in each stage, times as wide.
    dropout : number, default 0
        The share of the pooled features that training leaves out before the classifier.
    attention : "stac", "se", "bam" or "none"
        What weighs the feature maps of each block; every file of `repscope.networks.attention` is one.
    placement : "standard" or "post"
        On the residual branch before the sum, or after the sum.
    stages : numbers, default all
        Of the stages that have attention.
    window : int or "global", or one for each of these stages; default 8
        Of STAC; what is larger than the map is the map.
    kernels : (int, int), default (3, 3)
        Of STAC.
    reduction : int, default 1
        Of all three.
    dilation : int, default 4
        Of BAM.

    A weights file that `repscope train` wrote says all of these itself, and the names of its classes.
    """

    usage = "repscope:NAME"
    summary = "the built-in networks for small images; NAME-DATA is one that ships trained"
    takes_classes = True

    def names(self) -> tuple[str, ...]:
        """All architectures, and the trained networks in the package."""
        return (*_FAMILY, *sorted(path.stem for path in _SHIPPED.glob("*.safetensors")))

    def load(self, argument: str, weights: str | Path | None = None, **settings: Any) -> Network:
        """The network called `argument`.

        Raises
        ------
        NotFound
            If there is none of that name.
        BadInput
            If a setting is not understood, or the weights do not fit.
        """
        import torch

        from repscope.networks._preprocess import FitNormalise
        from repscope.networks._resnet import PLANS, ResNet
        from repscope.networks._weights import put_weights, read_weights

        address = f"repscope:{argument}"
        if argument not in self.names():
            raise NotFound(f"there is no network {address!r}; {nearest(argument, self.names())}")
        kind = argument.partition("-")[0]
        if kind not in _RESNETS and any(name in DESIGN for name in settings):
            name = next(name for name in settings if name in DESIGN)
            raise BadInput(
                f"the network {address!r} was given the setting {name!r}, which residual networks alone have: {', '.join(_RESNETS)}"
            )
        only_known(settings, (*_SETTINGS, *DESIGN), address)
        shipped = None if argument in _FAMILY else read_weights(_SHIPPED / f"{argument}.safetensors")
        given = shipped
        if weights is not None:
            given = None if weights == "random" else read_weights(weights)
        # a trained network's twin with random weights has its shape
        made = _recorded(given or shipped)
        settings = {**made, **settings}
        seed = whole_number(settings, "seed", 0, address, least=0)
        classes = whole_number(settings, "classes", 10, address)
        channels = whole_number(settings, "channels", 3, address)
        if channels not in (1, 3):
            raise BadInput(f"the network {address!r} was given channels={channels}; expected 3 (colour) or 1 (grey)")
        height, width = height_and_width(settings.get("size", 32), address)
        mean = numbers(settings, "mean", (0.5,) * channels, address)
        std = numbers(settings, "std", (0.25,) * channels, address)
        preprocess = FitNormalise(height, width, mean, std)
        design = {name: settings[name] for name in DESIGN if name in settings}
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            if kind in _RESNETS:
                plan = PLANS[kind].with_blocks(design.get("blocks", PLANS[kind].blocks))
                plan = plan.scaled(design.get("depth_factor", 1), design.get("width_factor", 1))
                attention = attention_plan(design, plan.maps(height, width), address)
                dropout = real(design.get("dropout", 0.0), "dropout", 0.0, 0.99, address)
                module: torch.nn.Module = ResNet(plan, classes, channels, attention, dropout)
            else:
                module = builder(kind)(classes, channels)
            module.eval()
        source: dict[str, Any] = {"weights": "random", "seed": seed}
        if given is not None:
            source = put_weights(module, given, address)
            if given is shipped:
                source["weights"] = "shipped"
        return Network(
            name=address,
            module=module,
            preprocess=preprocess,
            input_shape=(channels, height, width),
            class_names=tuple(made.get("class_names", ())) if given is not None else (),
            settings={
                **source,
                "classes": classes,
                "channels": channels,
                **design,
                "preprocess": preprocess.describe(),
            },
        )


def _recorded(weights: "Weights | None") -> Mapping[str, Any]:
    """The settings under which a weights file was trained, as far as it says them."""
    network = {} if weights is None else weights.record.get("network", {})
    return {name: network[name] for name in (*_SETTINGS, *DESIGN, "class_names") if name in network and name != "seed"}


source = Repscope()
