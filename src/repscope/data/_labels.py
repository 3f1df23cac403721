"""Labels as they come, lists, texts, tensors, as whole numbers that count the classes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Int

from repscope.core.errors import BadInput


def whole_labels(
    what: str, labels: Any, class_names: Sequence[str], n: int
) -> tuple[Int[np.ndarray, " n"], tuple[str, ...]]:
    """Labels as integers, and the names of the classes.

    Parameters
    ----------
    what : str
        Whose labels, for messages.
    labels : sequence
        Whole numbers, or texts; a list, an array or a tensor.
    class_names : sequence of str
        The names; for texts they may be empty, and are then the different ones in sorted order.
    n : int
        How many images there are.

    Raises
    ------
    BadInput
        If labels are something else, or a text is not the name of a class.

    Examples
    --------
    >>> whole_labels("mine", ["dog", "cat", "dog"], (), 3)
    (array([1, 0, 1]), ('cat', 'dog'))
    >>> whole_labels("mine", [1.0, float("nan")], ("cat", "dog"), 2)
    Traceback (most recent call last):
    repscope.core.errors.BadInput: the labels of mine are float64, the label of image 1 is nan; expected whole numbers ...
    """
    names = tuple(map(str, class_names))
    if hasattr(labels, "detach"):
        labels = labels.detach().cpu().numpy()
    try:
        array = np.asarray(labels)
    except ValueError as error:
        raise BadInput(f"the labels of {what} are not one for each image ({error}); expected whole numbers") from error
    if array.ndim == 2 and array.shape == (n, len(names)) and len(names) > 1:
        raise BadInput(
            f"{what} has labels of shape {array.shape}, a score for each class; expected ({n},), the number of the class: "
            "labels.argmax(axis=1) if exactly one is right"
        )
    if array.shape != (n,):
        raise BadInput(f"{what} has {n} images and labels of shape {array.shape}; expected ({n},)")
    if array.dtype.kind in "iu":
        return array.astype(np.int64, copy=False), names
    if array.dtype.kind in "UO" and all(isinstance(one, str) for one in array.tolist()):
        texts = [str(one) for one in array.tolist()]
        names = names or tuple(sorted(set(texts)))
        place = {name: i for i, name in enumerate(names)}
        if strange := [one for one in texts if one not in place]:
            raise BadInput(
                f"the labels of {what} have {strange[0]!r}, which is none of its {len(names)} class names ({', '.join(names[:5])}); expected "
                "those, or no class names"
            )
        return np.array([place[one] for one in texts], dtype=np.int64), names
    if array.dtype.kind == "f" and np.isfinite(array).all() and (array == np.rint(array)).all():
        return array.astype(np.int64), names
    odd = next((i for i, one in enumerate(array.tolist()) if not isinstance(one, int) or isinstance(one, bool)), 0)
    if array.dtype.kind == "f":
        odd = int(np.flatnonzero(~(np.isfinite(array) & (array == np.rint(array))))[0])
    raise BadInput(
        f"the labels of {what} are {array.dtype}, the label of image {odd} is {array.tolist()[odd]!r}; expected whole numbers that count "
        "the classes from 0, or texts"
    )
