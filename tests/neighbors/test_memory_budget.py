"""What a search holds beside the points and the result is within its budget."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import gc
from pathlib import Path
import numpy as np
from repscope.core.memory import give_back
from repscope.neighbors import neighbor_graph
from repscope.neighbors import {method}

def status(key):
    line = next(l for l in Path("/proc/self/status").read_text().splitlines() if l.startswith(key))
    return 1024 * int(line.split()[1])

g = np.random.default_rng(0)
points = np.maximum(g.standard_normal(({n}, 12)).astype(np.float32) @ g.standard_normal((12, {d})).astype(np.float32), 0)
neighbor_graph(points[:800], 20, {call})
gc.collect()
give_back()
Path("/proc/self/clear_refs").write_text("5")
before = status("VmRSS")
graph = neighbor_graph(points, {k}, {call})
print(status("VmHWM") - before, graph.indices.nbytes + graph.distances.nbytes)
"""

SLACK = 20 * 2**20
"""Pages of code that are first needed on the way."""

LINUX = Path("/proc/self/clear_refs")


@pytest.mark.skipif(not LINUX.exists(), reason="this system does not tell the peak of a process's memory")
@pytest.mark.parametrize(
    ("call", "budget", "n"),  # all distances at once would be four times the budget, or more
    [
        ("Exact('float32', memory='64MiB')", 64, 8000),
        ("Exact('int8', memory='64MiB')", 64, 8000),
        ("Exact('int8', memory='192MiB')", 192, 14_000),
        ("Quantised(memory='64MiB')", 64, 8000),
    ],
)
def test_peak_above_the_data(call, budget, n):
    program = PROGRAM.format(n=n, d=1000, k=150, call=call, method=call.partition("(")[0])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    peak, result = map(int, done.stdout.split())
    assert peak < budget * 2**20 + 3 * result + SLACK
