"""Points with names, areas and intervals: what a score is, against what it costs."""

from typing import TYPE_CHECKING

from repscope.core.errors import BadInput
from repscope.studies._measure_words import measure_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from jaxtyping import Float
    from matplotlib.figure import Figure

    from repscope.studies._table import ScoreTable

LARGEST = 900.0
"""Area of the largest point, in square points."""


def plot_scatter(table: "ScoreTable", across: str, area: str, title: str = "", axis: str = "") -> "Figure":
    """A point for each score, with its interval, and its name beside it.

    Parameters
    ----------
    table : ScoreTable
        Of one measure; `layer` names a point, its score has the details `across` and `area`.
    across : str
        What lies on the horizontal axis, logarithmic.
    area : str
        What the areas of points are proportional to.
    title, axis : str
        Of the figure, and of the horizontal axis.

    Raises
    ------
    BadInput
        If there are no scores, or one does not have these details above zero.

    Examples
    --------
    >>> from repscope.measures import Score
    >>> from repscope.studies import ScoreRow, ScoreTable
    >>> cost = {"flops": 1e6, "parameters": 2e5}
    >>> score = Score("accuracy", 0.8, (0.78, 0.82), "t", details=cost)
    >>> table = ScoreTable((ScoreRow("validation", "base", None, score),))
    >>> [text.get_text() for text in plot_scatter(table, "flops", "parameters").axes[0].texts]
    ['base']
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    from repscope.studies._plots import COLOURS

    if not table.rows or any(not row.score.details.get(name, 0) > 0 for row in table.rows for name in (across, area)):
        raise BadInput(f"a point needs the details {across!r} and {area!r}, both above zero; a score has none")
    figure = Figure(figsize=(7.0, 4.6), layout="constrained")
    axes = figure.subplots()
    largest = max(row.score.details[area] for row in table.rows)
    for number, row in enumerate(table.rows):
        score, colour = row.score, COLOURS[number % len(COLOURS)]
        x, (low, high) = score.details[across], score.interval
        axes.plot([x, x], [low, high], color=colour, linewidth=1.0)
        axes.scatter(
            [x], [score.value], s=LARGEST * score.details[area] / largest, color=colour, alpha=0.45, linewidths=0
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:g}" if value < 1e4 else f"{value / 1e6:g} million")
    )
    axes.xaxis.set_minor_locator(NullLocator())
    axes.margins(x=0.2, y=0.1)
    axes.set_xlabel(f"{axis or across} (logarithmic); area: {area.replace('_', ' ')}")
    axes.set_ylabel(measure_words(table.rows[0].score.measure).symbol)
    axes.grid(color="0.9")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title)
    figure.draw_without_rendering()  # where points lie is known from here on
    at = [
        axes.transData.transform((row.score.details[across], row.score.value)) * 72 / figure.dpi for row in table.rows
    ]
    for row, (x, y), (left, up) in zip(
        table.rows, at, _names_apart(at, [row.layer for row in table.rows]), strict=True
    ):
        where = (row.score.details[across], row.score.value)
        axes.annotate(row.layer, where, xytext=(left - x, up - y), textcoords="offset points", fontsize=8)
    return figure


def _names_apart(points: "Sequence[Float[np.ndarray, '2']]", names: "Sequence[str]") -> "list[tuple[float, float]]":
    """Where names stand, in points of print: beside their points, moved down where two would lie on each other."""
    put: list[tuple[float, float, int]] = []
    out = [(0.0, 0.0)] * len(points)
    for i in sorted(range(len(points)), key=lambda i: -points[i][1]):
        left, up = float(points[i][0]) + 6, float(points[i][1]) + 4
        while any(abs(up - y) < 9 and abs(left - x) < 5 * max(len(names[i]), letters) for x, y, letters in put):
            up -= 1
        put.append((left, up, len(names[i])))
        out[i] = (left, up)
    return out
