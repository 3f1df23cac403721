"""Post-processing of descriptors, written as a line of text: 'l2, whiten:128, l2'."""

from typing import TYPE_CHECKING

from repscope.core.errors import BadInput, nearest
from repscope.transfer._signed_power import SignedPower
from repscope.transfer._unit_length import UnitLength
from repscope.transfer._whitening import Whitening

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

STEPS = ("l2", "power", "pca", "whiten")
NOTHING = "none"


def postprocessing(steps: str = NOTHING) -> "Pipeline":
    """A scikit-learn pipeline from its steps, in order, separated by commas.

    Parameters
    ----------
    steps : str
        ``none``, or of

        * ``l2``: every vector to length 1 (zero vectors stay);
        * ``power`` or ``power:0.3``: sign(x) |x|^0.5, or another exponent;
        * ``pca`` or ``pca:64``: principal components, all that the samples have or so many;
        * ``whiten`` or ``whiten:64``: the same, each divided by its standard deviation.

    Returns
    -------
    Pipeline
        Not fitted; fit it on other images than are judged.

    Raises
    ------
    BadInput
        If a step is not one of these, or its number not one for it.

    Examples
    --------
    >>> [name for name, _ in postprocessing("l2, whiten:8, l2").steps]
    ['l2-1', 'whiten-2', 'l2-3']
    >>> import numpy as np
    >>> postprocessing("l2, pca:2, l2").fit_transform(np.random.default_rng(0).normal(size=(9, 5))).shape
    (9, 2)
    """
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer

    named = []
    for number, step in enumerate(_words(steps), start=1):
        name, _, argument = step.partition(":")
        named.append((f"{name}-{number}", _step(name, argument, steps)))
    return Pipeline(named or [(NOTHING, FunctionTransformer(feature_names_out="one-to-one"))])


def _words(steps: str) -> list[str]:
    words = [word.strip() for word in steps.split(",")]
    if words == [NOTHING]:
        return []
    if not all(words):
        raise BadInput(
            f"the post-processing {steps!r} has an empty step; expected {NOTHING!r}, or steps such as 'l2, whiten:64, l2'"
        )
    return words


def _step(name: str, argument: str, steps: str) -> object:
    if name not in STEPS:
        raise BadInput(f"the post-processing {steps!r} has a step {name!r}; {nearest(name, STEPS)}")
    if name == "l2":
        if argument:
            raise BadInput(f"the step 'l2' of {steps!r} takes no number, and {argument!r} came")
        return UnitLength()
    if name == "power":
        return SignedPower(_number(argument, name, steps) if argument else 0.5)
    count = _number(argument, name, steps) if argument else None
    if count is not None and (count != int(count) or count < 1):
        raise BadInput(
            f"the step {name!r} of {steps!r} has {argument}; expected a whole number of components, 1 or more"
        )
    return Whitening(None if count is None else int(count), 1.0 if name == "whiten" else 0.0)


def _number(argument: str, name: str, steps: str) -> float:
    try:
        return float(argument)
    except ValueError:
        raise BadInput(
            f"the step {name!r} of {steps!r} has {argument!r} for a number; expected one such as {name}:64"
        ) from None
