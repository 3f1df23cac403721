"""repscope looks inside neural networks and compares them.

It passes a data set through a network once, keeps every layer as a nearest-neighbour graph, and answers
from the graphs, each answer with its uncertainty. Importing it is light: a name is loaded when first used.

    core         errors, registry, files, progress          floor 0
    data         data sets                                  floor 1
    networks     networks and where they come from          floor 1
    activations  recording layers                           floor 2
    training     the training loop                          floor 2
    neighbors    neighbour graphs                           floor 3
    measures     scores read from graphs                    floor 4
    studies      analysis of a network, comparison of two   floor 6
    report       findings, plots, one offline HTML page     floor 7
    cli          commands                                   floor 7
    testing      contract tests for plug-ins
"""

import importlib
from typing import TYPE_CHECKING, Any

from repscope._version import __version__

if TYPE_CHECKING:
    from repscope.activations import Recording as Recording
    from repscope.activations import record as record
    from repscope.core.errors import RepscopeError as RepscopeError
    from repscope.data import DataSet as DataSet
    from repscope.data import load_data as load_data
    from repscope.measures import Score as Score
    from repscope.measures import measure as measure
    from repscope.measures.class_similarity import class_similarity as class_similarity
    from repscope.measures.intrinsic_dimension import intrinsic_dimension as intrinsic_dimension
    from repscope.measures.layer_similarity import layer_similarity as layer_similarity
    from repscope.neighbors import Exact as Exact
    from repscope.neighbors import NeighborGraph as NeighborGraph
    from repscope.neighbors import neighbor_graph as neighbor_graph
    from repscope.networks import Network as Network
    from repscope.networks import load_network as load_network
    from repscope.studies import Comparison as Comparison
    from repscope.studies import Run as Run
    from repscope.studies import analyze as analyze
    from repscope.studies import compare as compare

_WHERE = {
    "Comparison": "studies",
    "DataSet": "data",
    "Exact": "neighbors",
    "NeighborGraph": "neighbors",
    "Network": "networks",
    "Recording": "activations",
    "RepscopeError": "core.errors",
    "Run": "studies",
    "Score": "measures",
    "analyze": "studies",
    "class_similarity": "measures.class_similarity",
    "compare": "studies",
    "intrinsic_dimension": "measures.intrinsic_dimension",
    "layer_similarity": "measures.layer_similarity",
    "load_data": "data",
    "load_network": "networks",
    "measure": "measures",
    "neighbor_graph": "neighbors",
    "record": "activations",
}

__all__ = ["__version__", *_WHERE]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'repscope' has no attribute {name!r}; public names: {', '.join(__all__)}")
    return getattr(importlib.import_module(f"repscope.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
