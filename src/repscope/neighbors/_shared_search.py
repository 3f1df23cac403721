"""A search shared among machines: each finds the candidates of its share of all pairs, one of them joins the files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from repscope.core.errors import BadInput
from repscope.core.files import write_tensors
from repscope.core.job import Job
from repscope.neighbors._graph import NeighborGraph
from repscope.neighbors._search import Distinct, alone
from repscope.neighbors.exact import Exact


def search_share(
    points: Any, k: int, method: Exact, share: tuple[int, int], path: str | Path, job: Job | None = None
) -> None:
    """Find the candidates of one share of all pairs of points, and write them to a file, whole or not at all.

    Parameters
    ----------
    points : (n, d) array, tensor or Points
        All points, the same for every share.
    k : int
    method : Exact
    share : (int, int)
        i of n, from (0, n) to (n − 1, n).
    path : path
        The file.
    job : Job, optional

    Raises
    ------
    BadInput
        If there is no such share, or the points are not fit for a search.
    """
    part, parts = share
    if not 0 <= part < parts:
        raise BadInput(f"there is no share {part + 1}/{parts}; expected 1/{parts} to {parts}/{parts}")
    distinct = Distinct(points, k)
    if distinct.points.n < 2:
        write_tensors(Path(path), {}, {"identity": distinct.job(job).identity})  # nothing is to be found
        return
    method.write_share(distinct.points, distinct.k, share, Path(path), distinct.job(job))


def join_shares(
    points: Any, k: int, method: Exact, paths: Sequence[str | Path], *, metadata: Mapping[str, str] | None = None
) -> NeighborGraph:
    """The graph that `neighbor_graph` gives, to the byte, from the files of all shares.

    Raises
    ------
    Mismatch
        If a file is of other points or options.
    BadInput
        If shares are missing.
    Damaged
        If a file was changed or truncated.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from repscope import neighbor_graph
    >>> from repscope.neighbors import Exact
    >>> points, folder = np.random.default_rng(0).standard_normal((300, 5)), Path(tempfile.mkdtemp())
    >>> for part in range(2):
    ...     search_share(points, 3, Exact(), (part, 2), folder / str(part))
    >>> graph = join_shares(points, 3, Exact(), [folder / "0", folder / "1"])
    >>> bool((graph.indices == neighbor_graph(points, 3).indices).all())
    True
    """
    distinct = Distinct(points, k)
    if distinct.points.n < 2:
        return distinct.graph(alone(), metadata)
    found = method.join_shares(distinct.points, distinct.k, [Path(path) for path in paths], distinct.job(None))
    return distinct.graph(found, metadata)
