"""Findings: the phenomena of a run, or between two, in words, with their numbers and the criterion.

graphs, labels ──► curves with joint errors ─┐
scores of pairs ──► matrices with errors ────┴─► finders, one file each ──► Finding

_finding     the Finding
_contract    what a finder declares; findings() and compare_findings()
_evidence    what a finder reads: curves and matrices of a run, or of two
_matching    parts of different size made comparable
_pairs       matrices of layers with errors
_scaled      scores of layers over scales
_words       numbers as a reader likes them

Every other file is one finder, found by the file's name:

separability, separability_compared  how well the classes are apart at the output
cluster_spike                        the step at which they part
contraction                          the first layers mix them before later ones part them
overfitting, overfitting_compared    training and validation part
hunchback, double_hunchback          the intrinsic dimension rises and falls
dimension_compared                   where one network's is above the other's
drift                                training and validation do not follow each other
approximate_graphs, approximate_compared  neighbours that were not all found
redundant_layers, exact_copies       layers that add little, or nothing
constant_layers                      layers that give the same for every image
best_window, pooling_invariant, channel_steps  what pooling over windows of the image does
similarity_breaks                    where neighbours change, and the blocks in between
agreement                            at which layers two networks have the same neighbours
moved_forward                        early layers of one resemble later ones of the other
"""

from repscope.report.findings._contract import (
    FINDERS,
    ComparisonFinder,
    Finder,
    RunFinder,
    compare_findings,
    findings,
)
from repscope.report.findings._evidence import Between, Evidence
from repscope.report.findings._finding import Finding

__all__ = [
    "FINDERS",
    "Between",
    "ComparisonFinder",
    "Evidence",
    "Finder",
    "Finding",
    "RunFinder",
    "compare_findings",
    "findings",
]
