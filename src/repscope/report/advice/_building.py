"""The settings of a network with attention where it is advised, for `repscope train --settings` and `load_network`."""

from collections.abc import Mapping
from typing import Any

from repscope.activations import Scale
from repscope.core.errors import BadInput
from repscope.networks._resnet import PLANS
from repscope.networks.attention._plan import SETTINGS as ATTENTION
from repscope.networks.repscope import DESIGN

PREFIX = "repscope:resnet"


def base_settings(network: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The address of an untrained network of the same design, and those of its settings that are not the usual ones.

    Parameters
    ----------
    network : mapping
        What a run says of its network.

    Raises
    ------
    BadInput
        If it is none of repscope's residual networks, of which alone designs can be built.

    Examples
    --------
    >>> from repscope import load_network
    >>> base_settings(load_network("repscope:resnet20-digits").describe())
    ('repscope:resnet20', {})
    >>> base_settings(load_network("repscope:resnet32", classes=5, width_factor=2).describe())
    ('repscope:resnet32', {'classes': 5, 'width_factor': 2})
    """
    address, said = network["name"].partition(" ")[0], network["settings"]
    if not address.startswith(PREFIX):
        raise BadInput(
            f"attention can be built into repscope's residual networks, and {network['name']!r} is none of these; "
            "put repscope.networks.attention.STAC into your own"
        )
    look, channels = said["preprocess"], said["channels"]
    usual = {"classes": 10, "channels": 3, "size": [32, 32], "mean": [0.5] * channels, "std": [0.25] * channels}
    given = {name: said[name] for name in ("classes", "channels", *DESIGN) if name in said}
    given |= {name: list(look[name]) for name in ("size", "mean", "std")}
    return address.partition("-")[0], {name: value for name, value in given.items() if usual.get(name) != value}


def plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same without attention."""
    return {name: value for name, value in settings.items() if name not in ATTENTION}


def with_attention(address: str, settings: Mapping[str, Any], windows: Mapping[str, Scale]) -> dict[str, Any]:
    """The same with STAC at these windows, by stage, in place of what attention there was.

    >>> with_attention("repscope:resnet20", {}, {"stage1": 8, "stage3": 4})
    {'attention': 'stac', 'placement': 'standard', 'window': [8, 4], 'stages': [1, 3]}

    Raises
    ------
    BadInput
        If what was analysed are not the network's stages.
    """
    there = [f"stage{number}" for number in range(1, len(PLANS[address.removeprefix("repscope:")].blocks) + 1)]
    if not set(windows) <= set(there):
        raise BadInput(f"windows of {', '.join(windows)} are no windows of stages; analyse the blocks: -l 'stage?.?'")
    found = {**plain(settings), "attention": "stac", "placement": "standard", "window": list(windows.values())}
    return found if list(windows) == there else {**found, "stages": [there.index(stage) + 1 for stage in windows]}


def train(address: str, settings: Mapping[str, Any]) -> str:
    """The command that trains it."""
    given = " ".join(f'--network-set "{name}={value}"' for name, value in settings.items())
    return f"repscope train {address} DATA {given} --out NAME.safetensors"
