"""The image models of the package timm."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, final

from repscope.core.errors import BadInput, NotFound, nearest
from repscope.core.optional import optional
from repscope.networks._network import Network
from repscope.networks._settings import only_known, whole_number
from repscope.networks._source import NetworkSource


@final
class Timm(NetworkSource):
    """``timm:NAME``, with timm's pretrained weights unless others are asked for.

    Settings
    --------
    classes : int, default the model's own
        Outputs; another number than the pretrained one replaces the last layer by a random one.
    seed : int, default 0
        Of random weights.

    The preprocessing is the one that timm has for the model: size, crop, interpolation, mean and deviation.
    """

    usage = "timm:NAME"
    summary = "image models of the package timm, pretrained where its weights can be fetched"
    takes_classes = True

    def names(self) -> tuple[str, ...]:
        """All models, and those with a tag that says which pretrained weights are meant."""
        timm = optional("timm", "the network source 'timm:NAME'", "timm")
        return (*timm.list_models(), *(name for name in timm.list_pretrained() if "." in name))

    def load(self, argument: str, weights: str | Path | None = None, **settings: Any) -> Network:
        """The network called `argument`.

        Raises
        ------
        MissingPackage
            If timm is not installed.
        NotFound
            If there is no such model, or its pretrained weights cannot be fetched.
        BadInput
            If a setting is not understood, timm cannot make the model, or the weights do not fit.
        """
        address = f"timm:{argument}"
        timm = optional("timm", f"load_network({address!r})", "timm")
        if argument not in (known := self.names()):
            raise NotFound(f"there is no network {address!r}; {nearest(argument, known)}")
        only_known(settings, ("classes", "seed"), address)
        seed = whole_number(settings, "seed", 0, address, least=0)
        sizes = {"num_classes": whole_number(settings, "classes", 1, address)} if "classes" in settings else {}
        module = _made(timm, argument, weights is None, seed, sizes)
        made: dict[str, Any] = {"weights": "pretrained"} if weights is None else {"weights": "random", "seed": seed}
        if weights not in (None, "random"):
            from repscope.networks._weights import put_weights, read_weights

            made = put_weights(module, read_weights(str(weights)), address)
        return _network(address, module.eval(), {**made, **settings})


def _made(timm: Any, name: str, pretrained: bool, seed: int, sizes: dict[str, int]) -> Any:
    """The module, its random parts drawn from the seed."""
    import torch

    config = timm.get_pretrained_cfg(name)
    if pretrained and (config is None or not config.has_weights):
        raise NotFound(
            f"timm has no pretrained weights for {name!r}; give weights='random' or a file (weights='FILE.safetensors')"
        )
    try:
        with torch.random.fork_rng(devices=[]), _no_waiting(pretrained):
            torch.manual_seed(seed)
            return timm.create_model(name, pretrained=pretrained, **sizes)
    except Exception as error:  # the model's code, the hub, its cache, the disk: each raises its own
        reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no reason given'}"
        if not pretrained:
            raise BadInput(f"timm cannot make {name!r} ({reason})") from error
        _made(timm, name, False, seed, sizes)  # says so if the weights are not to blame
        raise NotFound(
            f"the pretrained weights of 'timm:{name}' could not be fetched ({reason}); connect to the internet once, "
            "or give weights='random' or a file (weights='FILE.safetensors')"
        ) from error


@contextmanager
def _no_waiting(pretrained: bool) -> Iterator[None]:
    """Where the hub's name does not resolve and no proxy is set, look only into its cache.

    The hub's client would otherwise try for the better part of a minute before it says so.
    """
    from urllib.parse import urlparse
    from urllib.request import getproxies

    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    try:
        if pretrained and not getproxies():
            socket.getaddrinfo(urlparse(constants.ENDPOINT).hostname, 443)
    except OSError:
        constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _network(address: str, module: Any, settings: dict[str, Any]) -> Network:
    data = optional("timm.data", f"load_network({address!r})", "timm")

    from repscope.networks._preprocess import PerImage

    config: dict[str, Any] = data.resolve_data_config({}, model=module)
    channels, height, width = config["input_size"]
    described = {name: list(v) if isinstance(v, tuple) else v for name, v in sorted(config.items())}
    return Network(
        name=address,
        module=module,
        preprocess=PerImage(data.create_transform(**config), takes="pil"),
        input_shape=(channels, height, width),
        settings={**settings, "preprocess": described},
    )


source = Timm()
