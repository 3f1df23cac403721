"""What a measure says about itself, also when the package that adds it is not installed any more."""

import math
from dataclasses import dataclass
from typing import final

from repscope.measures import MEASURES


@final
@dataclass(frozen=True)
class MeasureWords:
    """The words for axes, headings and captions of one measure.

    Attributes
    ----------
    name : str
        Key of the measure.
    title, symbol, summary, reference : str
        As the measure declares them; the key and a sentence that says so when it cannot be loaded.
    bounds : (low, high)
        Least and greatest value; infinite where there is none, or where it is not known.
    installed : bool
        Whether the measure could be loaded.
    """

    name: str
    title: str
    symbol: str
    summary: str
    reference: str
    bounds: tuple[float, float]
    installed: bool


def measure_words(name: str) -> MeasureWords:
    """The words of a measure, whichever package it comes from.

    Stored scores outlive the package that made them, and one plug-in that fails to load must not keep a report
    from being written: what cannot be loaded is shown under its key, and the reason is said.

    Examples
    --------
    >>> words = measure_words("a_measure_of_a_package_that_is_gone")
    >>> words.symbol, words.installed
    ('a measure of a package that is gone', False)
    """
    try:
        found = MEASURES[name]
        low, high = found.bounds
        return MeasureWords(name, found.title, found.symbol, found.summary, found.reference, (low, high), True)
    except Exception as error:  # whatever a foreign package raises on import
        reason = str(error) or type(error).__name__
        summary = f"The scores are shown as they were stored; the measure itself could not be loaded here: {reason}."
        return MeasureWords(
            name, name.replace("_", " "), name.replace("_", " "), summary, "", (-math.inf, math.inf), False
        )
