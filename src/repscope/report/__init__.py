"""Reports: what a run or a comparison found, as one offline HTML page that a person likes to read.

Run ──► panels ──► blocks (data) ──► page.html + style + script + JSON ──► one file, checked by its own policy

findings/     what is found in the curves, in words
advice/       what a run suggests to try next
panels/       the parts of a report, one file each
assets/       template, style and script of the page
_blocks       what a page is made of
_scores       from scores to charts and matrices
_explorer     the data of the neighbour explorer
_selection    which samples the explorer offers
_packing      integer arrays as text
_page         blocks to HTML
_text         the same as plain text
_report       write_report
_comparison   write_comparison
_comparisons  write_comparisons, of three runs or more
_index        write_index
_study        write_study
_look         write_look, of units
_transfer     write_selection, of features
_searched     write_searched, of retrieval by layers
_script       scripts of pictures that only some pages have
"""

import importlib
from typing import TYPE_CHECKING, Any

from repscope.report._blocks import Block, Chart, Code, Column, Drawn, Facts, Matrix, Note, Series, Sheet, Table, Text
from repscope.report._comparison import write_comparison
from repscope.report._comparisons import write_comparisons
from repscope.report._index import write_index
from repscope.report._report import write_report
from repscope.report._study import write_study
from repscope.report.panels import PANELS, Panel

if TYPE_CHECKING:
    from repscope.report._look import write_look as write_look
    from repscope.report._searched import write_searched as write_searched
    from repscope.report._transfer import write_selection as write_selection

__all__ = [
    "PANELS",
    "Block",
    "Chart",
    "Code",
    "Column",
    "Drawn",
    "Facts",
    "Matrix",
    "Note",
    "Panel",
    "Series",
    "Sheet",
    "Table",
    "Text",
    "write_comparison",
    "write_comparisons",
    "write_index",
    "write_look",
    "write_report",
    "write_searched",
    "write_selection",
    "write_study",
]

_WHERE = {"write_look": "_look", "write_searched": "_searched", "write_selection": "_transfer"}


def __getattr__(name: str) -> Any:
    # torch and scikit-learn are loaded when a page is of units or of features
    if name not in _WHERE:
        raise AttributeError(f"module 'repscope.report' has no attribute {name!r}; public names: {', '.join(__all__)}")
    return getattr(importlib.import_module(f"repscope.report.{_WHERE[name]}"), name)
