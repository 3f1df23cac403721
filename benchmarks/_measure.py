"""Interleaved runs on a noisy machine: wall and processor time of each candidate, medians, ratios within a round."""

import os
import platform
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path


def machine() -> str:
    """What was measured on, for the head of a table."""
    import torch

    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    return f"{model}, {os.cpu_count()} cores, torch {torch.__version__}, {torch.get_num_threads()} threads"


def interleave(candidates: dict[str, Callable[[], object]], rounds: int) -> dict[str, dict[str, float]]:
    """Run all candidates in turn, `rounds` times after one warm-up; medians of wall and processor seconds."""
    for run in candidates.values():
        run()
    walls: dict[str, list[float]] = {name: [] for name in candidates}
    cpus: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, run in candidates.items():
            wall, cpu = time.perf_counter(), time.process_time()
            run()
            walls[name].append(time.perf_counter() - wall)
            cpus[name].append(time.process_time() - cpu)
    return {n: {"wall": statistics.median(walls[n]), "cpu": statistics.median(cpus[n])} for n in candidates}


def show(columns: list[str], rows: list[list[object]]) -> None:
    """Print a Markdown table."""
    text = [[f"{v:.2f}" if isinstance(v, float) else str(v) for v in row] for row in rows]
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in text:
        print("| " + " | ".join(row) + " |")


def peak_memory() -> float:
    """Largest resident memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
