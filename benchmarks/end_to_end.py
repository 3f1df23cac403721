"""analyze() of a ResNet20 on 15,000 glyphs, 13 layers, k = 150: time and memory by phase, disk used and foretold.

The library's own analyze() runs as it is; its phases are timed where it calls them. Memory is that of the whole
tree of processes, looked at every 50 ms: `resident` counts mapped files too, `own` does not.
"""

import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks._data import NETWORK
from benchmarks._measure import machine, show, timed
from benchmarks._memory import TreeWatch
from benchmarks._options import Options

N, K = 15_000, 150
PHASES = {"record": "recording", "build_graphs": "graphs", "score_recordings": "scores"}
"""What analyze() calls, and what it is called in the table."""


def main(options: Options) -> None:
    n = options.size(N)
    k = min(K, max(2, n // 100))
    with options.working_folder() as folder:
        run = Path(tempfile.mkdtemp(prefix="run-", dir=folder))
        try:
            told, watch = _watched(run, n, k, options.threads)
            used = {name: _bytes(path) for name, path in _parts(run).items()}
        finally:
            shutil.rmtree(run)
    print(f"{machine()}\n\n{NETWORK} on {n} glyphs, {told['layers']} layers, k = {k}; once\n")
    rows: list[list[object]] = []
    for phase, begin, end, wall, cpu in told["phases"]:
        peak = watch.peak(begin, end)
        rows.append([phase, wall, cpu, *(("", "") if peak is None else (f"{m:.0f}" for m in peak))])
    begin, end = told["phases"][0][1], told["phases"][-1][2]
    peak = watch.peak(begin, end)
    total = [sum(row[i] for row in rows) for i in (1, 2)]  # type: ignore[misc]
    rows.append(["all", *total, *(("", "") if peak is None else (f"{m:.0f}" for m in peak))])
    show(["phase", "wall s", "CPU s", "peak resident MiB", "peak own MiB"], rows)
    print()
    stated = float(told["said"].split(" MiB")[0].replace(",", ""))
    disk = [[name, f"{size / 2**20:.1f}"] for name, size in used.items()]
    disk.append(["all", f"{sum(used.values()) / 2**20:.1f}"])
    disk.append(["said beforehand", f"{stated:.1f}"])
    disk.append(["used / said", f"{sum(used.values()) / 2**20 / stated:.3f}"])
    show(["disk", "MiB"], disk)


def _watched(run: Path, n: int, k: int, threads: int) -> tuple[dict[str, Any], TreeWatch]:
    """Analyse in a process of its own, with its memory looked at."""
    context = multiprocessing.get_context("spawn")
    pipe, other = context.Pipe()
    process = context.Process(target=_analyze, args=(other, run, n, k, threads))
    process.start()
    other.close()
    watch = TreeWatch(process.pid or 0)
    watch.start()
    try:
        told = pipe.recv()
    except EOFError:
        raise SystemExit("the analysis failed; its error is above") from None
    finally:
        process.join()
        watch.stop()
    return told, watch


def _analyze(pipe: Any, run: Path, n: int, k: int, threads: int) -> None:
    import torch

    from repscope import analyze, load_data, load_network
    from repscope.studies import _analysis as analysis

    torch.set_num_threads(threads)
    network, data = load_network(NETWORK), load_data("glyphs")
    phases: list[tuple[str, float, float, float, float]] = []
    said: list[str] = []
    with ExitStack() as stack:
        for function, phase in PHASES.items():
            stack.enter_context(_timed_phase(analysis, function, phase, phases))
        begin, cpu = time.time(), time.process_time()
        done = analyze(network, data, None, run, partitions=["train"], samples=n, k=k, say=said.append)
        rest = time.time() - begin - sum(p[3] for p in phases)
        phases.append(
            (
                "between the phases",
                time.time(),
                time.time(),
                rest,
                time.process_time() - cpu - sum(p[4] for p in phases),
            )
        )
        begin = time.time()
        phases.append(("report", begin, *_ended(timed(done.report))))
    pipe.send({"phases": phases, "said": said[0], "layers": len(done.layers)})


def _ended(seconds: tuple[float, float]) -> tuple[float, float, float]:
    return (time.time(), *seconds)


@contextmanager
def _timed_phase(module: Any, function: str, phase: str, phases: list[Any]) -> Iterator[None]:
    """Time a function where a module calls it."""
    original = getattr(module, function)

    def around(*args: Any, **kwargs: Any) -> Any:
        begin, answers = time.time(), []
        phases.append((phase, begin, *_ended(timed(lambda: answers.append(original(*args, **kwargs))))))
        return answers[0]

    with patch.object(module, function, around):
        yield


def _parts(run: Path) -> dict[str, Path]:
    """Graphs, scores and report by name; the rest is the recording's."""
    graphs = next(iter(run.glob("*/graphs")), run / "graphs")
    return {"recording": graphs.parent, "graphs": graphs, "scores": run / "scores.json", "report": run / "report.html"}


def _bytes(path: Path) -> int:
    files = [path] if path.is_file() else [f for f in path.rglob("*") if f.is_file() and f.parent.name != "graphs"]
    if path.name == "graphs":
        files = [f for f in path.iterdir() if f.is_file()]
    return sum(f.stat().st_size for f in files)
