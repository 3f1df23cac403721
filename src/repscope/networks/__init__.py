"""Networks: modules ready to run, with their preprocessing, addressed by name.

    _network      the Network itself
    _source       the contract of a source, and `load_network`
    _weights      safetensors and state dicts, read safely, checked name by name
    _preprocess   resize, crop, normalise
    _resnet       ResNet20, 32, 44, 56 for 32 pixels, ResNet34 with a small-image stem
    repscope      the built-in family, and the small trained networks that ship with it (weights/)
    timm          timm:NAME
    torchvision   torchvision:NAME
    python        PACKAGE.MODULE:FUNCTION or FILE.py:FUNCTION

A new source is one new file; nothing else is edited.
"""

from repscope.networks._network import Network, Preprocess
from repscope.networks._source import NETWORK_SOURCES, NetworkSource, load_network

__all__ = ["NETWORK_SOURCES", "Network", "NetworkSource", "Preprocess", "load_network"]
