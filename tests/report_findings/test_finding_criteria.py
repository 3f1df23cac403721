"""The criteria on hand-made curves and matrices: what just counts, what does not, and what the intervals do to it."""

import numpy as np
import pytest

from repscope.measures import Score
from repscope.measures._curve import Curve
from repscope.report.findings._pairs import Pairs
from repscope.report.findings.cluster_spike import steepest
from repscope.report.findings.contraction import dip
from repscope.report.findings.double_hunchback import plateau, second_peak
from repscope.report.findings.drift import apart
from repscope.report.findings.hunchback import peak
from repscope.report.findings.moved_forward import forwardness
from repscope.report.findings.overfitting import beyond_input, parted
from repscope.report.findings.redundant_layers import alike
from repscope.report.findings.similarity_breaks import breaks
from repscope.studies import ScoreRow, ScoreTable

# the trial of the thesis' network on glyphs: plain, validation, n = 5,000
TRIAL = ("input", "neck", *(f"stage{s}.{b}" for s in (1, 2, 3) for b in (0, 1, 2)), "pool", "classifier")
TRIAL_ID = (38, 44, 59, 58, 52, 51, 41, 33, 28, 22, 19, 10, 7)
TRIAL_NNCS = (0.10, 0.10, 0.11, 0.12, 0.13, 0.14, 0.21, 0.30, 0.42, 0.74, 0.85, 0.88, 0.88)
TRIAL_TRAINING = (0.10, 0.10, 0.11, 0.12, 0.13, 0.14, 0.21, 0.30, 0.42, 0.80, 0.92, 0.95, 0.95)
TRIAL_NNLS = (0.30, 0.33, 0.37, 0.55, 0.46, 0.40, 0.41, 0.44, 0.36, 0.53, 0.18, 0.62)


def curve(values: tuple[float, ...], error: float, names: tuple[str, ...] = TRIAL, log: bool = False) -> Curve:
    """A curve whose layers have independent errors of this size."""
    influence = np.zeros((2 * len(values), len(values)))
    for i in range(len(values)):
        influence[2 * i : 2 * i + 2, i] = np.array([1, -1]) * error / np.sqrt(2)
    array = np.log(values) if log else np.array(values, float)
    return Curve(names[: len(values)], array, influence, np.zeros(len(values)))


def chain(steps: tuple[float, ...], error: float = 0.005) -> Pairs:
    """Similarities that fall off with distance as the product of the steps in between."""
    names = TRIAL[: len(steps) + 1]
    position = np.concatenate([[0.0], np.cumsum(-np.log(steps))])
    values = np.exp(-np.abs(position[:, None] - position))
    rows = tuple(
        ScoreRow("p", a, b, Score("layer_similarity", v, (v - 1.96 * error, v + 1.96 * error), "hand-made", 0.01))
        for i, a in enumerate(names)
        for j, b in enumerate(names)
        for v in [float(values[i, j])]
    )
    return Pairs.of(ScoreTable(rows))


def test_the_trial_is_read_as_its_authors_read_it() -> None:
    dimension, similarity = curve(TRIAL_ID, 0.02, log=True), curve(TRIAL_NNCS, 0.006)
    gap = curve(tuple(a - b for a, b in zip(TRIAL_TRAINING, TRIAL_NNCS, strict=True)), 0.006)
    assert peak(dimension) == "stage1.0"
    assert steepest(similarity) == ("stage3.0", "stage3.1") or steepest(similarity) == (TRIAL[8], TRIAL[9])
    assert parted(gap)[0] == TRIAL[9]
    assert dip(similarity, 0.1) is None
    assert ("stage3.2", "pool") in breaks(chain(TRIAL_NNLS))
    assert alike(chain(TRIAL_NNLS)) == []


def test_a_random_network_is_read_as_flat() -> None:
    flat = curve((45.0, 44.0, 46.0, 45.0, 45.5), 0.02, log=True)
    assert peak(flat) is None
    assert steepest(curve((0.1, 0.102, 0.1, 0.099), 0.006)) is None


@pytest.mark.parametrize(("error", "found"), [(0.005, True), (0.2, False)])
def test_wide_intervals_take_every_finding_away(error: float, found: bool) -> None:
    assert (peak(curve(TRIAL_ID, error, log=True)) is not None) == found
    assert (steepest(curve(TRIAL_NNCS, error)) is not None) == found
    assert bool(parted(curve((0.0, 0.0, 0.1, 0.15), error))) == found
    assert bool(apart(curve((0.0, 0.3, 0.0), error))) == found
    assert (dip(curve((0.3, 0.2, 0.25, 0.8), error), 0.1) is not None) == found
    assert bool(alike(chain((0.5, 0.9, 0.5), error))) == found
    assert bool(breaks(chain((0.8, 0.8, 0.3, 0.8, 0.8), error))) == found
    assert (second_peak(curve((10, 30, 15, 25, 5), error, log=True), "neck") is not None) == found
    assert (plateau(curve((10, 40, 20, 20, 20, 8), error, log=True), "neck") is not None) == found


