"""Neighbour graphs: points in, for every sample its k nearest others out.

points ──► duplicates found ──► distinct points ──► method ──► copies put back ──► NeighborGraph

_graph            the graph, and how it is kept on disk
_lists            lists of differing length: un-directed graphs, all pairs within a radius
_search           neighbor_graph(points, k, method): checks, duplicates, method, copies put back
_shared_search    the same shared among machines
_addresses        methods by name, with parameters
_duplicates       which samples have exactly the same features
exact             the exact method, and _engine, what it works with
quantised         candidates by products in few bits, on the same engine
ivf, hnsw         approximate methods by faiss
nn_descent        an approximate method by pynndescent
_approximate      what approximate methods have in common: an index's candidates ──► a graph
_faiss            faiss indexes, whatever the number of threads
_exact_rows       some rows exactly, to measure by
_checked          such rows, kept with an approximate graph
_recall           the share of the neighbours that were found, with its interval
"""

from repscope.neighbors._addresses import load_method
from repscope.neighbors._graph import NeighborGraph
from repscope.neighbors._lists import NeighborLists
from repscope.neighbors._search import METHODS, Method, neighbor_graph, suggest_k
from repscope.neighbors._shared_search import join_shares, search_share
from repscope.neighbors.exact import Exact, times_read
from repscope.neighbors.quantised import Quantised

__all__ = [
    "METHODS",
    "Exact",
    "Method",
    "NeighborGraph",
    "NeighborLists",
    "Quantised",
    "join_shares",
    "load_method",
    "neighbor_graph",
    "search_share",
    "suggest_k",
    "times_read",
]
