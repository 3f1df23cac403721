"""Peak memory: of this process since a moment, and of a tree of processes by looking at it again and again."""

import gc
import os
import threading
import time
from pathlib import Path

from repscope.core.memory import give_back

MIB = 2**20


class PeakAbove:
    """The peak of this process's resident memory above what it holds now; None where the system does not say."""

    def __init__(self) -> None:
        gc.collect()
        give_back()
        try:
            Path("/proc/self/clear_refs").write_text("5")  # Linux: the peak begins anew
            self._before: int | None = _status("VmRSS")
        except OSError:
            self._before = None

    def mib(self) -> float | None:
        """The peak so far, in MiB."""
        return None if self._before is None else (_status("VmHWM") - self._before) / MIB


def _status(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(key)).split()[1])


class TreeWatch(threading.Thread):
    """Looks every 50 ms at the memory of a process and its descendants.

    `resident` counts pages of mapped files as well, which the system takes back when it needs them; `own` does not.
    """

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self._root = root
        self._done = threading.Event()
        self.seen: list[tuple[float, float, float]] = []  # time, resident, own, in MiB

    def run(self) -> None:
        while not self._done.wait(0.05):
            pairs = [_pages(pid) for pid in _tree(self._root)]
            if pairs:
                page = os.sysconf("SC_PAGE_SIZE") / MIB
                total, own = (sum(p[i] for p in pairs) * page for i in (0, 1))
                self.seen.append((time.time(), total, own))

    def stop(self) -> None:
        """Look no more."""
        self._done.set()
        self.join()

    def peak(self, start: float, stop: float) -> tuple[float, float] | None:
        """Largest resident and own memory between two times, in MiB."""
        within = [(total, own) for at, total, own in self.seen if start <= at <= stop]
        return (max(t for t, _ in within), max(o for _, o in within)) if within else None


def _tree(root: int) -> list[int]:
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                todo += [int(child) for child in task.read_text().split()]
            except OSError:  # ended meanwhile
                continue
    return found


def _pages(pid: int) -> tuple[int, int]:
    try:
        _, resident, shared, *_ = map(int, Path(f"/proc/{pid}/statm").read_text().split())
    except (OSError, ValueError):
        return 0, 0
    return resident, resident - shared
