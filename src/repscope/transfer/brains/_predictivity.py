"""Predictivity: how much of what neurons answer a linear map from a layer predicts, of what can be predicted at all."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput, Mismatch
from repscope.core.points import as_points
from repscope.measures import Score
from repscope.measures._canonical import Basis
from repscope.measures._groups import groups
from repscope.measures._interval import Z95
from repscope.measures.linear_predictivity import PENALTIES
from repscope.transfer.brains._responses import Responses

LEAST = 20
"""Images that can be divided into groups that are left out."""


@final
@dataclass(frozen=True, eq=False)
class Predictivity:
    """How much is predicted, and how much could be.

    Attributes
    ----------
    value : float
        R² of images that the map has not seen over the ceiling: 1 where all is predicted that repeats, 0 where no more than the
        mean. Without repeated presentations there is no ceiling, and it is R² itself.
    interval : (low, high)
        95 % interval: how far the value would move with other images, the maps being as they were fitted.
    ceiling : float
        The share of the variance of mean responses that repeats, averaged over neurons; NaN without repeated presentations.
    r2 : (m,) float64
        Of each neuron, not corrected: at most 1, below 0 where its mean predicts better.
    ceilings : (m,) float64
        Of each neuron; estimates, which may be below 0 or above what is possible.
    notes : tuple of str
        What is to be read with the number.
    """

    value: float
    interval: tuple[float, float]
    ceiling: float
    r2: Float[np.ndarray, " m"]
    ceilings: Float[np.ndarray, " m"]
    notes: tuple[str, ...]

    @property
    def score(self) -> Score:
        """As a score; chance is 0."""
        details = {"neurons": float(len(self.r2)), "ceiling": self.ceiling}
        how = "analytic, ratio of sums over images that the map has not seen"
        return Score("predictivity", self.value, self.interval, how, 0.0, notes=self.notes, details=details)

    def __str__(self) -> str:
        return f"{self.score}, ceiling {self.ceiling:.3g}"


def predictivity(features: Any, responses: Any) -> Predictivity:
    """Noise-corrected, cross-validated linear predictivity of responses from features.

    Parameters
    ----------
    features : (images, d) array, tensor or Points
        A layer; its features may outnumber the images.
    responses : Responses, or (presentations, images, neurons) or (images, neurons) array
        Of the same images in the same order; NaN where a trial is missing.

    Returns
    -------
    Predictivity
        With `.value`, `.interval`, `.ceiling`.

    Raises
    ------
    Mismatch
        If the numbers of images differ.
    BadInput
        If there are fewer than twenty images, features are constant or not finite, a neuron answers every image alike, or nothing
        of the responses repeats.

    Notes
    -----
    *Fit.* Every tenth of the images is predicted from the other nine by ridge regression of each neuron's mean response, with a
    penalty of its own, chosen by the left-out error within the nine tenths; the intercept is not penalised.

    *Correction.* Let V be the variance of a neuron's mean responses over images, N the part of it that is noise (the variance of
    single trials about their mean over the number of trials), and E the mean squared error of the prediction, all over V. The
    noise is in V and in E alike, so the value is (V − E) / (V − N), sums over neurons being taken before dividing: a neuron
    that hardly repeats counts little and cannot blow the ratio up. The ceiling is (V − N) / V.

    *Blind spot.* A map that is fitted to few or noisy images predicts less than the best linear map would: the value is a lower
    bound that rises with the number of images, and layers are to be compared on the same ones.

    References
    ----------
    M. Schrimpf and others, *Brain-Score*, bioRxiv 407007 (2018), takes correlations and split halves instead. M. Sahani, J. Linden,
    *How linear are auditory cortical responses?*, NIPS 2002, for signal and noise power.

    Examples
    --------
    >>> from repscope.transfer.brains import simulated_responses
    >>> features = np.random.default_rng(0).normal(size=(1000, 10))
    >>> found = predictivity(features, simulated_responses(features, neurons=30, explained=0.6, reliability=0.5))
    >>> round(found.value, 1), round(found.ceiling, 1)
    (0.6, 0.5)
    """
    given = responses if isinstance(responses, Responses) else Responses.of(responses)
    points = as_points(features)
    if points.n != len(given.ids):
        raise Mismatch(f"features are of {points.n} images and responses to {len(given.ids)}; expected the same images")
    if points.n < LEAST:
        raise BadInput(f"predictivity got {points.n} images; expected {LEAST} or more, to leave groups of them out")
    means = given.mean
    spread = means.var(axis=0)
    flat = np.flatnonzero(~(spread > 1e-24 * np.abs(means).max(axis=0) ** 2))
    if len(flat):
        raise BadInput(
            f"{len(flat)} of {len(given.neurons)} neurons answer every image alike, such as {given.neurons[flat[0]]!r}; leave them out"
        )
    scaled = (means - means.mean(axis=0)) / np.sqrt(spread)
    errors, apart = _left_out(points, scaled)
    noise = given.noise[None, :] / given.trials / spread[None, :]
    if np.isnan(noise).all():
        return _uncorrected(errors, apart)
    if np.isnan(noise).any():
        raise BadInput(
            f"{int(np.isnan(noise).all(axis=0).sum())} of {len(given.neurons)} neurons were shown no image twice and have no ceiling; leave "
            "them out, or give one presentation of all"
        )
    total, signal = apart.sum(), (apart - noise).sum()
    if not signal > 0:
        raise BadInput(
            f"the variance of the mean responses over images is no greater than noise alone would make it ({100 * signal / total:.1f} % of "
            "it is left); more presentations are needed"
        )
    value = float((apart - errors).sum() / signal)
    influence = (apart - errors).sum(axis=1) - value * (apart - noise).sum(axis=1)
    half = _half(influence, signal)
    ceilings = 1 - noise.sum(axis=0) / apart.sum(axis=0)
    notes = () if value <= 1 else ("above 1: the ceiling is an estimate, and here too low",)
    r2 = 1 - errors.sum(axis=0) / apart.sum(axis=0)
    return Predictivity(value, (value - half, value + half), float(signal / total), r2, ceilings, notes)


def _left_out(
    points: Any, scaled: Float[np.ndarray, "n m"]
) -> tuple[Float[np.ndarray, "n m"], Float[np.ndarray, "n m"]]:
    """Squared errors of predictions, and squared distances from the mean of the images that the map was fitted to."""
    from sklearn.linear_model import RidgeCV
    from threadpoolctl import threadpool_limits

    basis = Basis.of(points, "the features'")
    rows = (basis.u * basis.s).numpy()  # ridge does not see the turn
    strengths = PENALTIES * float((basis.s**2).mean())
    errors, apart = np.empty_like(scaled), np.empty_like(scaled)
    with threadpool_limits(1):
        for out in groups(len(rows)):
            kept = np.setdiff1d(np.arange(len(rows)), out)
            model = RidgeCV(strengths, alpha_per_target=scaled.shape[1] > 1).fit(rows[kept], scaled[kept])
            errors[out] = (scaled[out] - model.predict(rows[out]).reshape(len(out), -1)) ** 2
            apart[out] = (scaled[out] - scaled[kept].mean(axis=0)) ** 2
    return errors, apart


def _uncorrected(errors: Float[np.ndarray, "n m"], apart: Float[np.ndarray, "n m"]) -> Predictivity:
    nan = float("nan")
    value = float(1 - errors.sum() / apart.sum())
    half = _half((apart - errors).sum(axis=1) - value * apart.sum(axis=1), apart.sum())
    note = "every image was shown once, so how much could be predicted is not known: the value is not corrected"
    r2 = 1 - errors.sum(axis=0) / apart.sum(axis=0)
    return Predictivity(value, (value - half, value + half), nan, r2, np.full(len(r2), nan), (note,))


def _half(influence: Float[np.ndarray, " n"], total: float) -> float:
    """Half the interval of a ratio of sums, by its linear part."""
    n = len(influence)
    return float(Z95 * np.sqrt((influence**2).sum() * n / (n - 1)) / total)
