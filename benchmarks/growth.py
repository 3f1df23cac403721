"""How time and memory grow with the number of points and of features, on synthetic points after a ReLU."""

import math

from benchmarks._data import synthetic
from benchmarks._engines import chosen
from benchmarks._measure import machine, show, versions
from benchmarks._options import Options
from benchmarks._side_by_side import COLUMNS, Runs, side_by_side, workers

K = 150
USUAL = ("repscope exact", "repscope quantised", "faiss")
SIZES = {64: (2000, 5000, 10_000, 20_000, 50_000), 4096: (2000, 5000, 10_000, 20_000)}
"""Points, by features."""

WIDTHS = (64, 256, 1024, 4096, 16_384)
POINTS = 5000
"""With which the number of features grows."""


def main(options: Options) -> None:
    sizes, widths, points = SIZES, WIDTHS, POINTS
    if options.quick:
        sizes, widths, points = {64: (200, 400)}, (16, 64), 300
    k = 5 if options.quick else K
    seconds = 0.3 if options.quick else options.seconds / 5
    names = chosen(options.engines or USUAL)
    print(f"{machine()}; {versions('faiss-cpu', 'scikit-learn', 'numpy')}")
    print(f"\nSynthetic points after a ReLU, k = {k}, {options.threads} threads, medians")
    cases = {f"growth with n, d = {d}": [(n, d) for n in ns] for d, ns in sizes.items()}
    cases[f"growth with d, n = {points}"] = [(points, d) for d in widths]
    with options.working_folder() as folder, workers(names, options.threads) as made:
        for title, shapes in cases.items():
            print(f"\n### {title}\n")
            runs: dict[tuple[int, int], dict[str, Runs]] = {}
            for n, d in shapes:
                file = synthetic(folder, n, d)
                runs[n, d], _ = side_by_side(made, file, k, seconds)
                file.unlink()
            show(
                ["engine", "n", "d", *COLUMNS],
                [[name, n, d, *found[name].row()] for name in names for (n, d), found in runs.items()],
            )
            print()
            for name in names:
                _say_exponent(name, {shape: found[name] for shape, found in runs.items()})


def _say_exponent(name: str, runs: dict[tuple[int, int], Runs]) -> None:
    """The power with which processor time grows between the last two sizes."""
    timed = {shape: r for shape, r in runs.items() if r.cpu}
    if len(timed) < 2:
        return
    (n1, d1), (n2, d2) = list(timed)[-2:]
    times = [sorted(r.cpu)[len(r.cpu) // 2] for r in list(timed.values())[-2:]]
    what, factor = ("n", n2 / n1) if n1 != n2 else ("d", d2 / d1)
    if min(times) > 0:
        power = math.log(times[1] / times[0]) / math.log(factor)
        print(f"- {name}: processor time as {what} to the power {power:.2f} between the last two")
