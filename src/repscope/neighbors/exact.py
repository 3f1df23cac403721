"""The exact method: every row of neighbours is proved, and every distance is computed from differences in float64.

    points, centred, rounded ──► products of tiles ──► candidates, a few more than wanted
                             ──► float64 distances from differences ──► sorted, proved by the rounding bound
    rows not proved ──► the same with a more precise product
    rows still open ──► differences to all points

What other programs do, |a|² + |b|² − 2 a·b in float32 and the k smallest, cancels when points are tight or far
from the origin: then the candidates themselves are wrong, and neither centring nor re-ranking saves them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, final

import numpy as np

from repscope.core.blocks import parse_bytes
from repscope.core.errors import BadInput
from repscope.core.job import Job
from repscope.core.points import Points
from repscope.core.threads import thread_count
from repscope.neighbors._engine.card import chosen_device
from repscope.neighbors._engine.distances import passing
from repscope.neighbors._engine.products import precision
from repscope.neighbors._engine.search import Search
from repscope.neighbors._engine.tiles import fitting_tiling
from repscope.neighbors._search import Method, Neighbors


@final
@dataclass(frozen=True)
class Exact(Method):
    """Exact neighbours, blocked, never an n × n matrix.

    Parameters
    ----------
    product : {"auto", "int8", "float32"}
        Where candidates come from. Whatever it is, every row is proved or goes on to a more precise product. By
        default int8 where the processor is fast at it, features are many and a trial shows that it proves most rows.
    overfetch : int, optional
        Candidates beyond those wanted. By default 10 for float32, and more for many features, where rounding is
        larger; for int8 as many as the trial shows.
    memory : int or str
        Budget for what is held beside the points themselves and the result: rounded points, as far as they fit,
        and tiles. A search on a GPU takes half of what is free there.
    device : str, optional
        ``"cpu"``, ``"cuda"``, ``"cuda:1"``: where to search; by default where the points are. If a GPU runs out of
        memory the search takes smaller blocks, and if that does not help, or the GPU fails, goes on on the processor.

    Notes
    -----
    The graph's metadata say how many rows were proved by which product, and how many by direct differences
    (``proved_int8``, ``proved_float32``, ``proved_float64``, ``proved_direct``).

    Examples
    --------
    >>> import numpy as np
    >>> from repscope import neighbor_graph
    >>> graph = neighbor_graph(np.eye(4) * [1, 2, 3, 4], k=1, method=Exact(memory="1MiB"))
    >>> graph.indices.ravel().tolist(), graph.metadata["method"]
    ([1, 0, 0, 0], 'exact')
    """

    summary: ClassVar[str] = "exact: every row proved, distances in float64"

    product: str = "auto"
    overfetch: int | None = None
    memory: int | str = "2GiB"
    device: str | None = None

    @property
    def address(self) -> str:
        """Whatever the parameters, the answer is the same."""
        return "exact"

    @property
    def in_flight(self) -> int:
        """Two on a GPU."""
        return 1 if self.device is None or self.device == "cpu" else 2

    def search(self, points: Points, k: int, job: Job) -> Neighbors:
        """The k nearest others of each of the distinct points."""
        return self._search(points, k).run(job)

    def write_share(self, points: Points, k: int, share: tuple[int, int], path: Path, job: Job) -> None:
        """Find the candidates of the i-th of n shares of all pairs, and write them to a file."""
        self._search(points, k).write_share(share, path, job)

    def join_shares(self, points: Points, k: int, paths: Sequence[Path], job: Job) -> Neighbors:
        """The answer that `search` gives, from the files of all shares."""
        return self._search(points, k).join(paths, job)

    def _search(self, points: Points, k: int) -> Search:
        if self.overfetch is not None and self.overfetch < 0:
            raise BadInput(f"overfetch = {self.overfetch} candidates beyond those wanted; expected zero or more")
        first = self.product if self.product == "auto" else precision(self.product).name
        device = points.device if self.device is None else chosen_device(self.device)
        return Search(points, k, first, self.overfetch, parse_bytes(self.memory), device)


method = Exact()


def times_read(n: int, features: int, memory: int, granule: int) -> int:
    """About how often an exact search reads all points, if they lie where only whole rows can be had.

    Twice to look at them, as often as the budget asks for to multiply them, and a few times for each group of rows
    that is held while distances are computed. Rows that the first product does not prove cost more.

    >>> times_read(1000, 64, 2**31, granule=64)
    7
    """
    cut = fitting_tiling(n, features, 4, memory, thread_count(), granule)
    held, _ = passing(features, 4, granule)
    return 3 + int(np.ceil(cut.times_read)) + 3 * -(-n // held)
