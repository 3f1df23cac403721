"""Measures: they read graphs or activations and answer with a score.

graph (and labels) ──► LayerMeasure ──► Score ─┐
                                               ├──► curves and matrices
two graphs ──► PairMeasure ──► Score ──────────┘

_score              the Score: value, 95 % interval, null, per-sample values
_contract           what a measure declares; LayerMeasure (a curve) and PairMeasure (a matrix); look-up
_interval           intervals of shares by leaving each sample out; dependence through shared neighbours
_approximation      what a score says of approximate graphs: recall, effect, a wider interval
_effect             that effect, from rows of which the exact lists are known
_ties               what equal distances leave open
_labels             labels as class numbers
_ratios             ratios of neighbour distances over distinct samples
_two_nn, _gride     the estimators of dimension as functions of the ratios
_estimates          an estimate with its interval, by each estimator
_saturation         what the estimators read from a gaussian of known dimension
_overlap            which neighbours two layers share
_matrix_divergence  how far two similarity matrices are from each other

Every other file is one measure, found by the file's name:

intrinsic_dimension     ID: in how many directions samples spread
class_similarity        NNCS: neighbours of one's own class
neighbor_accuracy       k-NN: how often their vote is right
layer_similarity        NNLS: neighbours kept from layer to layer
neighbor_density_ratio  NDR: neighbours per sample over samples
"""

from repscope.measures._contract import MEASURES, ArrayLayer, LayerMeasure, LayerView, Measure, PairMeasure, measure
from repscope.measures._matrix_divergence import matrix_divergence
from repscope.measures._score import Score

__all__ = [
    "MEASURES",
    "ArrayLayer",
    "LayerMeasure",
    "LayerView",
    "Measure",
    "PairMeasure",
    "Score",
    "matrix_divergence",
    "measure",
]
