"""Patches: the parts of natural images to which a unit, or a direction, responds most.

network + data ──► one pass, the highest positions of every unit ──► boxes of pixels they depend on ──► pictures

_receptive_field  which pixels a position depends on, by probing
_top              the highest activations of every unit
_coherence        how much a unit's patches have in common
"""

from repscope.units.patches._coherence import Coherence, coherence
from repscope.units.patches._receptive_field import ReceptiveField, receptive_fields
from repscope.units.patches._top import LayerPatches, TopPatches, top_patches

__all__ = [
    "Coherence",
    "LayerPatches",
    "ReceptiveField",
    "TopPatches",
    "coherence",
    "receptive_fields",
    "top_patches",
]
