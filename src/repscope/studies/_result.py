"""What a study leaves: sentences, figures and tables, on disk as JSON and CSV."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from repscope.core.digests import digest_json
from repscope.core.errors import Damaged, NotFound, nearest
from repscope.core.files import read_json, write_bytes, write_json
from repscope.studies._table import ScoreRow, ScoreTable

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

RESULT = "result.json"


@final
@dataclass(frozen=True, eq=False)
class StudyFigure:
    """One picture: curves or matrices of one measure.

    Attributes
    ----------
    name : str
        Of its files.
    title, text : str
        What it shows, and how to read it.
    table : ScoreTable
        Its numbers. `partition` names a curve or a matrix, `layer` where on the axis a value stands (a layer, a number of
        samples, an epoch).
    axis : str
        What that axis is.
    film : str
        What the frames are of (``"epoch"``), if the curves or matrices follow each other in time; they are then shown one at
        a time.
    scatter : (str, str), optional
        Names of two details of the scores, if each score is a point: what lies on the horizontal axis, and what its area is.
    """

    name: str
    title: str
    text: str
    table: ScoreTable
    axis: str = "layer"
    film: str = ""
    scatter: tuple[str, str] | None = None

    def frame(self) -> "pd.DataFrame":
        """Its numbers (needs pandas)."""
        return self.table.frame()

    def plot(self) -> "Figure":
        """The picture."""
        from repscope.studies._plots import FEW, plot
        from repscope.studies._scatter import plot_scatter

        if self.scatter is not None:
            return plot_scatter(self.table, *self.scatter, self.title, self.axis)
        figure = plot(self.table, FEW)
        for axes in figure.axes[:1]:
            axes.set_xlabel(self.axis)
        figure.suptitle(self.title)
        return figure


@final
@dataclass(frozen=True, eq=False)
class StudyTable:
    """A table of texts and numbers.

    Attributes
    ----------
    name : str
        Of its file.
    title : str
    columns : tuple of str
    rows : tuple of tuple
        Texts, numbers, or None; NaN becomes None.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def __post_init__(self) -> None:
        rows = tuple(tuple(None if isinstance(v, float) and math.isnan(v) else v for v in row) for row in self.rows)
        object.__setattr__(self, "rows", rows)

    def frame(self) -> "pd.DataFrame":
        """The rows (needs pandas)."""
        from repscope.core.optional import optional

        pandas = optional("pandas", "StudyTable.frame()", "frame")
        frame: pd.DataFrame = pandas.DataFrame(list(self.rows), columns=list(self.columns))
        return frame


@final
@dataclass(frozen=True, eq=False)
class StudyResult:
    """What a study found.

    Attributes
    ----------
    title, summary : str
        What was asked.
    sentences : tuple of str
        What was found, in words.
    figures : tuple of StudyFigure
    tables : tuple of StudyTable
    runs : tuple of (str, str)
        Titles and folders of runs behind it, relative to the study's.
    drawings : tuple of (str, str, dict)
        Title, name of a drawing function of the page, and its data, for pictures of their own kind.
    """

    title: str
    summary: str
    sentences: tuple[str, ...]
    figures: tuple[StudyFigure, ...] = ()
    tables: tuple[StudyTable, ...] = ()
    runs: tuple[tuple[str, str], ...] = ()
    drawings: tuple[tuple[str, str, dict[str, Any]], ...] = field(default=())

    def __str__(self) -> str:
        return "\n".join([f"{self.title}", "", *(f"- {sentence}" for sentence in self.sentences)])

    def figure(self, name: str) -> StudyFigure:
        """The figure of that name.

        Raises
        ------
        NotFound
            If there is none.
        """
        for figure in self.figures:
            if figure.name == name:
                return figure
        raise NotFound(f"the study has no figure {name!r}; {nearest(name, [f.name for f in self.figures])}")

    def table(self, name: str) -> StudyTable:
        """The table of that name.

        Raises
        ------
        NotFound
            If there is none.
        """
        for table in self.tables:
            if table.name == name:
                return table
        raise NotFound(f"the study has no table {name!r}; {nearest(name, [t.name for t in self.tables])}")

    def write(self, folder: Path) -> None:
        """Write tables, numbers of figures and figures, and at the end what `kept` reads."""
        for table in self.tables:
            write_bytes(folder / "tables" / f"{table.name}.csv", _csv(table.columns, table.rows))
        for figure in self.figures:
            records = list(figure.table.records())
            columns = list(dict.fromkeys(key for record in records for key in record))
            rows = [[record.get(c) for c in columns] for record in records]
            write_bytes(folder / "figures" / f"{figure.name}.csv", _csv(columns, rows))
            write_bytes(folder / "figures" / f"{figure.name}.svg", svg(figure.plot()))
        content = {
            "title": self.title,
            "summary": self.summary,
            "sentences": list(self.sentences),
            "figures": [
                {
                    "name": f.name,
                    "title": f.title,
                    "text": f.text,
                    "axis": f.axis,
                    "film": f.film,
                    **({"scatter": list(f.scatter)} if f.scatter else {}),
                    "rows": [row.as_dict() for row in f.table.rows],
                }
                for f in self.figures
            ],
            "tables": [
                {"name": t.name, "title": t.title, "columns": list(t.columns), "rows": [list(r) for r in t.rows]}
                for t in self.tables
            ],
            "runs": [list(run) for run in self.runs],
            "drawings": [list(drawing) for drawing in self.drawings],
        }
        write_json(folder / RESULT, {**content, "digest": digest_json(content)})

    @staticmethod
    def kept(folder: Path) -> "StudyResult | None":
        """What `write` wrote into a folder; None if the study has not come to its end.

        Raises
        ------
        Damaged
            If the file was changed after it was written.
        """
        file = folder / RESULT
        if not file.exists():
            return None
        content = read_json(file)
        written = content.pop("digest", None) if isinstance(content, dict) else None
        if written != digest_json(content):
            raise Damaged(f"{file} was changed after it was written; delete it, the study is put together again")
        return StudyResult(
            content["title"],
            content["summary"],
            tuple(content["sentences"]),
            tuple(
                StudyFigure(
                    f["name"],
                    f["title"],
                    f["text"],
                    ScoreTable(tuple(map(ScoreRow.from_dict, f["rows"]))),
                    f["axis"],
                    f["film"],
                    (f["scatter"][0], f["scatter"][1]) if "scatter" in f else None,
                )
                for f in content["figures"]
            ),
            tuple(
                StudyTable(t["name"], t["title"], tuple(t["columns"]), tuple(map(tuple, t["rows"])))
                for t in content["tables"]
            ),
            tuple((title, place) for title, place in content["runs"]),
            tuple((title, name, data) for title, name, data in content["drawings"]),
        )


def svg(figure: "Figure") -> bytes:
    """A figure as SVG, the same bytes every time."""
    from matplotlib import rc_context

    out = io.BytesIO()
    with rc_context({"svg.hashsalt": "repscope", "svg.fonttype": "none"}):
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def _csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode()
