"""The exact method: every row of neighbours is proved, and every distance is computed from differences in float64.

    points, centred, rounded ──► products of tiles ──► candidates, a few more than wanted
                             ──► float64 distances from differences ──► sorted, proved by the rounding bound
    rows not proved ──► the same with a more precise product
    rows still open ──► differences to all points

What other programs do, |a|² + |b|² − 2 a·b in float32 and the k smallest, cancels when points are tight or far
from the origin: then the candidates themselves are wrong, and neither centring nor re-ranking saves them.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, final

import numpy as np
from jaxtyping import Int

from repscope.core.blocks import parse_bytes
from repscope.core.errors import BadInput, OutOfSpace
from repscope.core.job import Job
from repscope.core.points import ChosenPoints, Points
from repscope.core.threads import thread_count
from repscope.neighbors._engine.all_pairs import all_pairs, kept_plan
from repscope.neighbors._engine.answer import Answer
from repscope.neighbors._engine.candidates import Found
from repscope.neighbors._engine.card import LEAST as LEAST_ON_CARD
from repscope.neighbors._engine.card import SHARE as CARD_SHARE
from repscope.neighbors._engine.card import chosen_device, forget, free_bytes, gone, moved, out_of_room
from repscope.neighbors._engine.distances import passing
from repscope.neighbors._engine.plan import MOST, Plan, plan_int8
from repscope.neighbors._engine.products import PRECISIONS, int8_is_fast, precision
from repscope.neighbors._engine.rest import settle_by_differences, settle_by_rows
from repscope.neighbors._engine.rounded_points import RoundedPoints
from repscope.neighbors._engine.rows import survey
from repscope.neighbors._engine.settle import settle
from repscope.neighbors._engine.shares import join_shares, write_share
from repscope.neighbors._engine.tiles import fitting_tiling
from repscope.neighbors._search import Method, Neighbors

if TYPE_CHECKING:
    import torch

FEATURES = 512
"""Features from which on int8 products pay: below, rounding and sorting out cost more than the products."""

FEW = 16
"""Rows that differences to all points cost less than rounding all points anew."""

SHARE = 0.4
"""Share of rows from which on a product of all pairs, each pair once, is cheaper than one of these rows with all."""


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

    def _search(self, points: Points, k: int) -> "_Search":
        if self.overfetch is not None and self.overfetch < 0:
            raise BadInput(f"overfetch = {self.overfetch} candidates beyond those wanted; expected zero or more")
        first = self.product if self.product == "auto" else precision(self.product).name
        device = points.device if self.device is None else chosen_device(self.device)
        return _Search(points, k, first, self.overfetch, parse_bytes(self.memory), device)


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


@final
class _Search:
    """One search: the points in range, and the answer as it fills."""

    def __init__(
        self, points: Points, k: int, product: str, overfetch: int | None, memory: int, device: "torch.device"
    ) -> None:
        facts = survey(points)
        self.points = ChosenPoints(points, None, facts.exponent) if facts.exponent else points
        self.centre = facts.centre
        self.exponent = facts.exponent
        self.wanted = min(k + 1, points.n - 1)  # one more than asked for shows whether the last is tied
        self.overfetch = overfetch
        self.product = product
        self.memory = memory
        self.answer = Answer(points.n, k)
        self.left = np.arange(points.n)
        self.settled = dict.fromkeys(("int8", "tf32", "float32", "float64", "direct"), 0)
        self.device = device
        self.left_card = False

    def run(self, job: Job) -> Neighbors:
        """Fill all rows, by the cheapest way that proves them."""
        if self.device.type != "cpu" and self.on_card(job):
            return self._answer(job)
        plan, made = self.plan(kept_plan(job.state, job.identity))
        self._settle_tiles(plan, all_pairs(made, plan, self._room, job=job))
        if plan.product == "int8" and len(self.left) > SHARE * self.points.n:
            plan, made = self._float32()
            self._settle_tiles(plan, all_pairs(made, plan, self._room))
        self._rest()
        return self._answer(job)

    def on_card(self, job: Job) -> bool:
        """Fill all rows on a GPU; false if it could not, and the processor is to go on.

        Raises
        ------
        OutOfSpace
            If the points are on the GPU themselves and there is no room there for anything else.
        """
        own = self.points
        here = own.device.type == "cpu"
        room = int(CARD_SHARE * free_bytes(self.device))
        while room >= LEAST_ON_CARD:
            try:
                self.points = moved(own, self.device) if here else own
                self.memory, before = room, self.memory
                try:
                    self._settle_rows("tf32")
                    job.tell(0.9)
                    self._rest()
                finally:
                    self.memory = before
                return True
            except RuntimeError as error:
                if out_of_room(error):
                    room //= 4
                elif here and gone(error):
                    room = 0
                else:
                    raise
            self.points = own
            forget(self.device)
        if not here:
            raise OutOfSpace(
                f"the memory of {self.device} does not hold these points of {own.d} features and a search beside them; "
                "give them as an array in the machine's memory, with Exact(device='cuda')"
            )
        self.left_card = True
        return False

    def write_share(self, share: tuple[int, int], path: Path, job: Job) -> None:
        """Find the candidates of a share of the tiles."""
        plan, made = self.plan(kept_plan(job.state, job.identity))
        write_share(path, plan, all_pairs(made, plan, self._room, share, job), made, share, job)

    def join(self, paths: Sequence[Path], job: Job) -> Neighbors:
        """Fill all rows from the candidates of all shares."""
        plan, made = self.plan(kept_plan(next(iter(paths), None), job.identity))
        self._settle_tiles(plan, join_shares(paths, plan, self._room, made, job))
        self._rest()
        return self._answer(job)

    @property
    def _room(self) -> int:
        """Entries beyond those kept: a row is seldom pruned, and soon enough to reject the rest."""
        return 64 + self.wanted // 4

    def plan(self, begun: Plan | None = None) -> tuple[Plan, RoundedPoints]:
        """What the first product is, and its points; as it was begun, if the options allow that."""
        if begun is not None and self._allows(begun):
            made = self._rounded(begun.product)
            if made.tiling.side == begun.side:
                return begun, made
        pays = self.points.d >= FEATURES and self.points.n >= 16 * self.wanted and int8_is_fast()
        if self.product == "int8" or (self.product == "auto" and pays):
            made = self._rounded("int8")
            m = self.points.n
            most = min(MOST * self.wanted, m // 3) if self.product == "auto" else m - 1
            plan = plan_int8(made, self.wanted, m)
            keep = plan.keep if self.overfetch is None else self.wanted + self.overfetch
            if keep <= most or self.product == "int8":
                return dataclasses.replace(plan, keep=min(keep, m - 1)), made
        return self._float32()

    def _allows(self, plan: Plan) -> bool:
        return self.product in ("auto", plan.product) and self.overfetch in (None, plan.keep - self.wanted)

    def _float32(self) -> tuple[Plan, RoundedPoints]:
        made = self._rounded("float32")
        return Plan("float32", min(self.wanted + self._extra, self.points.n - 1), made.tiling.side, 0.0), made

    def _rounded(self, name: str) -> RoundedPoints:
        return RoundedPoints.within(self.points, self.centre, PRECISIONS[name], self.memory)

    @property
    def _extra(self) -> int:
        """Candidates beyond those wanted that prove nearly every row in float32 on real activations."""
        return 10 + self.points.d // 200 if self.overfetch is None else self.overfetch

    def _settle_tiles(self, plan: Plan, found: Found) -> None:
        self._by(plan.product, lambda _: settle(self.points, found, self.wanted, self.answer))

    def _settle_rows(self, name: str) -> None:
        keep = self.wanted + self._extra
        self._by(
            name,
            lambda rows: settle_by_rows(
                self.points, self.centre, rows, name, keep, self.wanted, self.memory, self.answer
            ),
        )

    def _by(self, name: str, way: Callable[[Int[np.ndarray, " b"]], Int[np.ndarray, " open"]]) -> None:
        """Settle what a way can, and count it."""
        if len(self.left):
            before = len(self.left)
            self.left = way(self.left)
            self.settled[name] += before - len(self.left)

    def _rest(self) -> None:
        """Settle the rows that the first product left open."""
        for name in ("float32", "float64"):
            if len(self.left) > FEW:
                self._settle_rows(name)
        self._by("direct", lambda rows: settle_by_differences(self.points, rows, self.memory, self.answer))

    def _answer(self, job: Job) -> Neighbors:
        """What was found."""
        if not self.answer.squared.all():
            raise BadInput(
                "the features differ so much in size that distances between different samples come out as zero even in "
                "float64; leave out the constant or the huge features, or scale them"
            )
        job.finished()
        about = {"method": "exact", **{f"proved_{name}": str(count) for name, count in self.settled.items()}}
        if self.left_card:
            about["device"] = f"cpu, after {self.device} failed or ran out of memory"
        return Neighbors(self.answer.indices, self.answer.squared, self.answer.beyond, self.exponent, about)
