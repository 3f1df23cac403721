"""Adversarial images: small changes after which a network names an image otherwise, and patterns that it is sure of.

module + images + classes ──► changes along gradients, within bounds ──► Adversarial: images, names, distances

_attack   what attacks have in common
pgd       steps along the gradient, projected into a ball; with one step, FGSM
deepfool  to the nearest boundary of the network made linear
minimal   the smallest change towards a class
robustness  accuracy over the radius of the ball
fooling   patterns that a network is sure of, evolved
"""

from repscope.units.adversarial._attack import Adversarial
from repscope.units.adversarial.deepfool import deepfool
from repscope.units.adversarial.fooling import Fooling, fool
from repscope.units.adversarial.minimal import minimal_perturbation
from repscope.units.adversarial.pgd import fgsm, pgd
from repscope.units.adversarial.robustness import Robustness, robust_accuracy

__all__ = [
    "Adversarial",
    "Fooling",
    "Robustness",
    "deepfool",
    "fgsm",
    "fool",
    "minimal_perturbation",
    "pgd",
    "robust_accuracy",
]
