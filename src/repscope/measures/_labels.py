"""Labels as measures need them."""

from typing import Any

import numpy as np
from jaxtyping import Int

from repscope.core.errors import BadInput


def class_codes(labels: Any, n: int, caller: str) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " c"]]:
    """Labels as numbers 0 … c − 1, and how many samples each of the c classes that occur has.

    Parameters
    ----------
    labels : (n,) array, tensor or sequence, or None
        Whole numbers or texts.
    n : int
        Samples of the graph.
    caller : str
        Who asks, for the message.

    Raises
    ------
    BadInput
        If there are no labels, not one per sample, not classes, or only one class.

    Examples
    --------
    >>> codes, counts = class_codes(["cat", "dog", "cat"], 3, "an example")
    >>> codes.tolist(), counts.tolist()
    ([0, 1, 0], [2, 1])
    """
    if labels is None:
        raise BadInput(
            f"{caller} needs labels and there are none; give a data set with labels, or leave this measure out"
        )
    array = np.asarray(labels.detach().cpu() if hasattr(labels, "detach") else labels)
    if array.shape != (n,):
        raise BadInput(
            f"{caller} got labels of shape {array.shape} for a graph of {n} samples; expected one per sample, ({n},)"
        )
    if array.dtype.kind not in "iubUS":
        raise BadInput(f"{caller} got labels of type {array.dtype}; expected classes as whole numbers or texts")
    names, codes, counts = np.unique(array, return_inverse=True, return_counts=True)
    if len(names) < 2:
        raise BadInput(
            f"{caller} got the single class {names[0]!s} for all {n} samples; expected at least 2 classes: "
            "with one class every neighbour agrees"
        )
    return codes.reshape(-1), counts
