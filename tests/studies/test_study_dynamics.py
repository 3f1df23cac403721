"""The study of a training: when layers have half of their way behind them, in words that the numbers bear out."""

import numpy as np
import pytest

from repscope.measures import Score
from repscope.studies import STUDIES, Run, ScoreRow, ScoreTable
from repscope.studies._dynamics_words import half_way, said_half_way, said_kept

NAMES = [f"epoch {i}" for i in range(4)]


def curves(*layers, width=0.01):
    """Scores by checkpoint and layer, from values by layer and checkpoint."""
    return [
        [Score("class_similarity", v, (v - width, v + width), "made") for v in row] for row in zip(*layers, strict=True)
    ]


@pytest.mark.parametrize(
    ("values", "checkpoint"),
    [
        ((0.5, 0.8, 0.85, 0.9), 1),
        ((0.65, 0.45, 0.55, 0.91), 3),  # far from where it began, and no nearer to the end
        ((0.65, 0.45, 0.80, 0.91), 2),
        ((0.65, 0.85, 0.60, 0.91), 3),  # there, and away again
        ((0.5, 0.95, 1.2, 0.9), 3),  # past the end by more than half of the way
        ((0.5, 0.75, 0.875, 1.0), 1),  # half to the point
        ((0.9, 0.7, 0.4, 0.3), 2),
        ((0.900, 0.905, 0.908, 0.910), None),
        ((0.9, 0.2, 0.5, 0.9), None),
        ((0.5, float("nan"), 0.8, 0.9), 2),
        ((float("nan"), 0.7, 0.8, 0.9), None),
    ],
)
def test_half_of_the_way_for_good(values, checkpoint):
    assert half_way(curves(values)) == ({} if checkpoint is None else {0: checkpoint})


def test_a_change_within_wide_intervals_is_none():
    assert half_way(curves((0.5, 0.8, 0.85, 0.9), width=0.3)) == {}


def test_words_about_the_way():
    layers = ("neck", "stage1", "stage2", "pool")
    found = curves((0.9, 0.9, 0.9, 0.9), (0.5, 0.8, 0.8, 0.9), (0.65, 0.45, 0.8, 0.91), (0.6, 0.5, 0.8, 0.9))
    assert said_half_way(NAMES, layers, found) == [
        "NNCS of 3 of 4 layers changes by more than its intervals between epoch 0 and epoch 3. They have half of that way behind "
        "them, and keep it: stage1 from epoch 1 on; stage2, pool from epoch 2 on."
    ]
    assert said_half_way(NAMES[:2], layers, found[:2]) == [
        "NNCS of 3 of 4 layers changes by more than its intervals between epoch 0 and epoch 1."
    ]
    assert said_half_way(NAMES, layers[:1], [row[:1] for row in found]) == [
        "NNCS of no layer changes by more than its intervals between epoch 0 and epoch 3."
    ]


def test_many_layers_are_not_all_named():
    found = curves(*[(0.5, 0.8, 0.8, 0.9)] * 7)
    assert said_half_way(NAMES, "abcdefg", found)[0].endswith("a, b, c, d, e … from epoch 1 on.")


def sentences(count, monkeypatch, of=3):
    names, layers = NAMES[:count], ("input", "neck", "pool")[:of]
    found = curves((0.9, 0.9, 0.9, 0.9)[:count], (0.6, 0.601, 0.6, 0.602)[:count], (0.65, 0.45, 0.8, 0.91)[:count])
    kept = [[Score("mutual_neighbors", v, (v, v), "made") for v in (1.0, 0.9, 0.7)[:of]]] * (count - 1)
    gaps = [(name, 0.9, 0.8, 0.9, 0.8, 0.1) for name in names]
    runs = {name: Run.__new__(Run) for name in names}
    tables = {
        id(run): ScoreTable(tuple(ScoreRow("validation", x, None, s) for x, s in zip(layers, scores[:of], strict=True)))
        for run, scores in zip(runs.values(), found, strict=True)
    }
    monkeypatch.setattr(Run, "scores", lambda run, _measure, _partition: tables[id(run)])
    return STUDIES["dynamics"]._sentences(names, layers, kept, gaps, runs)


def test_what_the_study_says(monkeypatch):
    kept, _, way, _ = sentences(4, monkeypatch)
    assert kept.endswith("average over the layers, from epoch 2 to epoch 3 80 %.")  # without the input
    assert "NNCS of 1 of 2 layers" in way
    assert way.endswith("and keep it: pool from epoch 2 on.")


def test_with_two_checkpoints_nothing_is_said_twice(monkeypatch):
    kept, between, way, _ = sentences(2, monkeypatch)
    assert kept == "From epoch 0 to epoch 1 samples keep 80 % of their neighbours on average over the layers."
    assert between.startswith("Between them neck changes least")
    assert way == "NNCS of 1 of 2 layers changes by more than its intervals between epoch 0 and epoch 1."


def test_of_the_input_alone_there_is_only_the_gap(monkeypatch):
    (told,) = sentences(3, monkeypatch, of=1)
    assert told.startswith("At the last layer the gap")


def test_words_about_neighbours_kept():
    kept = np.array([[0.9, 0.5], [1.0, 0.8]])
    assert said_kept(NAMES[:3], ("neck", "pool"), kept) == [
        "From epoch 0 to epoch 1 samples keep 70 % of their neighbours on average over the layers, from epoch 1 to epoch 2 90 %.",
        "In the last step neck changes least (100 % kept) and pool most (80 %).",
    ]
    assert said_kept(NAMES[:2], ("neck", "pool"), kept[:1]) == [
        "From epoch 0 to epoch 1 samples keep 70 % of their neighbours on average over the layers.",
        "Between them neck changes least (90 % kept) and pool most (50 %).",
    ]
    assert len(said_kept(NAMES[:2], ("pool",), kept[:1, :1])) == 1
