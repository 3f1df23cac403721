"""Neighbour graphs: points in, for every sample its k nearest others out.

points ──► duplicates found ──► distinct points ──► method ──► copies put back ──► NeighborGraph

_graph            the graph, and how it is kept on disk
_search           neighbor_graph(points, k, method): checks, duplicates, method, copies put back
_shared_search    the same shared among machines
_duplicates       which samples have exactly the same features
exact             the exact method:
  _rows             passes over the rows: keys, finiteness, centre and range
  _products         int8, float32, float64: what the machine is fast at
  _int8             points rotated and rounded to eight bits
  _tiles            all pairs of points as pairs of blocks
  _rounded_points   the points in the precision of a product
  _plan             which product, how many candidates
  _all_pairs        tiles of products ──► reservoirs, resumed where they were interrupted
  _reservoirs       the best few others of each row
  _shares           reservoirs of several machines put together
  _candidates       what a product found
  _settle           candidates ──► distances ──► proved rows
  _certificate      the rounding bound by which a row is proved
  _distances        squared distances from differences, in float64
  _rest             rows not proved: a more precise product, or differences
  _answer           the answer as it fills
  _loops, _reservoir_loops, _difference_loops   the compiled loops
"""

from repscope.neighbors._graph import NeighborGraph
from repscope.neighbors._search import METHODS, Method, neighbor_graph, suggest_k
from repscope.neighbors.exact import Exact

__all__ = ["METHODS", "Exact", "Method", "NeighborGraph", "neighbor_graph", "suggest_k"]
