"""Candidates of all points among all others: tiles of products, offered to reservoirs.

the first block with all blocks ──► where each row's candidates about end
all the other tiles of this share ──► reservoirs, kept on disk now and then
"""

import threading
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Bool, Float

from repscope.core.errors import Damaged, Mismatch
from repscope.core.files import open_tensors, read_tensors, write_tensors
from repscope.core.job import Job
from repscope.core.threads import in_threads, thread_count
from repscope.neighbors._engine.candidates import Found
from repscope.neighbors._engine.plan import Plan
from repscope.neighbors._engine.probes import products_in
from repscope.neighbors._engine.reservoirs import Reservoirs
from repscope.neighbors._engine.rounded_points import RoundedPoints
from repscope.neighbors._engine.tiles import Tiling

SAMPLE = 512
"""Points of the first block whose scores tell where a row's candidates end."""

STRIPE = 16
"""Tiles per thread between two looks at the clock."""

FORMAT = "repscope candidates 1"
"""Of the files of reservoirs."""


def all_pairs(
    points: RoundedPoints, plan: Plan, room: int, share: tuple[int, int] = (0, 1), job: Job | None = None
) -> Found:
    """The best candidates of every point, among the pairs of one share of the tiles.

    Parameters
    ----------
    points : RoundedPoints
    plan : Plan
    room : int
        Entries of a reservoir beyond those kept.
    share : (int, int)
        The i-th of n shares.
    job : Job, optional
        Where what is done is kept.

    Raises
    ------
    Mismatch
        If the job's state is of another search.

    Examples
    --------
    >>> import torch
    >>> from repscope.core.points import ArrayPoints
    >>> from repscope.neighbors._engine.products import PRECISIONS
    >>> tiling = Tiling(3, 64, resident=True)
    >>> points = ArrayPoints(torch.tensor([[0.0], [1.0], [3.0]]))
    >>> found = all_pairs(
    ...     RoundedPoints(points, np.zeros(1), tiling, PRECISIONS["float32"]), Plan("float32", 1, 64, 0.0), room=8
    ... )
    >>> nearest = found.candidates.best(slice(0, 3), 1)[0].ravel()
    >>> dict(zip(found.order.tolist(), found.order[nearest].tolist()))  == {0: 1, 1: 0, 2: 1}
    True
    """
    job = job or Job()
    points.prepare()
    points.radius = plan.radius
    search = _Tiles(points, plan, room, share, job)
    with products_in(points.kind, "cpu"):
        search.run()
    points.forget()
    return Found(search.found, points.tiling.order, points.tiling.order, points.rounding(), points.step)


@final
class _Tiles:
    """One share of the tiles, as they are visited."""

    def __init__(self, points: RoundedPoints, plan: Plan, room: int, share: tuple[int, int], job: Job) -> None:
        tiling = points.tiling
        self.points = points
        self.tiling = tiling
        self.job = job
        self.found = Reservoirs(tiling.points, plan.keep, room)
        self.halves = points.halves()
        self.rank = _sample_rank(plan.keep, tiling)
        self.about = about_share(plan, share, job.identity)
        self.mine = tiling.share(*share)
        self.done: Bool[np.ndarray, " tiles"] = np.zeros(len(tiling.pairs), bool)
        self._locks = [threading.Lock() for _ in range(tiling.blocks)]
        self._own = threading.local()
        self._read_state()

    def run(self) -> None:
        """Visit all tiles that are not done yet; those of the first block in any case, for the limits."""
        first = [(block, 0) for block in range(self.tiling.blocks)]
        if self.rank:
            self._start(first[0])  # alone: the others offer to its columns
            in_threads(self._start, first[1:], self.tiling.threads)
        todo = [tile for tile in self.tiling.tiles if self._open(tile)]
        stripe = STRIPE * thread_count()
        for start in range(0, len(todo), stripe):
            in_threads(self._visit, todo[start : start + stripe], self.tiling.threads)
            self.job.tell(float(self.done.sum()) / max(1, int(self.mine.sum())))
            if self.job.due:
                self.write_state()

    def _open(self, tile: tuple[int, int]) -> bool:
        number = self.tiling.number(tile)
        return bool(self.mine[number]) and not self.done[number]

    def _start(self, tile: tuple[int, int]) -> None:
        """Set the limits of a block's rows by a sample of the first block, unless these were known before."""
        rows, columns = self.tiling.block(tile[0]), self.tiling.block(tile[1])
        if np.isfinite(self.found.limits[rows]).any() and not self._open(tile):
            return
        product = self._product(tile)
        if np.isinf(self.found.limits[rows]).all():
            self.found.limits[rows] = _sampled_limits(product, self.halves[columns], self.rank, tile[0] == 0)
        if self._open(tile):
            self._offer(tile, product)

    def _visit(self, tile: tuple[int, int]) -> None:
        self._offer(tile, self._product(tile))

    def _product(self, tile: tuple[int, int]) -> np.ndarray:
        kind = self.points.kind
        if not hasattr(self._own, "buffer"):
            self._own.buffer = kind.buffer(self.tiling.side**2)
        first, second = map(self.points.block, tile)
        return kind.multiply(first, second, self._own.buffer).numpy()

    def _offer(self, tile: tuple[int, int], product: np.ndarray) -> None:
        rows, columns = map(self.tiling.block, tile)
        low, high = sorted(tile)
        with self._locks[low], self._locks[high] if low != high else threading.Lock():
            self.found.offer(product, rows.start, columns.start, self.halves)
            self.done[self.tiling.number(tile)] = True

    def write_state(self) -> None:
        """Keep the reservoirs, and which tiles they have met."""
        if self.job.state is not None:
            write_reservoirs(self.job.state, self.found, self.done, self.about)
            self.job.written()

    def _read_state(self) -> None:
        if self.job.state is not None and self.job.state.exists():
            arrays, about = read_reservoirs(self.job.state)
            different = [name for name in self.about if self.about[name] != about.get(name)]
            if different:
                raise Mismatch(
                    f"{self.job.state} holds the beginning of another search ({', '.join(different)} differ: "
                    f"{[about.get(name) for name in different]}, here {[self.about[name] for name in different]}); "
                    "go on with what it was begun with, or delete it to begin anew"
                )
            self.found.absorb(arrays)
            self.done[:] = arrays["done"]


