"""Units: what single units, directions and classes of a network respond to.

module ──► borrowed, comes back as it was ──► score of a class, unit or direction ──► pictures, numbers

_intact        somebody else's module, borrowed
_layer_output  the output of one layer, in the graph of its inputs
_target        what a picture is of
_slope         the gradient of a score, or a sentence
_relus         ReLUs intercepted, wherever they are called
_directions    directions at random, and of greatest variance
_appearance    how a network's input looks
attribution/   which pixels a score comes from
dissection/    which units light up where a concept is
pictures/      pictures that are optimised: highest activation, dreams, inversions
adversarial/   small changes after which a network names an image otherwise
_grid          pictures in rows and columns, with names
_means         a layer's units as means over positions
across/        what a direction of one network is in another
look/          all of it side by side
patches/       the parts of natural images to which a unit responds most
"""

from repscope.units._appearance import Appearance
from repscope.units._directions import principal_directions, random_directions
from repscope.units._grid import picture_grid
from repscope.units._intact import intact
from repscope.units._target import ClassTarget, FunctionTarget, LayerTarget, Target, target_of
from repscope.units.adversarial import (
    Adversarial,
    Fooling,
    Robustness,
    deepfool,
    fgsm,
    fool,
    minimal_perturbation,
    pgd,
    robust_accuracy,
)
from repscope.units.attribution import ATTRIBUTIONS, Attribution, Randomised, randomised
from repscope.units.attribution.deconvnet import deconvnet
from repscope.units.attribution.grad_cam import grad_cam
from repscope.units.attribution.gradient_input import gradient_input
from repscope.units.attribution.guided_backprop import guided_backprop
from repscope.units.attribution.integrated_gradients import integrated_gradients
from repscope.units.attribution.occlusion import occlusion
from repscope.units.attribution.saliency import saliency
from repscope.units.dissection import Dissection, dissect, dissect_network
from repscope.units.patches import (
    Coherence,
    LayerPatches,
    ReceptiveField,
    TopPatches,
    coherence,
    receptive_fields,
    top_patches,
)
from repscope.units.pictures import (
    Colours,
    Inverted,
    Maximal,
    Pixels,
    Shaking,
    Waves,
    dream,
    invert,
    maximize,
    write_animation,
    zoomed,
)

__all__ = [
    "ATTRIBUTIONS",
    "Adversarial",
    "Appearance",
    "Attribution",
    "ClassTarget",
    "Coherence",
    "Colours",
    "Dissection",
    "Fooling",
    "FunctionTarget",
    "Inverted",
    "LayerPatches",
    "LayerTarget",
    "Maximal",
    "Pixels",
    "Randomised",
    "ReceptiveField",
    "Robustness",
    "Shaking",
    "Target",
    "TopPatches",
    "Waves",
    "coherence",
    "deconvnet",
    "deepfool",
    "dissect",
    "dissect_network",
    "dream",
    "fgsm",
    "fool",
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
    "picture_grid",
    "principal_directions",
    "random_directions",
    "randomised",
    "receptive_fields",
    "robust_accuracy",
    "saliency",
    "target_of",
    "top_patches",
    "write_animation",
    "zoomed",
]
