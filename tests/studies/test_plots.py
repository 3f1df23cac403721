"""The matplotlib figures show the numbers of the table, and nothing else."""

import re
import subprocess
import sys
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.studies import ScoreRow, ScoreTable, StudyFigure
from repscope.studies._plots import COLOURS, FEW, MARKERS, in_one_order

NAN = float("nan")


def curve_table(values=(0.1, 0.5, 0.9), null=0.25):
    rows = []
    for shift, partition in ((0.0, "train"), (-0.05, "validation")):
        for name, value in zip(("input", "stage1.0", "pool"), values, strict=True):
            score = Score("made_measure", value + shift, (value + shift - 0.02, value + shift + 0.03), "exact", null)
            rows.append(ScoreRow(partition, name, None, score))
    return ScoreTable(tuple(rows))


def matrix_table(partitions=("train", "validation"), value=lambda i, j: 1 / (1 + abs(i - j))):
    names = ("input", "stage1.0", "pool")
    return ScoreTable(
        tuple(
            ScoreRow(p, a, b, Score("made_pairs", value(i, j), (value(i, j), value(i, j)), "exact"))
            for p in partitions
            for i, a in enumerate(names)
            for j, b in enumerate(names)
        )
    )


def test_a_curve_has_every_value_over_its_layer():
    axes = curve_table().plot().axes[0]
    lines = {line.get_label(): line for line in axes.lines}
    assert lines["train"].get_ydata().tolist() == [0.1, 0.5, 0.9]
    assert np.allclose(lines["validation"].get_ydata(), [0.05, 0.45, 0.85])
    assert lines["train"].get_marker() != lines["validation"].get_marker()
    assert [t.get_text() for t in axes.get_xticklabels()] == ["input", "stage1.0", "pool"]


def test_bands_are_the_intervals():
    axes = curve_table().plot().axes[0]
    band = axes.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == pytest.approx(0.08)
    assert band[:, 1].max() == pytest.approx(0.93)


@pytest.mark.parametrize(("null", "drawn"), [(0.25, True), (None, False)])
def test_chance_is_a_dashed_line_where_it_has_a_value(null, drawn):
    lines = {line.get_label(): line for line in curve_table(null=null).plot().axes[0].lines}
    assert ("chance" in lines) is drawn
    if drawn:
        assert lines["chance"].get_linestyle() == "--"
        assert set(lines["chance"].get_ydata()) == {0.25}


def test_a_layer_that_one_partition_lacks_does_not_shift_the_others():
    table = curve_table()
    rows = tuple(r for r in table.rows if not (r.partition == "validation" and r.layer == "stage1.0"))
    lines = {line.get_label(): line for line in ScoreTable(rows).plot().axes[0].lines}
    assert lines["validation"].get_xdata().tolist() == [0, 2]


def test_chance_far_off_the_curves_is_a_number_and_leaves_them_the_axis():
    axes = curve_table(values=(0.90, 0.92, 0.95), null=0.1).plot().axes[0]
    assert axes.get_ylim()[0] > 0.8
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["train", "validation", "chance: 0.1, far below"]
    above = curve_table(values=(0.20, 0.22, 0.25), null=0.9).plot().axes[0]
    assert above.get_legend().get_texts()[-1].get_text() == "chance: 0.9, far above"


@pytest.mark.parametrize(("curves", "within"), [(1, True), (2, False)])
def test_the_legend_of_many_curves_stands_beside_them(curves, within):
    table = curve_table()
    rows = [r for r in table.rows if r.partition == "train"]
    figure = ScoreTable(tuple(replace(r, partition=f"epoch {e}") for e in range(curves) for r in rows)).plot()
    figure.draw_without_rendering()
    legend, axes = figure.axes[0].get_legend(), figure.axes[0]
    assert len(legend.get_texts()) == curves + 1  # and chance
    assert bool(legend.get_window_extent().x0 < axes.get_window_extent().x1) is within
    assert legend.get_window_extent().x1 <= figure.bbox.x1


def many(curves):
    """So many curves, not one of them like another."""
    rows = [r for r in curve_table().rows if r.partition == "train"]
    return ScoreTable(tuple(replace(r, partition=f"epoch {e}") for e in range(curves) for r in rows))


def looks(figure):
    """Colour and marker of every curve."""
    return [(line.get_color(), line.get_marker()) for line in figure.axes[0].lines if line.get_label() != "chance"]


def test_colours_are_those_of_the_page():
    style = (files("repscope.report") / "assets" / "base.css").read_text(encoding="utf8")
    assert tuple(re.findall(r"--c[0-9]: light-dark\((#[0-9a-f]{6}),", style)) == COLOURS


@pytest.mark.parametrize("curves", [1, 5, 8])
def test_each_curve_has_a_colour_and_a_marker_of_its_own(curves):
    found = looks(many(curves).plot())
    assert [colour for colour, _ in found] == list(COLOURS[:curves])
    assert [marker for _, marker in found] == list(MARKERS[:curves])


