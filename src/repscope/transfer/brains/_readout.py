"""A linear readout of some units: how well classes can be told from so many neurons, or so many units of a layer as noisy."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.maps._embeddings import checked
from repscope.measures._labels import class_codes
from repscope.measures.linear_probe import linear_probe
from repscope.transfer._accuracy_curve import AccuracyCurve


def readout(
    units: Any,
    labels: Any,
    sizes: Sequence[int] = (5, 10, 20, 40, 80),
    draws: int = 5,
    reliabilities: Any = None,
    seed: int = 0,
) -> AccuracyCurve:
    """Accuracy of a linear readout of units sampled at random, cross-validated, for several numbers of them.

    Parameters
    ----------
    units : (images, m) array
        Mean responses of neurons, or a layer.
    labels : (images,) whole numbers or texts
    sizes : sequence of int
    draws : int
        Samples of units of each size.
    reliabilities : (r,) array, optional
        For a layer, which has no noise: the ceilings of neurons. Each sampled unit is given that of a neuron drawn at random, and
        as much noise as leaves that share of its variance, so that network and neurons are read under equal noise. Ceilings
        outside 0.01 to 1 are brought there.
    seed : int

    Raises
    ------
    BadInput
        If more units are asked for than there are, or ceilings are not finite.

    References
    ----------
    C. Cadieu and others, *Deep neural networks rival the representation of primate IT cortex*, PLoS Comput. Biol. 10 (2014).

    Examples
    --------
    >>> labels = np.arange(200) % 2
    >>> units = np.random.default_rng(0).normal(size=(200, 30)) + 0.7 * labels[:, None]
    >>> exact, noisy = readout(units, labels, (1, 20)), readout(units, labels, (1, 20), reliabilities=[0.2])
    >>> [score.value > 0.6 for score in exact.scores], exact.scores[1].value > noisy.scores[1].value
    ([True, True], True)
    """
    matrix = checked(units, "the units").astype(np.float64)
    n, m = matrix.shape
    _, counts = class_codes(labels, n, "readout")
    odd = [size for size in sizes if not 1 <= size <= m]
    if odd or not sizes or draws < 1:
        raise BadInput(
            f"samples of {list(sizes)} units, {draws} times each, of {m} units; expected sizes from 1 to {m}, and one draw or more"
        )
    random = np.random.default_rng(seed)
    shares = None if reliabilities is None else _held(reliabilities)
    accuracies = np.empty((len(sizes), draws))
    for row, size in enumerate(sizes):
        for draw in range(draws):
            chosen = matrix[:, np.sort(random.permutation(m)[:size])]
            accuracies[row, draw] = linear_probe(_noisy(chosen, shares, random), labels).value
    return AccuracyCurve("units", tuple(sizes), accuracies, float(counts.max() / n))


def _held(reliabilities: Any) -> Float[np.ndarray, " r"]:
    shares = np.asarray(reliabilities, dtype=np.float64).reshape(-1)
    if not len(shares) or not np.isfinite(shares).all():
        raise BadInput(f"reliabilities are {shares[:3].tolist()}…; expected the ceilings of neurons, finite numbers")
    return np.clip(shares, 0.01, 1.0)


def _noisy(
    units: Float[np.ndarray, "n s"], shares: Float[np.ndarray, " r"] | None, random: np.random.Generator
) -> Float[np.ndarray, "n s"]:
    """Each unit with noise that leaves a drawn share of its variance."""
    if shares is None:
        return units
    drawn = random.choice(shares, size=units.shape[1])
    deviation = units.std(axis=0) * np.sqrt(1 / drawn - 1)
    noisy: Float[np.ndarray, "n s"] = units + deviation * random.normal(size=units.shape)
    return noisy
