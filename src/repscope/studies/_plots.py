"""Scores as matplotlib figures: curves with interval bands, matrices with named axes.

The figures are made without pyplot, so that nothing global changes and nothing has to be closed: save one with
``figure.savefig("curve.png")``, or let a notebook show it.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from repscope.core.errors import BadInput
from repscope.core.numbers import shown
from repscope.studies._measure_words import measure_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from repscope.studies._table import ScoreTable

COLOURS = ("#1b6cae", "#c14a09", "#00755a", "#8d3f83", "#6b3a00", "#c026d3", "#2b3140", "#4414c9")
"""Those of a report's page (`--c0` to `--c7` of its `base.css`), told apart by people with any of the common colour
blindnesses; the markers differ as well."""
MARKERS = ("o", "D", "s", "^", "v", "P", "X", "p")
FEW = 4
"""Curves of a study that have colours of their own; more have an order, as epochs and levels have, and get a ramp."""
WIDEST = 10.0
"""Of a figure of curves, in inches."""
MOST_NAMES = 30
"""Layers that are named on an axis; of more, every second, every third."""
MOST_WITHIN = 2
"""Lines that a legend within the axes has room for; that of more stands beside them."""
MAGNITUDES = 25.0
"""Times the least value: where the greatest is more, of a measure without an upper bound, the axis is logarithmic."""
FAR_OFF = 1.0
"""Times the range of the curves: where chance is farther from them, its number is said, and the curves have the axis."""


def plot(table: "ScoreTable", most: int = len(COLOURS)) -> "Figure":
    """A curve or a matrix, whichever the scores are; see `plot_curve` and `plot_matrix`.

    Raises
    ------
    BadInput
        If the table is empty, or not of one measure.
    """
    name = _one_measure(table)
    pairs = {r.other is not None for r in table.rows}
    if len(pairs) > 1:
        raise BadInput(f"the scores of {name!r} are partly of layers and partly of pairs; expected one kind")
    return plot_matrix(table) if pairs == {True} else plot_curve(table, most)


def plot_curve(table: "ScoreTable", most: int = len(COLOURS)) -> "Figure":
    """Curves over the layers, one for each partition, with 95 % intervals as bands and chance dashed.

    Parameters
    ----------
    table : ScoreTable
        Of one measure of single layers.
    most : int
        Curves that have colours of their own; more get a ramp, in their order.

    Raises
    ------
    BadInput
        If the table is empty, or not of one measure.

    Examples
    --------
    >>> from repscope.measures import Score
    >>> from repscope.studies import ScoreRow, ScoreTable
    >>> scores = [Score("class_similarity", v, (v - 0.1, v + 0.1), "exact", 0.5) for v in (0.5, 0.9)]
    >>> table = ScoreTable(tuple(ScoreRow("train", name, None, s) for name, s in zip("ab", scores)))
    >>> [label.get_text() for label in plot_curve(table).axes[0].get_xticklabels()]
    ['a', 'b']
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    words = measure_words(_one_measure(table))
    parts = [table.select(partition=p) for p in table.partitions]
    layers = in_one_order([part.layers for part in parts])
    step = -(-len(layers) // MOST_NAMES)
    width = min(max(5.5, 0.34 * len(layers) + 1.5), WIDEST)
    figure = Figure(figsize=(width, 4.0), layout="constrained")
    axes = figure.subplots()
    for number, (part, colour) in enumerate(zip(parts, _colours(len(parts), most), strict=True)):
        _draw_curve(axes, part, layers, number, colour)
    wide = _over_magnitudes(table, words.bounds)
    if wide:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_locator(NullLocator())
    _draw_chance(axes, _nulls(table, layers))
    axes.set_xticks(range(0, len(layers), step), layers[::step], family="monospace", fontsize=7 if step > 1 else None)
    axes.tick_params("x", rotation=40)
    for name in axes.get_xticklabels():
        name.set(ha="right", rotation_mode="anchor")
    axes.set_ylabel(f"{words.symbol} (logarithmic)" if wide else words.symbol)
    if words.title != words.symbol:
        axes.set_title(words.title, loc="left")
    axes.grid(axis="y", color="0.9")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if len(axes.lines) > MOST_WITHIN:
        beside = axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        figure.set_figwidth(width + 0.6 + 0.08 * max(len(text.get_text()) for text in beside.get_texts()))
    else:
        axes.legend(frameon=False)
    return figure


def plot_matrix(table: "ScoreTable") -> "Figure":
    """Heat maps of a measure of pairs of layers, one for each partition.

    Raises
    ------
    BadInput
        If the table is empty, or not of one measure.

    Examples
    --------
    >>> from repscope.measures import Score
    >>> from repscope.studies import ScoreRow, ScoreTable
    >>> score = Score("layer_similarity", 0.5, (0.4, 0.6), "exact", 0.1)
    >>> plot_matrix(ScoreTable((ScoreRow("train", "a", "b", score),))).axes[0].get_title(loc="left")
    'train'
    """
    from matplotlib.figure import Figure

    words = measure_words(_one_measure(table))
    parts = [table.select(partition=p) for p in table.partitions]
    columns = max(len(part.others) for part in parts)
    side = max(3.6, 0.36 * columns + 1.4)
    figure = Figure(figsize=(side * len(parts) + 1.0, side), layout="constrained")
    low, high = words.bounds
    shown: Any = None
    panels = figure.subplots(1, len(parts), squeeze=False)[0]
    values = [part.matrix() for part in parts]
    finite = np.concatenate([v[np.isfinite(v)] for v in values])
    least, greatest = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
    limits = (low if np.isfinite(low) else float(least), high if np.isfinite(high) else float(greatest))
    for axes, part, matrix in zip(panels, parts, values, strict=True):
        shown = axes.imshow(matrix, cmap="YlGnBu", vmin=limits[0], vmax=limits[1])
        axes.set_xticks(range(len(part.others)), part.others, rotation=90, family="monospace")
        axes.set_yticks(range(len(part.layers)), part.layers, family="monospace")
        axes.set_title(part.partitions[0], loc="left")
        if max(matrix.shape) <= 16:
            _write_values(axes, matrix, limits)
    figure.colorbar(shown, ax=list(panels), label=words.symbol, shrink=0.8)
    figure.suptitle(words.title)
    return figure


def _one_measure(table: "ScoreTable") -> str:
    if len(table.measures) != 1:
        held = "no scores" if not table.rows else f"the measures {', '.join(table.measures)}"
        raise BadInput(f"the table holds {held}; a picture is of one measure: select(measure=…)")
    return table.measures[0]


def _colours(count: int, most: int) -> list[Any]:
    """The colours of so many curves; of more than `most`, a ramp."""
    if count <= min(most, len(COLOURS)):
        return list(COLOURS[:count])
    from matplotlib import colormaps

    return [colormaps["viridis"](0.88 * i / (count - 1)) for i in range(count)]


def _draw_curve(axes: "Axes", part: "ScoreTable", layers: tuple[str, ...], number: int, colour: Any) -> None:
    """One curve, each value over its layer."""
    scores = part.curve()
    places = np.array([layers.index(layer) for layer in part.layers])
    values = np.array([s.value for s in scores])
    low, high = (np.array([s.interval[side] for s in scores]) for side in (0, 1))
    marker = MARKERS[number % len(MARKERS)]
    axes.fill_between(places, low, high, color=colour, alpha=0.18, linewidth=0)
    axes.plot(places, values, color=colour, marker=marker, markersize=4.5, linewidth=1.8, label=part.partitions[0])


def in_one_order(curves: "Sequence[Sequence[str]]") -> tuple[str, ...]:
    """The layers of several curves in one order that agrees with each, where there is one.

    Examples
    --------
    >>> in_one_order([("neck", "stage1", "pool"), ("input", "neck", "stage1")])
    ('input', 'neck', 'stage1', 'pool')
    """
    found: list[str] = []
    left = [list(curve) for curve in curves if curve]
    while left:
        free = (curve[0] for curve in left if not any(curve[0] in other[1:] for other in left))
        found.append(next(free, left[0][0]))
        left = [rest for curve in left if (rest := [layer for layer in curve if layer != found[-1]])]
    return tuple(found)


def _nulls(table: "ScoreTable", layers: "Sequence[str]") -> np.ndarray:
    """Chance at each layer, from the first partition that has it."""
    found = {r.layer: r.score.null for r in reversed(table.rows) if r.score.null is not None}
    return np.array([found.get(layer, np.nan) for layer in layers], dtype=np.float64)


def _over_magnitudes(table: "ScoreTable", bounds: tuple[float, float]) -> bool:
    """Whether small values would all lie at the foot of the axis."""
    seen = np.array([x for r in table.rows for x in (r.score.value, *r.score.interval)], dtype=np.float64)
    seen = seen[np.isfinite(seen)]
    return bool(bounds == (0.0, np.inf) and len(seen) and 0 < seen.min() < seen.max() / MAGNITUDES)


def _draw_chance(axes: "Axes", nulls: np.ndarray) -> None:
    """Chance as a dashed line; where it lies far off the curves, as a number among the names of the lines."""
    known = nulls[np.isfinite(nulls)]
    if not len(known):
        return
    low, high = axes.dataLim.intervaly
    away = max(low - known.max(), known.min() - high)
    if np.isfinite(away) and away > FAR_OFF * (high - low) > 0:
        ends = list(dict.fromkeys(shown(end, ".2g") for end in (known.min(), known.max())))
        side = "below" if known.max() < low else "above"
        axes.plot([], [], "--", color="0.45", linewidth=1.2, label=f"chance: {' to '.join(ends)}, far {side}")
    else:
        axes.plot(range(len(nulls)), nulls, "--", color="0.45", linewidth=1.2, label="chance", zorder=1)


def _write_values(axes: "Axes", matrix: np.ndarray, limits: tuple[float, float]) -> None:
    middle = (limits[0] + limits[1]) / 2
    for (i, j), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            colour = "white" if value > middle else "black"
            axes.text(j, i, shown(value, ".2f"), ha="center", va="center", fontsize=6.5, color=colour)