def about_share(plan: Plan, share: tuple[int, int], identity: str) -> dict[str, str]:
    """What is written with reservoirs, so that they are not taken for others."""
    return {"format": FORMAT, "identity": identity, "plan": plan.text, "share": f"{share[0] + 1}/{share[1]}"}


def write_reservoirs(path: Path, found: Reservoirs, done: Bool[np.ndarray, " tiles"], about: dict[str, str]) -> None:
    """Write reservoirs, whole or not at all."""
    import torch

    arrays = {**found.arrays(), "done": done}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_tensors(path, {name: torch.from_numpy(array) for name, array in arrays.items()}, about)


def kept_plan(path: Path | None, identity: str) -> Plan | None:
    """The plan by which a file of reservoirs of this search was begun, if there is one.

    It is followed even where another would be made today: which product is fast is measured, and a machine that is
    busy measures differently.
    """
    if path is None or not path.exists():
        return None
    _, about = open_tensors(path)
    same = about.get("format") == FORMAT and about.get("identity") == identity
    return Plan.read(about["plan"]) if same and "plan" in about else None


def read_reservoirs(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """What `write_reservoirs` wrote: arrays for `Reservoirs.absorb`, which tiles they have met, and of what they are.

    Raises
    ------
    Damaged
        If the file was changed, truncated, or is of another kind.
    """
    tensors, about = read_tensors(path)
    if about.get("format") != FORMAT:
        raise Damaged(f"{path} has the format {about.get('format')!r}; expected {FORMAT!r}: delete it and run again")
    return {name: tensor.numpy() for name, tensor in tensors.items()}, about


def _sample_rank(keep: int, tiling: Tiling) -> int:
    """The rank among a sample's scores below which, nearly surely, `keep` of all scores lie; 0 if there is none.

    With the share p = keep / m below it, the expected number of a sample of size s is p·s, its standard deviation
    nearly √(p·s); 3.5 of these leave one row in five thousand short of candidates.
    """
    if tiling.granule > 1:  # what stays together is alike: no fair sample
        return 0
    size = min(SAMPLE, int(tiling.edges[1]) - 1)
    expected = keep * size / max(1, tiling.points - 1)
    rank = int(np.ceil(expected + 3.5 * np.sqrt(expected)))
    return rank if 2 * rank < size else 0


def _sampled_limits(
    product: np.ndarray, halves: Float[np.ndarray, " c"], rank: int, diagonal: bool
) -> Float[np.ndarray, " b"]:
    """The score of that rank among a sample of the columns, for each row of a tile."""
    size = min(SAMPLE, product.shape[1] - 1)
    scores = halves[:size] - product[:, :size].astype(halves.dtype)
    if diagonal:
        np.fill_diagonal(scores, np.inf)  # itself, by index
    limits: Float[np.ndarray, " b"] = np.partition(scores, rank - 1, axis=1)[:, rank - 1]
    return limits
