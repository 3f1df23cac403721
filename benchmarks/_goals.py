"""What the engine is meant to reach, beside what was measured."""

from benchmarks._data import LAYERS
from benchmarks._side_by_side import Runs
from repscope.core.blocks import parse_bytes
from repscope.neighbors import Exact

WIDE = 4096
"""Features from which on the goals for many features hold."""

PARTS = [
    # engine, many features?, against ("M" or a peer), at most (of M) or at least (times faster)
    ("repscope exact", True, "M", 0.40),
    ("repscope exact", True, "faiss", 2.3),
    ("repscope exact", True, "faiss tuned", 1.2),
    ("repscope exact", True, "scikit-learn", 5.0),
    ("repscope quantised", True, "M", 0.25),
    ("repscope exact", False, "M", 1.7),
    ("repscope exact", False, "faiss", 1.5),
    ("repscope exact", False, "scikit-learn", 2.5),
]


def goals(all_runs: dict[str, dict[str, Runs]], result: float) -> list[list[object]]:
    """Rows of goal, features, what was reached (in processor time), and whether that suffices.

    `result` is the size of indices and distances, in MiB.
    """
    rows: list[list[object]] = []
    for engine, wide, against, limit in PARTS:
        for layer, runs in all_runs.items():
            if (LAYERS[layer] >= WIDE) != wide:
                continue
            ours, peer = runs.get(engine), runs.get(against)
            text = f"{engine}: " + (f"≤ {limit} M" if against == "M" else f"{limit} × faster than {against}")
            if ours is None or ours.trouble or (against != "M" and (peer is None or peer.trouble)):
                rows.append([text, LAYERS[layer], "not measured", ""])
                continue
            reached = ours.cpu_over_m if against == "M" else peer.cpu_over_m / ours.cpu_over_m  # type: ignore[union-attr]
            met = reached <= limit if against == "M" else reached >= limit
            rows.append([text, LAYERS[layer], reached, "yes" if met else "no"])
    return rows + _memory(all_runs, result)


def _memory(all_runs: dict[str, dict[str, Runs]], result: float) -> list[list[object]]:
    """The peak above the data: at most the budget that Exact is given, and three times the result."""
    budget = parse_bytes(Exact().memory) / 2**20
    text = f"repscope exact: peak above the data ≤ {budget:.0f} + 3 × {result:.0f} MiB"
    rows: list[list[object]] = []
    for layer, runs in all_runs.items():
        peak = runs["repscope exact"].peak if "repscope exact" in runs else None
        if peak is None:
            rows.append([text, LAYERS[layer], "not measured", ""])
        else:
            rows.append([text, LAYERS[layer], f"{peak:.0f} MiB", "yes" if peak <= budget + 3 * result else "no"])
    return rows
