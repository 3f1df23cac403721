"""Sphinx: the pages, the gallery of examples, and the reference from the docstrings."""

import sys
from pathlib import Path

from repscope._version import __version__

sys.path.insert(0, str(Path(__file__).parent))

project = "repscope"
author = "The repscope authors"
release = __version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "sphinx.ext.mathjax"]
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_theme_options = {"description": "Looks inside neural networks and compares them", "fixed_sidebar": True}
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
nitpicky = False
# `n` in "(n, k)" is an axis, not a reference to one of the properties of that name
suppress_warnings = ["ref.python"]


def setup(app: object) -> None:
    """Docstrings write sizes of sets as |A|; Sphinx would take that for a substitution. The examples are run first."""
    from gallery_pages import build

    def escape_bars(_app: object, _what: str, _name: str, _obj: object, _options: object, lines: list[str]) -> None:
        lines[:] = [line if line.lstrip().startswith(">>>") else line.replace("|", "\\|") for line in lines]

    app.connect("autodoc-process-docstring", escape_bars, priority=900)
    app.connect("builder-inited", lambda _app: build())
