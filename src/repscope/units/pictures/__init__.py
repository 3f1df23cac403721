"""Pictures that are optimised: what a unit responds to most, and what a layer cannot tell from an image.

module + target ──► numbers of a canvas, changed by the gradient ──► a picture in the range of pixels

_canvas           pixels or waves, colours as natural images have them, the range of pixels
_robust           small random changes at every step
_total_variation  the regularisers of inverted images
maximize          the picture of highest activation
dream             a photograph with more of what a layer finds in it
animation         frames as a GIF
invert            images of the same activations
"""

from repscope.units.pictures._canvas import Canvas, Colours, Pixels, Waves
from repscope.units.pictures._robust import STILL, Shaking
from repscope.units.pictures._total_variation import alpha_norm, total_variation
from repscope.units.pictures.animation import write_animation
from repscope.units.pictures.dream import dream, zoomed
from repscope.units.pictures.invert import Inverted, invert
from repscope.units.pictures.maximize import Maximal, maximize

__all__ = [
    "STILL",
    "Canvas",
    "Colours",
    "Inverted",
    "Maximal",
    "Pixels",
    "Shaking",
    "Waves",
    "alpha_norm",
    "dream",
    "invert",
    "maximize",
    "total_variation",
    "write_animation",
    "zoomed",
]