def test_a_rise_or_a_fall_alone_is_no_hunchback() -> None:
    assert peak(curve((10, 20, 30), 0.01, log=True)) is None
    assert peak(curve((30, 20, 10), 0.01, log=True)) is None
    assert peak(curve((30, 31, 10), 0.001, log=True)) is None  # 3 % is within the usual spread
    assert peak(curve((30, 10), 0.01, log=True)) is None


def test_a_steady_fall_has_neither_second_peak_nor_plateau() -> None:
    steady = curve((20, 60, 48, 38, 30, 24, 19), 0.001, log=True)
    assert second_peak(steady, "neck") is None
    assert plateau(steady, "neck") is None


def test_a_shoulder_before_the_fall_and_a_flat_end_are_no_plateau() -> None:
    assert plateau(curve((20, 60, 59, 58, 57, 30, 12), 0.0001, log=True), "neck") is None
    assert plateau(curve((20, 60, 30, 15, 10, 9.9, 9.8), 0.0001, log=True), "neck") is None


def test_a_curve_that_only_falls_has_no_dip() -> None:
    assert dip(curve((0.4, 0.3, 0.2, 0.1), 0.001), 0.1) is None
    assert dip(curve((0.4, 0.395, 0.5, 0.9), 0.0001), 0.1) is None  # less than a twentieth above chance
    assert dip(curve((0.4, 0.2), 0.001), 0.1) is None
    assert dip(curve((0.4, 0.2, 0.9), 0.001), float("nan")) is None


def test_even_steps_are_no_spike_and_a_single_step_is_one() -> None:
    assert steepest(curve((0.1, 0.3, 0.5, 0.7), 0.001)) is None
    assert steepest(curve((0.1, 0.7), 0.001)) == ("input", "neck")
    assert steepest(curve((0.1,), 0.001)) is None
    assert steepest(curve((0.1, 0.11, 0.1), 0.0001)) is None  # a hundredth does not count


def test_the_gap_at_the_input_is_taken_off() -> None:
    gap = curve((0.1, 0.1, 0.105, 0.3), 0.001)
    assert parted(gap) == (TRIAL[3],)
    assert beyond_input(gap, TRIAL[3]).value == pytest.approx(0.2)
    without = curve((0.1, 0.1, 0.3), 0.001, names=("a", "b", "c"))
    assert parted(without) == ("a", "b", "c")


def test_the_onset_is_that_of_the_widest_gap() -> None:
    assert parted(curve((0.0, 0.05, 0.0, 0.1, 0.2, 0.15, 0.0), 0.001)) == TRIAL[3:6]


def test_drift_has_two_signs() -> None:
    assert apart(curve((0.2, -0.2, 0.04), 0.001)) == TRIAL[:2]


def test_alike_layers_are_gathered_in_runs() -> None:
    assert alike(chain((0.5, 0.9, 0.9, 0.5, 0.8))) == [TRIAL[1:4], TRIAL[4:6]]


def test_a_steady_change_of_similarity_has_no_break() -> None:
    assert breaks(chain((0.8, 0.7, 0.6, 0.5, 0.4, 0.3))) == ()
    assert breaks(chain((0.5,) * 6)) == ()
    assert breaks(chain((0.9, 0.2, 0.9))) == (TRIAL[1:3],)
    assert breaks(chain((0.2, 0.9))) == ()  # the ends have only one side


def test_a_single_odd_layer_is_no_break() -> None:
    """Its neighbours differ from those before and behind, which agree."""
    smooth = chain((0.9,) * 7)
    values = smooth.values.copy()
    values[3, :] *= 0.4
    values[:, 3] *= 0.4
    assert breaks(Pairs(smooth.rows, smooth.columns, values, smooth.errors, values, 0.01)) == ()


def test_forward_is_above_the_diagonal() -> None:
    values = np.triu(np.full((3, 3), 0.4), 1) + np.tril(np.full((3, 3), 0.1), -1)
    above, below, excess = forwardness(Pairs(tuple("abc"), tuple("abc"), values, values / 10, values, 0.0), "abc")
    assert (above, below) == (pytest.approx(0.4), pytest.approx(0.1))
    assert excess.value == pytest.approx(0.4 - 1.1 * 0.1)
    assert excess.error == pytest.approx(0.04 + 1.1 * 0.01)  # without per-sample values, the most it can be
    turned = forwardness(Pairs(tuple("abc"), tuple("abc"), values.T, values.T / 10, values.T, 0.0), "abc")
    assert turned == (below, above, excess)
