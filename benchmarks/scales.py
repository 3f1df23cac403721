"""What five scales cost in one recording: 13 layers of a ResNet20 at one scale, with average pooling, and with both.

In turns; medians of wall and processor time, bytes written, and the ratios to one scale of the same round.
"""

import shutil
import statistics
import tempfile
from pathlib import Path

import torch

from benchmarks._data import NETWORK
from benchmarks._measure import machine, show, timed
from benchmarks._memory import MIB
from benchmarks._options import Options
from repscope.activations import record
from repscope.data import load_data
from repscope.networks import load_network

N, ROUNDS = 3000, 3
SCALES = (1, 2, 4, 8, "global")
KINDS = {"one scale": (), "five scales, average": ("average",), "five scales, average and max": ("average", "max")}
GOAL = 1.3
"""At most so many times the wall time of one scale."""


def main(options: Options) -> None:
    n = options.size(N)
    torch.set_num_threads(options.threads)
    network = load_network(NETWORK)
    data = load_data("glyphs").partition("train").balanced(n)
    for i in range(n):  # images are made when they are first asked for
        data.image(i)
    times: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    written: dict[str, int] = {}
    with options.working_folder() as folder:
        for _ in range(1 if options.quick else ROUNDS):
            for kind, pooling in KINDS.items():
                place = Path(tempfile.mkdtemp(prefix="scales-", dir=folder))

                def run(place: Path = place, pooling: tuple[str, ...] = pooling) -> None:
                    more = {"scales": SCALES, "pooling": pooling} if pooling else {}
                    record(network, data, None, place / "recording", **more)  # type: ignore[arg-type]

                times[kind].append(timed(run))
                written[kind] = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
                shutil.rmtree(place)
    print(
        f"{machine()}\n\n{NETWORK} on {n} glyphs, scales {', '.join(map(str, SCALES))}; median of {len(times[kind])}\n"
    )
    base = times["one scale"]
    rows: list[list[object]] = []
    for kind, found in times.items():
        wall, cpu = (statistics.median(told[i] for told in found) for i in (0, 1))
        ratios = [statistics.median(told[i] / one[i] for told, one in zip(found, base, strict=True)) for i in (0, 1)]
        met = "" if kind == "one scale" else "yes" if ratios[0] <= GOAL else "no"
        size = written[kind]
        rows.append([kind, wall, cpu, f"{size / MIB:.0f}", *ratios, size / written["one scale"], met])
    show(["what", "wall s", "CPU s", "written MiB", "wall ratio", "CPU ratio", "bytes ratio", f"≤ {GOAL}"], rows)
