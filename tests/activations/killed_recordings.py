"""Kill a recording at random moments, resume it, compare: run as a script by test_interruption.py.

It forks a process with torch loaded rather than starting twenty interpreters; one thread, so that forking is safe.
Arguments: FOLDER TRIALS SEED. Prints a JSON list with, per trial, the samples that were on disk when it was killed,
and whether the resumed recording has the bytes of an undisturbed one.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

from repscope.activations import Recording, record
from tests.activations.small import InPlace, images, network

DATA = images(n=600)


def record_in_child(folder: Path, kill_after: float | None) -> bool:
    """Record in a child process; True if it ended by itself."""
    child = os.fork()
    if child == 0:
        record(network(InPlace()), DATA, "*", folder, batch=4, shard_bytes=30_000)
        os._exit(0)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1] == 0


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def recorded(folder: Path) -> int:
    return Recording(folder).recorded if (folder / "manifest.json").exists() else 0


def main() -> None:
    torch.set_num_threads(1)
    base, trials, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    moments = random.Random(seed)
    record(network(InPlace()), images(), "*", base / "warm")  # what is imported lazily is there before the fork
    start = time.perf_counter()
    assert record_in_child(base / "undisturbed", None)
    duration = time.perf_counter() - start
    expected = contents(base / "undisturbed")
    results = []
    for trial in range(trials):
        folder = base / f"trial{trial}"
        folder.mkdir()
        record_in_child(folder, moments.uniform(0, duration))
        there = recorded(folder)
        ended = record_in_child(folder, None)
        results.append({"recorded": there, "ended": ended, "same": contents(folder) == expected})
    print(json.dumps(results))


if __name__ == "__main__":
    main()
