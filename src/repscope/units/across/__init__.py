"""Across networks: what a direction of one is in another, pictures for both or for one alone, images that both take for the same.

network A + network B + images ──► means over positions ──► linear maps ──► directions, pictures, metamers

_directions      carried over, shared, or not to be seen from the other network
_shared_picture  one picture for two networks
_metamers        images inverted from one, judged by the other
"""

from repscope.units.across._directions import Carried, canonical_directions, carried, residual_directions
from repscope.units.across._metamers import Metamers, judged, metamers
from repscope.units.across._shared_picture import SharedPicture, shared_picture

__all__ = [
    "Carried",
    "Metamers",
    "SharedPicture",
    "canonical_directions",
    "carried",
    "judged",
    "metamers",
    "residual_directions",
    "shared_picture",
]
