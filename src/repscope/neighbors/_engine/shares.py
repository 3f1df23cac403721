"""Shares of a search, computed apart: the file of each, and how they are put together again.

The best candidates of a row among all tiles are the best of the best of each share, so the answer is the one that a
single process gives, to the byte.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from repscope.core.errors import BadInput, Mismatch
from repscope.core.job import Job
from repscope.neighbors._engine.all_pairs import about_share, read_reservoirs, write_reservoirs
from repscope.neighbors._engine.candidates import Found
from repscope.neighbors._engine.plan import Plan
from repscope.neighbors._engine.reservoirs import Reservoirs
from repscope.neighbors._engine.rounded_points import RoundedPoints


def write_share(path: Path, plan: Plan, found: Found, made: RoundedPoints, share: tuple[int, int], job: Job) -> None:
    """Write the candidates of one share."""
    assert isinstance(found.candidates, Reservoirs)
    write_reservoirs(path, found.candidates, made.tiling.share(*share), about_share(plan, share, job.identity))
    job.finished()


def join_shares(paths: Sequence[Path], plan: Plan, room: int, made: RoundedPoints, job: Job) -> Found:
    """The candidates of all shares together.

    Raises
    ------
    Mismatch
        If a file is of other points or of another plan.
    BadInput
        If shares are missing.
    Damaged
        If a file was changed or truncated.
    """
    made.radius = plan.radius
    found = Reservoirs(made.tiling.points, plan.keep, room)
    met = np.zeros(len(made.tiling.pairs), bool)
    for path in paths:
        arrays, about = read_reservoirs(path)
        for name, here in (("identity", job.identity), ("plan", plan.text)):
            if about.get(name) != here:
                raise Mismatch(
                    f"{path} is a share of another search: its {name} is {about.get(name)!r}, here {here!r}; "
                    "compute the share again from the same recording, with the same options"
                )
        found.absorb(arrays)
        met |= arrays["done"]
    if not met.all():
        raise BadInput(
            f"{len(paths)} shares hold {int(met.sum())} of {len(met)} tiles; compute the missing shares first"
        )
    return Found(found, made.tiling.order, made.tiling.order, made.rounding(), made.step)
