"""The score: a value with its interval, its null, and the per-sample values behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Float

from repscope.core.numbers import shown

if TYPE_CHECKING:
    import pandas as pd


@final
@dataclass(frozen=True, eq=False)
class Score:
    """What a measure answers.

    Attributes
    ----------
    measure : str
        Name of the measure.
    value : float
        The estimate.
    interval : (low, high)
        95 % interval of the estimate.
    interval_method : str
        How the interval was made, for example ``"bootstrap over samples, 1000 draws"`` or ``"analytic, chi-squared"``.
    null : float or None
        What chance would give; None when chance has no value (an intrinsic dimension has none).
    per_sample : (n,) float64 or None
        One value per sample (NaN where a sample was taken out), whose summary the value is.
    notes : tuple of str
        Sentences that must be read with the number: what was taken out, tied, saturated or doubtful.
    details : mapping of str to float
        Further numbers: n, k, samples taken out, tied rows.
    summary : function or None
        How the value comes from the per-sample values that are not NaN; None for their mean. What approximate graphs
        do to the score is estimated by it. Not kept in files.
    """

    measure: str
    value: float
    interval: tuple[float, float]
    interval_method: str
    null: float | None = None
    per_sample: Float[np.ndarray, " n"] | None = None
    notes: tuple[str, ...] = ()
    details: Mapping[str, float] = field(default_factory=dict)
    summary: Callable[[Float[np.ndarray, " m"]], float] | None = None

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        low, high = self.interval
        chance = "" if self.null is None else f", chance {shown(self.null, '.3g')}"
        return f"{self.measure} {shown(self.value, '.4g')} [{shown(low, '.4g')}, {shown(high, '.4g')}]{chance}"

    @staticmethod
    def refused(measure: str, reason: object) -> "Score":
        """No value, and why.

        >>> Score.refused("cka", "the layer is constant").notes
        ('no value: the layer is constant',)
        """
        nan = float("nan")
        return Score(measure, nan, (nan, nan), "none", notes=(f"no value: {reason}",))

    def as_dict(self) -> dict[str, Any]:
        """The score without its per-sample values, as JSON can hold it (NaN becomes None)."""
        return {
            "measure": self.measure,
            "value": _finite(self.value),
            "interval": [_finite(self.interval[0]), _finite(self.interval[1])],
            "interval_method": self.interval_method,
            "null": _finite(self.null),
            "notes": list(self.notes),
            "details": {k: _finite(v) for k, v in self.details.items()},
        }

    @staticmethod
    def from_dict(fields: Mapping[str, Any]) -> "Score":
        """The score that `as_dict` wrote."""
        low, high = fields["interval"]
        return Score(
            measure=fields["measure"],
            value=_number(fields["value"]),
            interval=(_number(low), _number(high)),
            interval_method=fields["interval_method"],
            null=fields["null"],
            notes=tuple(fields["notes"]),
            details={k: _number(v) for k, v in fields["details"].items()},
        )

    def frame(self) -> "pd.DataFrame":
        """One row with value, interval and null (needs pandas)."""
        from repscope.core.optional import optional

        pandas = optional("pandas", "Score.frame()", "frame")
        low, high = self.interval
        row = {"measure": self.measure, "value": self.value, "low": low, "high": high, "null": self.null}
        frame: pd.DataFrame = pandas.DataFrame([row])
        return frame


def _finite(x: float | None) -> float | None:
    return None if x is None or not np.isfinite(x) else float(x)


def _number(x: float | None) -> float:
    return float("nan") if x is None else float(x)
