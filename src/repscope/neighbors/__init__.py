"""Neighbour graphs: points in, for every sample its k nearest others out.

points ──► duplicates found ──► distinct points ──► method (Exact) ──► copies put back ──► NeighborGraph

_graph        the graph, and how it is kept on disk
_search       neighbor_graph(points, k, method): checks, duplicates, method, copies put back
_duplicates   which samples have exactly the same features
exact         the exact method: float32 product, certified rows, float64 distances from differences
_rows         passes over the rows: keys, finiteness, centring
_candidates   candidates from products of blocks
_certificate  the rounding bound by which a row is proved
_loops        the compiled loops of the two above and below
_distances    squared distances from differences, in float64
"""

from repscope.neighbors._graph import NeighborGraph
from repscope.neighbors._search import METHODS, Method, neighbor_graph, suggest_k
from repscope.neighbors.exact import Exact

__all__ = ["METHODS", "Exact", "Method", "NeighborGraph", "neighbor_graph", "suggest_k"]
