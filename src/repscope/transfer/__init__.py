"""Transfer: what a network's layers are worth for other images and other questions.

_average_precision  of a ranking, in both definitions
_retrieval          what queries found
_retrieve           queries against a gallery, judged
_by_dimension       the same for several numbers of dimensions
_approximate        the best of a large gallery by faiss, with the share that was found
_whitening          principal components, whitened as far as is wanted
_signed_power       power normalisation
_unit_length        vectors of length one, at any scale
_postprocessing     a pipeline of these, from a line of text
_described          a layer as descriptors
_searched           what every layer of a network found
_search_layers      retrieval at every layer of a network, by queries of another too
_choice             which features: layer, descriptor, post-processing, use
_judge              how well they do on images that nothing was fitted on
_selection          every choice judged, as rows and sentences
_select             every choice judged, the best tried on images held back
_few_shot           accuracy against images of each class
_accuracy_curve     what that, and a readout of units, answer
_pipeline           features ready to use; the file, with _steps_file
classifiers/        of descriptors on a new task
predictors/         what a layer is worth, without a classifier
descriptors/        one vector of an image from a layer's maps
brains/             representations beside recorded responses
"""

from repscope.transfer._accuracy_curve import AccuracyCurve
from repscope.transfer._approximate import approximate_best
from repscope.transfer._average_precision import average_precision
from repscope.transfer._by_dimension import retrieve_by_dimension
from repscope.transfer._choice import Choice
from repscope.transfer._described import described
from repscope.transfer._few_shot import few_shot
from repscope.transfer._pipeline import FeaturePipeline, Opening
from repscope.transfer._postprocessing import postprocessing
from repscope.transfer._retrieval import Retrieval
from repscope.transfer._retrieve import retrieve, same_label
from repscope.transfer._search_layers import search_layers
from repscope.transfer._searched import LayerRetrieval, Searched
from repscope.transfer._select import select_features
from repscope.transfer._selection import Ranked, Selection
from repscope.transfer._signed_power import SignedPower
from repscope.transfer._whitening import Whitening
from repscope.transfer.brains import Predictivity, predictivity
from repscope.transfer.classifiers import CLASSIFIERS, Classifier
from repscope.transfer.descriptors import DESCRIPTORS, Descriptor
from repscope.transfer.descriptors.gem import gem
from repscope.transfer.descriptors.rmac import rmac
from repscope.transfer.descriptors.spoc import spoc
from repscope.transfer.predictors import h_score, log_me

__all__ = [
    "CLASSIFIERS",
    "DESCRIPTORS",
    "AccuracyCurve",
    "Choice",
    "Classifier",
    "Descriptor",
    "FeaturePipeline",
    "LayerRetrieval",
    "Opening",
    "Predictivity",
    "Ranked",
    "Retrieval",
    "Searched",
    "Selection",
    "SignedPower",
    "Whitening",
    "approximate_best",
    "average_precision",
    "described",
    "few_shot",
    "gem",
    "h_score",
    "log_me",
    "postprocessing",
    "predictivity",
    "retrieve",
    "retrieve_by_dimension",
    "rmac",
    "same_label",
    "search_layers",
    "select_features",
    "spoc",
]
