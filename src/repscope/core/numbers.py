"""Numbers as text."""

from collections.abc import Sequence


def shown(value: float, form: str) -> str:
    """A number in a form of `format`; one that rounds to zero has no sign.

    Parameters
    ----------
    value : float
    form : str
        Such as ``".2f"``, ``"+.1f"``, ``".3g"``.

    Examples
    --------
    >>> shown(-0.004, ".2f"), shown(0.004, "+.2f"), shown(-0.0, ".3g"), shown(-0.25, "+.2f"), shown(0.25, "+.2f")
    ('0.00', '0.00', '0', '-0.25', '+0.25')
    >>> shown(-1000.4, ",.0f"), shown(float("-inf"), ".2f"), shown(float("nan"), "+.1f")
    ('-1,000', '-inf', '+nan')
    """
    text = format(value, form)
    return text if text.strip("+-0.,") else text.lstrip("+-")


def with_interval(numbers: Sequence[float], form: str, unit: str = "") -> str:
    """A value and the two ends of its interval.

    Parameters
    ----------
    numbers : sequence of float
        The value, the low end, the high end.
    form : str
        Of all three, as for `shown`.
    unit : str
        After the value.

    Examples
    --------
    >>> with_interval((-0.54, -1.2, 0.04), "+.1f", " points")
    '−0.5 points [−1.2, 0.0]'
    """
    value, low, high = (shown(x, form).replace("-", "−") for x in numbers)
    return f"{value}{unit} [{low}, {high}]"
