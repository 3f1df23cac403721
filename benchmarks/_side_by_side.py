"""Several engines on the same points, in turn, each run preceded by the product M: medians and ranges of the ratios."""

import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks._engines import ENGINES
from benchmarks._worker import PRODUCT, Failed, Worker

MOST = 7
"""Repetitions, at most."""


@dataclass
class Runs:
    """What was measured of one engine on one set of points."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    wall_ratio: list[float] = field(default_factory=list)
    cpu_ratio: list[float] = field(default_factory=list)
    peak: float | None = None
    trouble: str = ""

    @property
    def cpu_over_m(self) -> float:
        """Median of processor time over that of M just before."""
        return statistics.median(self.cpu_ratio)

    def row(self) -> list[object]:
        """Cells under `COLUMNS`."""
        if self.trouble:
            return [self.trouble, *[""] * (len(COLUMNS) - 1)]
        low, high = min(self.cpu_ratio), max(self.cpu_ratio)
        times = [statistics.median(values) for values in (self.cpu, self.wall, self.cpu_ratio, self.wall_ratio)]
        peak = "not known" if self.peak is None else f"{self.peak:.0f}"
        return [*(f"{t:.3g}" for t in times), f"{low:.3g}–{high:.3g}", len(self.cpu), peak]


COLUMNS = ["CPU s", "wall s", "CPU / M", "wall / M", "range of CPU / M", "runs", "peak above the data, MiB"]


@contextmanager
def workers(names: list[str], threads: int) -> Iterator[dict[str, Worker | str]]:
    """A process for each engine, or why there is none; and one for the product."""
    with ExitStack() as stack:
        made: dict[str, Worker | str] = {PRODUCT: stack.enter_context(Worker(PRODUCT, threads))}
        for name in names:
            missing = ENGINES[name].missing
            made[name] = missing or stack.enter_context(Worker(name, threads))
        yield made


def side_by_side(
    made: Mapping[str, Worker | str], file: Path, k: int, seconds: float, least: int = 1
) -> tuple[dict[str, Runs], dict[str, list[float]]]:
    """Time all engines in turn until each has had its `seconds`; the runs of each, and all measurements of M.

    A slow engine has fewer runs, at least `least`. M is taken from as many of its tiles as a tenth of `seconds`
    allows, before every run.
    """
    found = {name: Runs() for name in made if name != PRODUCT}
    product = made[PRODUCT]
    assert isinstance(product, Worker)
    for name, runs in found.items():
        worker = made[name]
        if isinstance(worker, str):
            runs.trouble = worker
            continue
        _try(runs, lambda worker=worker: worker.ask("warm", file, k))
    base: dict[str, list[float]] = {"wall": [], "cpu": [], "share": []}
    spent = dict.fromkeys(found, 0.0)
    for _ in range(MOST):
        for name, runs in found.items():
            times = len(runs.cpu)
            again = times < least or spent[name] * (times + 1) / times <= seconds
            if runs.trouble or not again:
                continue
            m = product.ask("time", file, seconds / 10)
            for key, values in base.items():
                values.append(m[key])
            begin = time.perf_counter()
            _try(runs, lambda name=name, runs=runs, m=m: _once(made[name], file, k, m, runs))
            spent[name] += time.perf_counter() - begin
    return found, base


def _once(worker: Worker | str, file: Path, k: int, m: dict[str, float], runs: Runs) -> None:
    assert isinstance(worker, Worker)
    t = worker.ask("time", file, k)
    runs.wall.append(t["wall"])
    runs.cpu.append(t["cpu"])
    runs.wall_ratio.append(t["wall"] / m["wall"])
    runs.cpu_ratio.append(t["cpu"] / m["cpu"])
    runs.peak = t["peak"] if t["peak"] is None else max(t["peak"], runs.peak or 0.0)


def _try(runs: Runs, work: object) -> None:
    try:
        work()  # type: ignore[operator]
    except Failed as error:
        runs.trouble = f"failed: {error}"
