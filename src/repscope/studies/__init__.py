"""Studies: what combines recordings, graphs and measures.

network + data ──► analyze() ──► run folder: recordings, graphs, scores ──► Run
Run + Run      ──► compare() ──► Comparison: curves over each other, inter-NNLS

_table      scores by partition and layer: curves, matrices, frames
_plots      the same as matplotlib figures
_scoring    every measure on every layer or pair of layers
_measure_words  what a measure says about itself, installed or not
_published  figures from the papers (published/), to hold beside one's own
_view       a layer of a recording, as a measure sees it
run         the Run: a folder with recordings, graphs, scores and report
analysis    analyze()
comparison  compare()
shares      what is computed in shares: share_graphs(), merge()
_costs      what an analysis will take of the disk
_building   the graphs of all layers
_in_passes  graphs of layers that the disk does not hold together
_shared_graphs  a share of a graph, and the graph from its shares
_graphs_by_engine  graphs by the workers of a Ray cluster
"""

from repscope.studies._published import SOURCES as PUBLISHED_SOURCES
from repscope.studies._published import published
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.studies.analysis import analyze
from repscope.studies.comparison import Comparison, compare
from repscope.studies.run import Run
from repscope.studies.shares import merge, share_graphs

__all__ = [
    "PUBLISHED_SOURCES",
    "Comparison",
    "Run",
    "ScoreRow",
    "ScoreTable",
    "analyze",
    "compare",
    "merge",
    "published",
    "share_graphs",
]
