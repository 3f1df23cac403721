"""The inner channels of a block that reduces them."""

from repscope.core.errors import BadInput


def reduced(channels: int, reduction: int, who: str) -> int:
    """C / reduction.

    >>> reduced(64, 16, "SE")
    4

    Raises
    ------
    BadInput
        If the reduction is no whole number that leaves a channel.
    """
    if isinstance(reduction, bool) or not isinstance(reduction, int) or not 1 <= reduction <= channels:
        raise BadInput(
            f"{who} was given reduction={reduction!r} for {channels} channels; expected a whole number from 1 to {channels}"
        )
    return channels // reduction
