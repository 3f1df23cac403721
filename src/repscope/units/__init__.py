"""Units: what single units, directions and classes of a network respond to.

module ──► borrowed, comes back as it was ──► score of a class, unit or direction ──► pictures, numbers

_intact        somebody else's module, borrowed
_layer_output  the output of one layer, in the graph of its inputs
_target        what a picture is of
_relus         ReLUs intercepted, wherever they are called
_appearance    how a network's input looks
attribution/   which pixels a score comes from
dissection/    which units light up where a concept is
pictures/      pictures that are optimised: highest activation, dreams, inversions
adversarial/   small changes after which a network names an image otherwise
patches/       the parts of natural images to which a unit responds most
"""

from repscope.units._appearance import Appearance
from repscope.units._intact import intact
from repscope.units._target import ClassTarget, FunctionTarget, LayerTarget, Target, target_of
from repscope.units.adversarial import Adversarial, deepfool, fgsm, minimal_perturbation, pgd
from repscope.units.attribution import ATTRIBUTIONS, Attribution, Randomised, randomised
from repscope.units.attribution.deconvnet import deconvnet
from repscope.units.attribution.grad_cam import grad_cam
from repscope.units.attribution.gradient_input import gradient_input
from repscope.units.attribution.guided_backprop import guided_backprop
from repscope.units.attribution.integrated_gradients import integrated_gradients
from repscope.units.attribution.occlusion import occlusion
from repscope.units.attribution.saliency import saliency
from repscope.units.dissection import Dissection, dissect
from repscope.units.patches import LayerPatches, ReceptiveField, TopPatches, receptive_fields, top_patches
from repscope.units.pictures import Colours, Inverted, Maximal, Pixels, Shaking, Waves, dream, invert, maximize

__all__ = [
    "ATTRIBUTIONS",
    "Adversarial",
    "Appearance",
    "Attribution",
    "ClassTarget",
    "Colours",
    "Dissection",
    "FunctionTarget",
    "Inverted",
    "LayerPatches",
    "LayerTarget",
    "Maximal",
    "Pixels",
    "Randomised",
    "ReceptiveField",
    "Shaking",
    "Target",
    "TopPatches",
    "Waves",
    "deconvnet",
    "deepfool",
    "dissect",
    "dream",
    "fgsm",
    "grad_cam",
    "gradient_input",
    "guided_backprop",
    "intact",
    "integrated_gradients",
    "invert",
    "maximize",
    "minimal_perturbation",
    "occlusion",
    "pgd",
    "randomised",
    "receptive_fields",
    "saliency",
    "target_of",
    "top_patches",
]
