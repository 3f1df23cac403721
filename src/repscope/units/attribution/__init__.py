"""Attribution: which pixels a score comes from.

module + images + target ──► a number for each pixel, before any norm ──► array (images, channels, height, width)

_contract   what a way of attributing is; look-up by name
_randomised  whether an attribution depends on the network's weights
_gradient   the gradient of a score, batch by batch, from a module that comes back as it was

Every other file is one way, found by the file's name:

saliency              the gradient
gradient_input        the gradient times the pixel
guided_backprop       the gradient, ReLUs passing back positive signals of active units
deconvnet             ReLUs passing back positive signals, pools by their switches
integrated_gradients  the gradient along the way from a baseline
grad_cam              the last maps, weighted by how the score rises with each
occlusion             what is lost under a window
"""

from repscope.units.attribution._contract import ATTRIBUTIONS, Attribution
from repscope.units.attribution._randomised import Randomised, draw_all_anew, randomised

__all__ = ["ATTRIBUTIONS", "Attribution", "Randomised", "draw_all_anew", "randomised"]
