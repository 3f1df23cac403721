"""Two representations of the same samples, checked, and the words for what they must be."""

from typing import Any

from repscope.core.errors import BadInput, Mismatch
from repscope.core.points import Points, as_points
from repscope.core.scaling import in_range


def paired(x: Any, y: Any, caller: str, least: int = 4) -> tuple[Points, Points]:
    """Both as points, times a power of two where squares of products of them would be out of range.

    Parameters
    ----------
    x, y : (n, d) and (n, e) arrays, tensors or Points
        The same samples in the same order.
    caller : str
        Who asks, for the message.
    least : int
        Samples below which there is no answer.

    Raises
    ------
    Mismatch
        If the numbers of samples differ.
    BadInput
        If there are too few samples, or they are not real numbers.

    Examples
    --------
    >>> first, second = paired([[1.0], [2.0]], [[1.0, 0.0], [2.0, 1.0]], "an example", least=2)
    >>> first.shape, second.shape
    ((2, 1), (2, 2))
    """
    first, second = as_points(x), as_points(y)
    if first.n != second.n:
        raise Mismatch(
            f"{caller} got representations of {first.n} and {second.n} samples; expected the same samples in the same "
            "order in both"
        )
    if first.n < least:
        raise BadInput(f"{caller} got {first.n} samples; expected {least} or more")
    return in_range(first)[0], in_range(second)[0]
