"""The report of a run: its panels, in one file."""

import json
from collections.abc import Sequence
from pathlib import Path

from repscope.core.files import write_bytes
from repscope.report._blocks import plain
from repscope.report._page import Page, Section, render
from repscope.report._text import as_text
from repscope.report.panels import PANELS
from repscope.studies import Run

FILE = "report.html"


def write_report(run: Run, path: str | Path | None = None) -> Path:
    """Write the report of a run as one offline HTML file, or as text or JSON.

    Parameters
    ----------
    run : Run
        The analysis.
    path : path, optional
        Where to; ``report.html`` in the run's folder by default. A name that ends in ``.txt`` gets all that the page says
        as plain text, one in ``.json`` all its numbers.

    Returns
    -------
    path
        The file.

    Raises
    ------
    BadInput
        If a panel of another package brings a script that cannot stand in a page.
    OutOfSpace
        If the disk is full.
    """
    panels = sorted(((name, PANELS[name]) for name in PANELS), key=lambda entry: (entry[1].order, entry[0]))
    sections = []
    scripts = []
    for name, panel in panels:
        blocks = tuple(panel.blocks(run))
        if blocks:
            sections.append(Section(name, panel.title, panel.lead, blocks))
            scripts.append(panel.script)
    page = Page("Report", run.title, summary_of(run), facts_of(run), tuple(sections))
    target = run.path / FILE if path is None else Path(path)
    write_bytes(target, written(page, target, [s for s in scripts if s]))
    return target


def written(page: Page, target: Path, scripts: Sequence[str] = ()) -> bytes:
    """The page as the name of its file asks for: text, JSON, or else HTML."""
    if target.suffix == ".txt":
        return as_text(page).encode()
    if target.suffix == ".json":
        return (json.dumps(plain(page), indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
    return render(page, scripts)


def summary_of(run: Run) -> str:
    """What was done, in a sentence or two."""
    parts = [f"{run.recording(p).n:,} {p} images" for p in run.partitions]
    images = " and ".join(parts) if len(parts) < 3 else ", ".join(parts[:-1]) + " and " + parts[-1]
    text = (
        f"{len(run.layers)} layers seen through {images}. Each layer is kept as a graph of nearest neighbours, "
        "and every number on this page is read from those graphs."
    )
    if run.twin is not None:
        text += " A network of the same build with untrained weights stands beside it."
    return text


def facts_of(run: Run) -> tuple[tuple[str, str], ...]:
    """The numbers under the title."""
    network = run.description["network"]
    ks = [f"{run.k(p):,}" for p in run.partitions]
    facts = [
        ("layers", f"{len(run.layers):,}"),
        *((f"{p} images", f"{run.recording(p).n:,}") for p in run.partitions),
        ("classes", f"{len(run.class_names):,}" if run.class_names else "none"),
        ("neighbours k", " / ".join(dict.fromkeys(ks))),
        ("parameters", f"{network['parameters']:,}"),
    ]
    return tuple(facts)
