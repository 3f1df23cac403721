"""Neurons whose truth is known: a linear part of some features, a part that is not in them, and noise."""

from typing import Any

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.maps._embeddings import checked
from repscope.transfer.brains._responses import Responses


def simulated_responses(
    features: Any,
    neurons: int = 80,
    presentations: int = 4,
    explained: float = 0.6,
    reliability: float = 0.5,
    seed: int = 0,
) -> Responses:
    """Responses of neurons to images, of which it is known how much is linear in the features, and how much repeats.

    Parameters
    ----------
    features : (images, d) array
        Each neuron weighs them at random. Whitened features would not do: where they outnumber the images, every function of the images is
        linear in them, and nothing can be predicted of others.
    neurons, presentations : int
    explained : float
        The share of the variance of noiseless responses that is linear in the features; the rest is drawn for each image and
        neuron, and repeats.
    reliability : float
        The share of the variance of the mean over presentations that repeats: the ceiling.
    seed : int

    Raises
    ------
    BadInput
        If a share is not between 0 and 1, or nothing is asked for.

    Examples
    --------
    >>> found = simulated_responses(np.random.default_rng(0).normal(size=(30, 5)), neurons=7, presentations=3)
    >>> found.values.shape
    (3, 30, 7)
    """
    if not 0 <= explained <= 1 or not 0 < reliability <= 1:
        raise BadInput(
            f"explained = {explained} and reliability = {reliability}; expected shares, 0 to 1 and more than 0 to 1"
        )
    if neurons < 1 or presentations < 1:
        raise BadInput(
            f"{neurons} neurons and {presentations} presentations were asked for; expected one or more of each"
        )
    given = checked(features, "the features")
    random = np.random.default_rng(seed)
    centred = given.astype(np.float64) - given.mean(axis=0, dtype=np.float64)
    linear = _unit_variance(centred @ random.normal(size=(centred.shape[1], neurons)))
    other = _unit_variance(random.normal(size=linear.shape))
    signal = np.sqrt(explained) * linear + np.sqrt(1 - explained) * other
    noise = np.sqrt(presentations * (1 - reliability) / reliability)
    return Responses.of(signal + noise * random.normal(size=(presentations, *signal.shape)))


def _unit_variance(values: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n m"]:
    centred: Float[np.ndarray, "n m"] = values - values.mean(axis=0)
    scaled: Float[np.ndarray, "n m"] = centred / centred.std(axis=0)
    return scaled
