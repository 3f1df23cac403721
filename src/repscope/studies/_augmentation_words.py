"""What augmentation gives, and from which layer on networks look past a change, in tables and words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from repscope.core.numbers import with_interval
from repscope.measures import Score
from repscope.studies._paired import (
    ALIKE,
    DIFFERENCE,
    LEAST,
    differences,
    interval_in_points,
    mean_over_seeds,
    say_untold,
)
from repscope.studies._published import published, whether_same_data
from repscope.studies._result import StudyTable

NONE, ALL = "none", "all"
NNLS = "layer_similarity"
PUBLISHED = {
    NONE: "none", "translate": "translate", "rotation": "rotation", "flip": "horizontal flip", "jitter": "colour jitter",
    "grayscale": "grayscale", "blur": "blur", ALL: "all of them",
}  # fmt: skip
"""Our names, and those of the published table."""


@final
@dataclass(frozen=True)
class Onset:
    """Where networks that were trained with a change look past it.

    Attributes
    ----------
    layer : str or None
        The first from which on the neighbours that stay are more, beyond the interval over seeds, at all layers up to the widest gap;
        None if nowhere.
    widest : str
        Where the gap is widest.
    gap : Score
        There, over seeds.
    """

    layer: str | None
    widest: str
    gap: Score


def onset(layers: Sequence[str], trained: Float[np.ndarray, "seeds l"], plain: Float[np.ndarray, "seeds l"]) -> Onset:
    """Read off the gaps seed by seed, corrected for all layers (Bonferroni)."""
    from scipy.stats import t

    gaps = trained - plain
    means, seeds = gaps.mean(axis=0), len(gaps)
    widest = int(means.argmax())
    score = mean_over_seeds(gaps[:, widest], NNLS, DIFFERENCE)
    if seeds < LEAST:
        return Onset(None, layers[widest], score)
    error = gaps.std(axis=0, ddof=1) / np.sqrt(seeds)
    error[np.ptp(gaps, axis=0) <= ALIKE] = np.inf  # the same with all seeds: what another would give is not known
    clear = means > float(t.ppf(1 - 0.025 / len(layers), seeds - 1)) * error
    clear &= means > 0
    if not clear[widest]:
        return Onset(None, layers[widest], score)
    first = widest
    while first > 0 and clear[first - 1]:
        first -= 1
    return Onset(layers[first], layers[widest], score)


def onset_table(onsets: Mapping[str, Onset]) -> StudyTable:
    """By augmentation."""
    rows = tuple(
        (name, found.layer or "nowhere beyond what seeds do", found.widest, _gap(found.gap))
        for name, found in onsets.items()
    )
    heads = ("augmentation", "from layer", "most at", "NNLS more [95 %]")
    return StudyTable("onsets", "From where on the change is looked past", heads, rows)


def _gap(score: Score) -> str:
    if not np.isfinite(score.interval[0]):
        return f"{score.value:+.3f}, one seed"
    return with_interval((score.value, *score.interval), "+.3f")


def accuracy_table(accuracies: Mapping[str, Float[np.ndarray, " seeds"]]) -> StudyTable:
    gaps = differences(accuracies, NONE)
    theirs = {row["augmentation"]: row for row in published("augmentation_ablation_cifar10")}
    rows = []
    for name, found in accuracies.items():
        mean = mean_over_seeds(found, "accuracy")
        score, p = gaps.get(name, (None, None))
        row = theirs[PUBLISHED[name]]
        rows.append(
            (
                name, 100 * mean.value, 100 * mean.details.get("spread", float("nan")) if len(found) > 1 else None,
                None if score is None else 100 * score.value, "" if score is None else interval_in_points(score), p,
                float(row["mean_accuracy"]), float(row["std"]),
            )
        )  # fmt: skip
    heads = (
        "augmentation",
        "validation %",
        "sd over seeds",
        "less none, points",
        "95 %",
        "p (Holm)",
        "published (CIFAR10) %",
        "published sd",
    )
    return StudyTable("augmentations", "Accuracy by augmentation", heads, tuple(rows))


def sentences(
    accuracies: Mapping[str, Float[np.ndarray, " seeds"]], onsets: Mapping[str, Onset], data: str
) -> tuple[str, ...]:
    gaps = differences(accuracies, NONE)
    said = [
        f"Without augmentation {100 * accuracies[NONE].mean():.1f} % of the validation images are named rightly, with all {100 * accuracies[ALL].mean():.1f} %."
    ]
    for better, word in ((True, "better"), (False, "worse")):
        named = [
            f"{n} ({100 * s.value:+.1f} points, p = {p:.2g})"
            for n, (s, p) in gaps.items()
            if p < 0.05 and (s.value > 0) is better
        ]
        said.append(
            f"{word.capitalize()} than none, beyond what seeds do (paired t test, 5 % over all): {', '.join(named) or 'none'}."
        )
    said += say_untold(gaps)
    for name, found in onsets.items():
        if found.gap.details.get("runs", 1) < LEAST:
            said.append(
                f"{name}: from which layer on networks look past it cannot be told from fewer than {LEAST} seeds."
            )
        elif found.layer is None:
            said.append(
                f"{name}: no layer keeps more neighbours for having been trained with it, beyond what seeds do."
            )
        else:
            said.append(
                f"{name}: networks trained with it look past it from {found.layer} on, most at {found.widest} (NNLS {found.gap.value:+.3f})."
            )
    said.append(f"The published figures are of CIFAR10: {whether_same_data('CIFAR10', data)}.")
    return tuple(said)
