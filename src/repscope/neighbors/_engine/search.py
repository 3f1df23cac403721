"""One exact search: its points in range, its plan, and the answer as it fills, on the processor or on a GPU."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Int

from repscope.core.errors import BadInput, OutOfSpace
from repscope.core.job import Job
from repscope.core.points import ChosenPoints, Points
from repscope.neighbors._engine.all_pairs import all_pairs, kept_plan
from repscope.neighbors._engine.answer import Answer
from repscope.neighbors._engine.candidates import Found
from repscope.neighbors._engine.card import LEAST as LEAST_ON_CARD
from repscope.neighbors._engine.card import SHARE as CARD_SHARE
from repscope.neighbors._engine.card import forget, free_bytes, gone, moved, out_of_room
from repscope.neighbors._engine.plan import MOST, Plan, plan_int8
from repscope.neighbors._engine.probes import int8_is_fast
from repscope.neighbors._engine.products import PRECISIONS
from repscope.neighbors._engine.rest import settle_by_differences, settle_by_rows
from repscope.neighbors._engine.rounded_points import RoundedPoints
from repscope.neighbors._engine.rows import survey
from repscope.neighbors._engine.settle import settle
from repscope.neighbors._engine.shares import join_shares, write_share
from repscope.neighbors._search import Neighbors

if TYPE_CHECKING:
    import torch

FEATURES = 512
"""Features from which on int8 products pay: below, rounding and sorting out cost more than the products."""

FEW = 16
"""Rows that differences to all points cost less than rounding all points anew."""

SHARE = 0.4
"""Share of rows from which on a product of all pairs, each pair once, is cheaper than one of these rows with all."""


@final
class Search:
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