def test_more_curves_and_those_of_a_study_get_a_ramp():
    def study(curves):
        return looks(StudyFigure("all", "All", "Ordered.", many(curves)).plot())

    assert [colour for colour, _ in study(FEW)] == list(COLOURS[:FEW])
    for found in (study(FEW + 1), looks(many(9).plot())):
        colours = {colour for colour, _ in found}
        assert len(colours) == len(found)
        assert not colours & set(COLOURS)


def test_layers_stand_in_the_order_of_every_curve():
    # the first curve begins a layer later than the second: its layers came first all the same
    rows = [r for r in curve_table().rows if (r.partition, r.layer) not in {("train", "input"), ("validation", "pool")}]
    axes = ScoreTable(tuple(rows)).plot().axes[0]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["input", "stage1.0", "pool"]
    assert {line.get_label(): line.get_xdata().tolist() for line in axes.lines if line.get_label() != "chance"} == {
        "train": [1, 2],
        "validation": [0, 1],
    }
    assert in_one_order([("a", "b"), ("b", "a")]) == ("a", "b")


@pytest.mark.parametrize(
    ("measure", "values", "scale"),
    [
        ("intrinsic_dimension", (8.0, 11.0, 230.0), "log"),
        ("intrinsic_dimension", (8.0, 11.0, 90.0), "linear"),
        ("intrinsic_dimension", (NAN, 0.0, 90.0), "linear"),
        ("class_similarity", (0.001, 0.5, 0.9), "linear"),
        ("made_measure", (0.001, 0.5, 0.9), "linear"),
    ],
)
def test_dimensions_over_magnitudes_are_drawn_on_a_logarithmic_axis(measure, values, scale):
    scores = [Score(measure, v, (0.9 * v, 1.1 * v), "exact") for v in values]
    rows = (ScoreRow("train", name, None, score) for name, score in zip("abc", scores, strict=True))
    axes = ScoreTable(tuple(rows)).plot().axes[0]
    assert axes.get_yscale() == scale
    assert axes.get_ylabel().endswith(" (logarithmic)") is (scale == "log")
    assert {f"{x:g}" for x in axes.get_yticks()} >= ({"10", "20", "50", "100"} if scale == "log" else set())


def test_of_many_layers_some_are_named():
    score = Score("made_measure", 0.5, (0.4, 0.6), "exact")
    figure = ScoreTable(tuple(ScoreRow("train", f"blocks.{i}", None, score) for i in range(80))).plot()
    names = [t.get_text() for t in figure.axes[0].get_xticklabels()]
    assert names == [f"blocks.{i}" for i in range(0, 80, 3)]
    assert figure.get_figwidth() <= 10


def test_a_matrix_has_named_axes_and_a_picture_for_each_partition():
    figure = matrix_table().plot()
    first, second = figure.axes[:2]
    assert [first.get_title(loc="left"), second.get_title(loc="left")] == ["train", "validation"]
    assert [t.get_text() for t in first.get_xticklabels()] == ["input", "stage1.0", "pool"]
    assert [t.get_text() for t in first.get_yticklabels()] == ["input", "stage1.0", "pool"]
    assert first.images[0].get_array().tolist() == matrix_table().matrix("train").tolist()
    assert "0.33" in {t.get_text() for t in first.texts}


def test_missing_scores_leave_gaps():
    table = matrix_table(("train",), lambda i, j: NAN if i != j else 1.0)
    image = table.plot().axes[0].images[0].get_array()
    assert np.ma.getmaskarray(np.ma.masked_invalid(image)).sum() == 6
    matrix_table(("train",), lambda i, j: NAN).plot()
    curve_table((0.1, NAN, 0.9)).plot()


def test_many_layers_are_drawn_without_numbers_in_the_cells():
    names = [f"blocks.{i}" for i in range(20)]
    score = Score("made_pairs", 0.5, (0.4, 0.6), "exact")
    table = ScoreTable(tuple(ScoreRow("train", a, b, score) for a in names for b in names))
    assert len(table.plot().axes[0].texts) == 0


def test_a_figure_is_saved_as_a_picture(tmp_path):
    for table in (curve_table(), matrix_table()):
        table.plot().savefig(tmp_path / "figure.png")
        assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_is_of_one_measure():
    both = ScoreTable((*curve_table().rows, *matrix_table().rows))
    with pytest.raises(BadInput, match=r"the measures made_measure, made_pairs; a picture is of one measure: select"):
        both.plot()
    with pytest.raises(BadInput, match="no scores; a picture is of one measure"):
        ScoreTable(()).plot()


def test_layers_and_pairs_are_not_mixed():
    score = Score("made_measure", 0.5, (0.4, 0.6), "exact")
    table = ScoreTable((ScoreRow("train", "a", None, score), ScoreRow("train", "a", "b", score)))
    with pytest.raises(BadInput, match="'made_measure' are partly of layers and partly of pairs"):
        table.plot()


def test_importing_studies_does_not_import_matplotlib():
    code = "import sys, repscope.studies; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
