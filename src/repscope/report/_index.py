"""A page that links several reports."""

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from repscope.core.files import write_bytes
from repscope.report._blocks import Links
from repscope.report._page import Page, Section, render


def write_index(folder: str | Path, entries: Iterable[tuple[str, str, str]]) -> Path:
    """Write ``index.html`` into a folder: a page that links reports.

    Parameters
    ----------
    folder : path
        Where to.
    entries : iterable of (title, relative path, one-line summary)
        The reports, in order.

    Returns
    -------
    path
        The file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_index(folder, [("Digits", "digits/report.html", "ResNet20 on digits")]).name
    'index.html'
    """
    # quoted, so that a path can be nothing but a path: no scheme, no query
    links = tuple((title, quote(str(path)), line) for title, path, line in entries)
    section = Section("reports", "Reports", "", (Links(links),))
    lead = "Each report is one file that works offline; it can be sent, kept or printed as it is."
    page = Page("Index", "What is inside", lead, (), (section,))
    target = Path(folder) / "index.html"
    write_bytes(target, render(page))
    return target
