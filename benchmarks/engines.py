"""Exact neighbour graphs beside peers on real activations: time in units of M, peak memory, and the goals.

M is one full n × n × d product by torch's default float32 matmul in tiles of 1024, results thrown away, measured
before every single run. What is timed begins with the array in memory and ends with indices and distances, the row
itself left out. Each engine has its own process and has run once on 3,000 rows before.
"""

import statistics

from benchmarks._data import LAYERS, NETWORK, recorded
from benchmarks._engines import KERNEL, chosen
from benchmarks._goals import goals
from benchmarks._measure import machine, show, versions
from benchmarks._options import Options
from benchmarks._side_by_side import COLUMNS, Runs, side_by_side, workers
from benchmarks._worker import Worker

N, K = 15_000, 150


def main(options: Options) -> None:
    n = options.size(N)
    k = min(K, max(2, n // 100))
    names = chosen(options.engines)
    print(f"{machine()}; {versions('faiss-cpu', 'scikit-learn', 'numpy')}")
    print(
        f"\n{NETWORK} on {n} glyphs, k = {k}, {options.threads} threads, medians; result {n * k * 16 / 2**20:.0f} MiB"
    )
    layers = tuple(LAYERS)[:2] if options.quick else tuple(LAYERS)
    all_runs: dict[str, dict[str, Runs]] = {}
    with options.working_folder() as folder, workers(names, options.threads) as made:
        files = recorded(folder, n, layers)
        _say_kernel(made)
        for layer in layers:
            runs, m = side_by_side(made, files[layer], k, options.seconds if not options.quick else 0.5)
            all_runs[layer] = runs
            d = LAYERS[layer]
            print(f"\n### {layer}: d = {d}, data {n * d * 4 / 2**20:.0f} MiB\n")
            share = "all of it" if min(m["share"]) == 1 else f"{100 * statistics.mean(m['share']):.0f} % of its tiles"
            spread = f"{min(m['cpu']):.3g}–{max(m['cpu']):.3g}"
            cpu, wall = (statistics.median(m[kind]) for kind in ("cpu", "wall"))
            base = [f"M ({share})", f"{cpu:.3g}", f"{wall:.3g}", "1", "1", f"{spread} s", len(m["cpu"]), ""]
            show(["engine", *COLUMNS], [base, *([name, *r.row()] for name, r in runs.items())])
    print("\n### Goals\n")
    show(["goal", "d", "reached", ""], goals(all_runs, n * k * 16 / 2**20))


def _say_kernel(made: dict[str, Worker | str]) -> None:
    """Whether faiss takes the right kernel by itself."""
    plain = made.get("faiss")
    if not isinstance(plain, Worker):
        return
    kernel = plain.ask("kernel")
    same = " by itself; tuned differs by its blocks alone" if KERNEL and kernel.startswith(KERNEL) else ""
    print(
        f"\nOpenBLAS in faiss as installed: {kernel or 'not known'}; right for this processor: {KERNEL or 'any'}{same}"
    )
