"""Look: everything that can be shown of some units, side by side.

network + data + what is asked ──► patches, optimised pictures, attributions, each beside what it is to be read by ──► Look

_asked    units, classes, directions, as they are written
_natural  what targets give on natural images
_drawn    attributions as pictures
_look     look()
_answers  what it answers
"""

from repscope.units.look._answers import LayerLook, Look, LookedAt, Optimised
from repscope.units.look._asked import Asked, asked_for
from repscope.units.look._drawn import drawn_map
from repscope.units.look._look import look

__all__ = ["Asked", "LayerLook", "Look", "LookedAt", "Optimised", "asked_for", "drawn_map", "look"]
