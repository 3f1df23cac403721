"""Scores of lists of differing length: what the measures of graphs read where not all samples have k neighbours."""

import numpy as np
from jaxtyping import Int

from repscope.measures import Score
from repscope.measures._interval import JACKKNIFE, Z95, jackknife_error, share_interval, wilson
from repscope.measures.hubness import skewness, skewness_without_each
from repscope.neighbors import NeighborLists


def lists_class_similarity(lists: NeighborLists, labels: Int[np.ndarray, " n"]) -> Score:
    """NNCS over the samples that have neighbours: the mean of each one's share of neighbours of its own class.

    The interval comes from leaving each sample out, of the lists of all others too, as in `class_similarity`; a list that
    loses its only entry is counted as average.
    """
    n, counts, rows = lists.n, lists.counts, lists.rows
    has = counts > 0
    if not has.any():
        return Score.refused("class_similarity", "no sample has a neighbour")
    agree = labels[rows] == labels[lists.indices]
    shares = np.bincount(rows, agree, minlength=n) / np.maximum(counts, 1)
    value = float(shares[has].mean())
    rest = np.maximum(counts[rows] - 1, 1)
    gained = np.where(counts[rows] > 1, agree - shares[rows], agree - value) / rest
    influence = np.where(has, shares - value, 0.0) + np.bincount(lists.indices, gained, minlength=n)
    interval, effective = share_interval(value, influence * n / has.sum(), most=len(rows))
    of_class = np.unique(labels, return_inverse=True, return_counts=True)
    same = of_class[2][of_class[1].reshape(-1)] - 1
    return Score(
        "class_similarity", value, interval, JACKKNIFE, null=float(same[has].mean() / (n - 1)),
        per_sample=np.where(has, shares, np.nan), details={"n": n, "samples": int(has.sum()), "effective": effective},
    )  # fmt: skip


def lists_layer_similarity(first: NeighborLists, second: NeighborLists) -> Score:
    """NNLS: the mean Jaccard index of the two lists, over the samples that have neighbours in one of the two.

    The interval comes from leaving each sample out, as in `layer_similarity`. There is no null: chance depends on how long
    the lists are.
    """
    n = first.n
    pairs = np.union1d(first.pairs, second.pairs)
    if not len(pairs):
        return Score.refused("layer_similarity", "no sample has a neighbour at either layer")
    rows, columns = pairs // n, pairs % n
    shared = np.isin(pairs, np.intersect1d(first.pairs, second.pairs, assume_unique=True), assume_unique=True)
    union, both = np.bincount(rows, minlength=n), np.bincount(rows, shared, minlength=n)
    has = union > 0
    index = both / np.maximum(union, 1)
    value = float(index[has].mean())
    without = np.where(union[rows] > 1, (both[rows] - shared) / np.maximum(union[rows] - 1, 1), value)
    influence = np.where(has, index - value, 0.0) + np.bincount(columns, index[rows] - without, minlength=n)
    interval, effective = share_interval(value, influence * n / has.sum(), most=len(pairs))
    return Score(
        "layer_similarity", value, interval, JACKKNIFE, per_sample=np.where(has, index, np.nan),
        details={"n": n, "samples": int(has.sum()), "effective": effective},
    )  # fmt: skip


def lists_without(counts: Int[np.ndarray, " n"], certain: bool) -> Score:
    """The share of samples without neighbours."""
    name, value = "without_neighbors", float(np.mean(counts == 0))
    if certain:
        return Score(name, value, (value, value), "exact: every sample has k neighbours or more")
    return Score(name, value, wilson(value, len(counts)), "analytic, Wilson, samples as independent")


def lists_hubness(lists: NeighborLists) -> Score:
    """The skewness of the in-degree, in un-directed graphs of the degree."""
    degrees = lists.in_degrees.astype(np.float64)
    value = skewness(degrees)
    half = Z95 * jackknife_error(skewness_without_each(degrees))
    return Score("hubness", value, (value - half, value + half), "analytic, delete-one jackknife over in-degrees")
