"""Dissection: which units light up where a concept is, and how many would by chance.

activations + masks ──► exact thresholds ──► masks of units ──► IoU of units and concepts ──► Dissection, with its null

_thresholds  exact quantiles of every unit without keeping all values
_dissect     dissect(): intersections over unions, and the same with masks of other images
_network     the layers of a network, from one pass
_dissection  the answer: detectors, unique detectors, false discoveries controlled
"""

from repscope.units.dissection._dissect import Maps, dissect, dissected
from repscope.units.dissection._dissection import Dissection, discoveries
from repscope.units.dissection._network import dissect_network

__all__ = ["Dissection", "Maps", "discoveries", "dissect", "dissect_network", "dissected"]
