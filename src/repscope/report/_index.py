"""A page that links several reports."""

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from repscope.core.errors import BadInput
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

    Raises
    ------
    BadInput
        If a path is absolute: the index would not work where the folder is moved to.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_index(folder, [("Digits", "digits/report.html", "ResNet20 on digits")]).name
    'index.html'
    """
    # quoted, so that a path can be nothing but a path: no scheme, no query
    links = []
    for title, path, line in entries:
        if str(path).startswith("/"):
            raise BadInput(f"the report {title!r} is at {path}; expected a path relative to the folder of the index")
        links.append((title, quote(str(path)), line))
    section = Section("reports", "Reports", "", (Links(tuple(links)),))
    lead = "Each report is one file that works offline; it can be sent, kept or printed as it is."
    page = Page("Index", "What is inside", lead, (), (section,))
    target = Path(folder) / "index.html"
    write_bytes(target, render(page))
    return target
