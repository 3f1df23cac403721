"""Transfer: what a network's layers are worth for other images and other questions.

_average_precision  of a ranking, in both definitions
_retrieve           queries against a gallery, judged
_whitening          principal components, whitened as far as is wanted
_signed_power       power normalisation
_postprocessing     a pipeline of these, from a line of text
descriptors/        one vector of an image from a layer's maps
brains/             representations beside recorded responses
"""

from repscope.transfer._average_precision import average_precision
from repscope.transfer._postprocessing import postprocessing
from repscope.transfer._retrieve import Retrieval, retrieve, same_label
from repscope.transfer._signed_power import SignedPower
from repscope.transfer._whitening import Whitening
from repscope.transfer.descriptors import DESCRIPTORS, Descriptor
from repscope.transfer.descriptors.gem import gem
from repscope.transfer.descriptors.rmac import rmac
from repscope.transfer.descriptors.spoc import spoc

__all__ = [
    "DESCRIPTORS",
    "Descriptor",
    "Retrieval",
    "SignedPower",
    "Whitening",
    "average_precision",
    "gem",
    "postprocessing",
    "retrieve",
    "rmac",
    "same_label",
    "spoc",
]
