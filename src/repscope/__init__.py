"""repscope looks inside neural networks and compares them.

It passes a data set through a network once, keeps every layer as a nearest-neighbour graph, and answers
from the graphs, each answer with its uncertainty. Importing it is light: a name is loaded when first used.

    core         errors, registry, files, progress          floor 0
    data         data sets                                  floor 1
    networks     networks and where they come from          floor 1
    activations  recording layers                           floor 2
    training     the training loop                          floor 2
    neighbors    neighbour graphs                           floor 3
    measures     scores read from graphs and activations    floor 4
    maps         linear maps between embedding spaces       floor 4
    units        what single units, directions, classes see  floor 5
    transfer     what layers are worth for other images     floor 5
    studies      analysis, comparison, experiments          floor 6
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
    from repscope.maps import verify as verify
    from repscope.measures import Score as Score
    from repscope.measures import matrix_divergence as matrix_divergence
    from repscope.measures import measure as measure
    from repscope.measures.cca import cca as cca
    from repscope.measures.cka import cka as cka
    from repscope.measures.class_similarity import class_similarity as class_similarity
    from repscope.measures.hsic import hsic as hsic
    from repscope.measures.hubness import hubness as hubness
    from repscope.measures.intrinsic_dimension import intrinsic_dimension as intrinsic_dimension
    from repscope.measures.layer_similarity import layer_similarity as layer_similarity
    from repscope.measures.linear_predictivity import linear_predictivity as linear_predictivity
    from repscope.measures.linear_probe import linear_probe as linear_probe
    from repscope.measures.mutual_neighbors import mutual_neighbors as mutual_neighbors
    from repscope.measures.persistent_homology import persistent_homology as persistent_homology
    from repscope.measures.procrustes import procrustes as procrustes
    from repscope.measures.pwcca import pwcca as pwcca
    from repscope.measures.rsa import rsa as rsa
    from repscope.measures.svcca import svcca as svcca
    from repscope.neighbors import Exact as Exact
    from repscope.neighbors import NeighborGraph as NeighborGraph
    from repscope.neighbors import neighbor_graph as neighbor_graph
    from repscope.networks import Cost as Cost
    from repscope.networks import Network as Network
    from repscope.networks import cost as cost
    from repscope.networks import load_network as load_network
    from repscope.report.advice import Advice as Advice
    from repscope.report.advice import advise as advise
    from repscope.studies import Comparison as Comparison
    from repscope.studies import Comparisons as Comparisons
    from repscope.studies import Run as Run
    from repscope.studies import analyze as analyze
    from repscope.studies import compare as compare

_WHERE = {
    "Advice": "report.advice",
    "Comparison": "studies",
    "Comparisons": "studies",
    "Cost": "networks",
    "DataSet": "data",
    "Exact": "neighbors",
    "NeighborGraph": "neighbors",
    "Network": "networks",
    "Recording": "activations",
    "RepscopeError": "core.errors",
    "Run": "studies",
    "Score": "measures",
    "advise": "report.advice",
    "analyze": "studies",
    "cca": "measures.cca",
    "cka": "measures.cka",
    "class_similarity": "measures.class_similarity",
    "compare": "studies",
    "cost": "networks",
    "hsic": "measures.hsic",
    "hubness": "measures.hubness",
    "intrinsic_dimension": "measures.intrinsic_dimension",
    "layer_similarity": "measures.layer_similarity",
    "linear_predictivity": "measures.linear_predictivity",
    "linear_probe": "measures.linear_probe",
    "load_data": "data",
    "load_network": "networks",
    "matrix_divergence": "measures",
    "measure": "measures",
    "mutual_neighbors": "measures.mutual_neighbors",
    "neighbor_graph": "neighbors",
    "persistent_homology": "measures.persistent_homology",
    "procrustes": "measures.procrustes",
    "pwcca": "measures.pwcca",
    "record": "activations",
    "rsa": "measures.rsa",
    "svcca": "measures.svcca",
    "verify": "maps",
}

__all__ = ["__version__", *_WHERE]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'repscope' has no attribute {name!r}; public names: {', '.join(__all__)}")
    return getattr(importlib.import_module(f"repscope.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
