"""Cheap predictors of how well a layer transfers, without training a classifier.

_checked  what both are given, their intervals and chance
log_me   the evidence of a Bayesian linear model
h_score  the share of the features' variance that lies between classes, in whitened space

features, labels ──► one number, its interval, and what shuffled labels give
"""

from repscope.transfer.predictors.h_score import h_score
from repscope.transfer.predictors.log_me import log_me

__all__ = ["h_score", "log_me"]
