"""Networks: modules ready to run, with their preprocessing, addressed by name.

    _network      the Network itself
    _identity     what a module does beside its weights: classes, settings, code
    _source       the contract of a source, and `load_network`
    _forward      one forward pass: the images stay as they are, a failure is a sentence
    _evaluating   evaluation mode on a device; the module comes back as it was
    _drawing      the random numbers of a forward pass, from a seed
    _settings     settings of a source: nothing unknown, nothing of the wrong kind
    _weights      safetensors and state dicts, read safely, checked name by name
    _preprocess   fit to a size, normalise; transforms of others, image by image
    _logits       which of a network's outputs is the class
    _head         the linear classifier at a network's end, found by itself
    _untrained    the same architecture with weights that have learnt nothing
    _constrained  weights that are computed from others, drawn anew with their norms
    _cost         parameters and multiply-adds, layer by layer
    _resnet       ResNet20, 32, 44, 56 for 32 pixels, ResNet34 with a small-image stem
    attention     STAC, squeeze-and-excitation, BAM: blocks for residual networks
    _zoo          ten small networks of ten families, a file each
    repscope      the built-in networks, and the small trained ones that ship (weights/)
    timm          timm:NAME
    torchvision   torchvision:NAME
    python        PACKAGE.MODULE:FUNCTION or FILE.py:FUNCTION

A new source is one new file; nothing else is edited.
"""

import importlib
from typing import TYPE_CHECKING, Any

from repscope.networks._cost import Cost, LayerCost, cost
from repscope.networks._head import Head, embedding, head_of
from repscope.networks._network import Network, Preprocess
from repscope.networks._source import NETWORK_SOURCES, NetworkSource, load_network
from repscope.networks._untrained import untrained

if TYPE_CHECKING:
    from repscope.networks._preprocess import FitNormalise as FitNormalise
    from repscope.networks._preprocess import PerImage as PerImage

__all__ = [
    "NETWORK_SOURCES",
    "Cost",
    "FitNormalise",
    "Head",
    "LayerCost",
    "Network",
    "NetworkSource",
    "PerImage",
    "Preprocess",
    "cost",
    "embedding",
    "head_of",
    "load_network",
    "untrained",
]


def __getattr__(name: str) -> Any:
    # these two need torch, which listing the networks must not
    if name in ("FitNormalise", "PerImage"):
        return getattr(importlib.import_module("repscope.networks._preprocess"), name)
    raise AttributeError(f"module 'repscope.networks' has no attribute {name!r}; public names: {', '.join(__all__)}")
