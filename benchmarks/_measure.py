"""Interleaved runs on a noisy machine: wall and processor time of each candidate, medians, tables, the machine."""

import os
import platform
import resource
import statistics
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

UNITS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "asimddp", "i8mm")
"""Instructions that decide which kernels there are."""


def processor() -> str:
    """The processor's name."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def instructions() -> tuple[str, ...]:
    """The processor's units for products, of those that matter."""
    flags = (_cpuinfo("flags") or _cpuinfo("Features")).split()
    return tuple(unit for unit in UNITS if unit in flags)


def _cpuinfo(key: str) -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "")


def machine() -> str:
    """What was measured on, for the head of a table."""
    import torch

    units = ", ".join(instructions()) or "units unknown"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{processor()} ({units}), {os.cpu_count()} cores, {memory:.0f} GiB, torch {torch.__version__}, "
        f"{torch.get_num_threads()} threads, {date.today()}"
    )


def versions(*packages: str) -> str:
    """Versions of packages, for the head of a table."""

    def installed(package: str) -> str:
        try:
            return version(package)
        except PackageNotFoundError:
            return "not installed"

    return ", ".join(f"{package} {installed(package)}" for package in packages)


def interleave(candidates: dict[str, Callable[[], object]], rounds: int) -> dict[str, dict[str, float]]:
    """Run all candidates in turn, `rounds` times after one warm-up; medians of wall and processor seconds."""
    for run in candidates.values():
        run()
    walls: dict[str, list[float]] = {name: [] for name in candidates}
    cpus: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, run in candidates.items():
            wall, cpu = timed(run)
            walls[name].append(wall)
            cpus[name].append(cpu)
    return {n: {"wall": statistics.median(walls[n]), "cpu": statistics.median(cpus[n])} for n in candidates}


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Wall seconds, and processor seconds of this process and of its children that have ended."""
    wall, cpu = time.perf_counter(), _processor_seconds()
    run()
    return time.perf_counter() - wall, _processor_seconds() - cpu


def _processor_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def show(columns: list[str], rows: list[list[object]]) -> None:
    """Print a Markdown table."""
    text = [[f"{v:.2f}" if isinstance(v, float) else str(v) for v in row] for row in rows]
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in text:
        print("| " + " | ".join(row) + " |", flush=True)


def peak_memory() -> float:
    """Largest resident memory of this process so far, in MiB."""
    unit = 2**20 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
