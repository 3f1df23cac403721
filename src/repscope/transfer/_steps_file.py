"""Fitted post-processing as arrays and words, and back: nothing is pickled."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from repscope.core.errors import Damaged
from repscope.transfer._postprocessing import NOTHING, postprocessing
from repscope.transfer._signed_power import SignedPower
from repscope.transfer._whitening import Whitening

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

LEARNED = ("mean_", "directions_", "deviations_")
"""What a Whitening has learned."""


def written_steps(pipeline: "Pipeline") -> tuple[dict[str, np.ndarray], list[dict[str, Any]]]:
    """Arrays by name, and for each step its kind and numbers.

    Examples
    --------
    >>> fitted = postprocessing("l2, whiten:2").fit(np.random.default_rng(0).normal(size=(9, 4)))
    >>> arrays, steps = written_steps(fitted)
    >>> sorted(arrays), steps[0]["text"]
    (['1.deviations_', '1.directions_', '1.mean_'], 'l2')
    >>> again = read_steps(steps, arrays)
    >>> x = np.random.default_rng(1).normal(size=(3, 4))
    >>> bool((again.transform(x) == fitted.transform(x)).all())
    True
    """
    arrays: dict[str, np.ndarray] = {}
    steps = []
    for number, (_, step) in enumerate(pipeline.steps):
        features = int(getattr(step, "n_features_in_", 0))
        if isinstance(step, Whitening):
            arrays |= {f"{number}.{name}": getattr(step, name) for name in LEARNED}
            text = f"{'whiten' if step.power else 'pca'}:{len(step.directions_)}"
            steps.append({"text": text, "features": features, "rank": step.rank_})
        elif isinstance(step, SignedPower):
            steps.append({"text": f"power:{step.exponent!r}", "features": features})
        else:
            steps.append(
                {"text": NOTHING if type(step).__name__ == "FunctionTransformer" else "l2", "features": features}
            )
    return arrays, steps


def read_steps(steps: "list[dict[str, Any]]", arrays: Mapping[str, np.ndarray]) -> "Pipeline":
    """The fitted pipeline that `written_steps` took apart.

    Raises
    ------
    Damaged
        If an array is missing, or shapes do not fit.
    """
    pipeline = postprocessing(", ".join(step["text"] for step in steps))
    for number, ((_, step), told) in enumerate(zip(pipeline.steps, steps, strict=True)):
        if told["features"]:
            step.n_features_in_ = told["features"]
        if isinstance(step, Whitening):
            missing = [name for name in LEARNED if f"{number}.{name}" not in arrays]
            if missing:
                raise Damaged(f"the file of features has no {missing[0]!r} of its step {number + 1}; make it again")
            for name in LEARNED:
                setattr(step, name, np.asarray(arrays[f"{number}.{name}"]))
            step.rank_ = told["rank"]
    return pipeline
