"""A page as plain text, for a terminal, a mail or a diff: headings, findings, tables, curves and matrices as numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from repscope.core.numbers import shown
from repscope.report._blocks import Block, Chart, Code, Drawn, Facts, FindingList, Links, Matrix, Table, Text
from repscope.report._page import Page

WIDTH = 100
"""Letters of a line of prose."""


def as_text(page: Page) -> str:
    """All that a page says, without its pictures.

    Examples
    --------
    >>> from repscope.report._page import Section
    >>> print(as_text(Page("Report", "A title", "What it is.", (("layers", "3"),), (Section("s", "A part", "", (Text("Words."),)),))))
    A title
    =======
    <BLANKLINE>
    What it is.
    <BLANKLINE>
    layers: 3
    <BLANKLINE>
    A part
    ------
    <BLANKLINE>
    Words.
    <BLANKLINE>
    """
    lines = [page.title, "=" * len(page.title), "", *_wrapped(page.lead), ""]
    lines += [f"{name}: {value}" for name, value in page.facts]
    lines += [""] if page.facts else []
    for section in page.sections:
        lines += [section.title, "-" * len(section.title), ""]
        lines += [*_wrapped(section.lead), ""] if section.lead else []
        for block in section.blocks:
            lines += [*_block(block), ""]
    return "\n".join(lines)


def _block(block: Block) -> list[str]:
    """One block; what is a picture of its own kind is named."""
    if isinstance(block, Text):
        return _wrapped(block.text)
    if isinstance(block, FindingList):
        return [line for item in block.items for line in _wrapped(f"- {item.sentence}")] or _wrapped(block.silence)
    if isinstance(block, Table):
        heads = [f"{c.group} {c.label}".strip() for c in block.columns]
        return [block.title, *_aligned(heads, block.rows)]
    if isinstance(block, Chart):
        return _chart(block)
    if isinstance(block, Matrix):
        return _matrix(block)
    if isinstance(block, Facts):
        return [block.title, *(f"{term}: {what}" for term, what in block.items)]
    if isinstance(block, Code):
        return [block.title, *block.text.splitlines()]
    if isinstance(block, Links):
        return [f"{title}: {place} ({line})" for title, place, line in block.items]
    name = block.name if isinstance(block, Drawn) else block.kind
    return [f"[{name}: only in the page]"]


def _chart(chart: Chart) -> list[str]:
    """Values with their intervals, a column for each curve."""
    layers = list(dict.fromkeys(layer for s in chart.series for layer in s.layers))
    heads = ["layer", *(s.name for s in chart.series)]
    rows = []
    for layer in layers:
        cells: list[Any] = [layer]
        for s in chart.series:
            i = s.layers.index(layer) if layer in s.layers else -1
            cells.append("" if i < 0 else f"{_number(s.values[i])} [{_number(s.low[i])}, {_number(s.high[i])}]")
        rows.append(cells)
    notes = [line for note in chart.notes for line in _wrapped(f"note: {note.text} ({note.where})")]
    return [f"{chart.title} ({chart.symbol})", *_aligned(heads, rows), *notes]


def _matrix(matrix: Matrix) -> list[str]:
    lines = [f"{matrix.title} ({matrix.symbol}), rows: {matrix.row_title}, columns: {matrix.column_title}"]
    for sheet in matrix.sheets:
        rows = [[name, *values] for name, values in zip(sheet.rows, sheet.values, strict=True)]
        lines += [sheet.name, *_aligned(["", *(f"#{i}" for i in range(len(sheet.columns)))], rows)]
        lines += _wrapped("columns: " + ", ".join(f"#{i} {name}" for i, name in enumerate(sheet.columns)))
    return lines


def _aligned(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    cells = [list(heads), *([_number(c) for c in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]
    return [
        "  ".join(
            c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def _number(value: Any) -> str:
    """A cell: three significant digits.

    >>> _number(0.12345), _number(float("nan")), _number(3), _number("a")
    ('0.123', '–', '3', 'a')
    """
    if value is None or (isinstance(value, float | np.floating) and not np.isfinite(value)):
        return "–"
    if isinstance(value, float | np.floating):
        return shown(float(value), ".3g")
    return str(value)


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, WIDTH, subsequent_indent="  " if text.startswith("- ") else "", break_on_hyphens=False)
