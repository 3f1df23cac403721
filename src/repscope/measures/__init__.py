"""Measures: they read graphs or activations and answer with a score.

graph (and labels) ──► LayerMeasure ──► Score ─┐
                                               ├──► curves and matrices
two graphs, or two arrays ──► PairMeasure ──► Score ┘

_score              the Score: value, 95 % interval, null, per-sample values
_contract           what a measure declares; LayerMeasure (a curve) and PairMeasure (a matrix); look-up
_interval           intervals of shares by leaving each sample out; dependence through shared neighbours
_mean               the mean of independent values, with Student's interval
_influence          how much each sample moves NNCS and ID, since neighbours share samples
_curve              a curve whose values know how they vary together; effects with errors
_approximation      what a score says of approximate graphs: recall, effect, a wider interval
_effect             that effect, from rows of which the exact lists are known
_ties               what equal distances leave open
_labels             labels as class numbers
_ratios             ratios of neighbour distances over distinct samples
_two_nn, _gride     the estimators of dimension as functions of the ratios
_estimates          an estimate with its interval, by each estimator
_saturation         what the estimators read from a gaussian of known dimension
_overlap            which neighbours two layers share
_neighbor_sets      two lists of every sample as sets: the mean, its interval, what ties leave open
_paired             two representations of the same samples, checked
_prepared           measures of two arrays: each layer prepared once, every pair answered
_some               some of the samples, where all would take too long
_groups             groups of samples left out in turn; orders of samples for chance
_kernels            linear and Gaussian kernels, in blocks
_kernel_sums        sums over pairs of samples for every pair of layers, in one pass
_alignment          HSIC and CKA from these sums
_minibatch          CKA from pairs within batches
_kernel_measure     what the measures of kernels share
_canonical          bases of representations, canonical correlations
_correlating        the mean of such correlations, with interval and chance
_permutation_test   how large values are by chance, the largest of many pairs too
_over_seeds         the mean over several runs of one recipe
_matrix_divergence  how far two similarity matrices are from each other

Every other file is one measure, found by the file's name:

intrinsic_dimension     ID: in how many directions samples spread
class_similarity        NNCS: neighbours of one's own class
neighbor_accuracy       k-NN: how often their vote is right
layer_similarity        NNLS: neighbours kept from layer to layer
mutual_neighbors        the share of neighbours kept
neighbor_density_ratio  NDR: neighbours per sample over samples
hubness                 whether few samples are neighbours of very many
linear_probe            how well a linear classifier tells the classes apart
persistent_homology     whether samples lie on a loop
cka, rbf_cka            how alike the similarities between samples are, linear and near
hsic                    the same before it is normalised
cca, svcca, pwcca       canonical correlations: all, of the leading directions, weighted
procrustes              what is left after the best rotation
rsa                     whether the same pairs of samples are unlike
linear_predictivity     how much of one layer a linear map from the other predicts
"""

from repscope.measures._contract import MEASURES, ArrayLayer, LayerMeasure, LayerView, Measure, PairMeasure, measure
from repscope.measures._matrix_divergence import matrix_divergence
from repscope.measures._over_seeds import over_seeds
from repscope.measures._permutation_test import PermutationTest, permutation_test
from repscope.measures._score import Score

__all__ = [
    "MEASURES",
    "ArrayLayer",
    "LayerMeasure",
    "LayerView",
    "Measure",
    "PairMeasure",
    "PermutationTest",
    "Score",
    "matrix_divergence",
    "measure",
    "over_seeds",
    "permutation_test",
]
