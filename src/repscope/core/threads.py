"""Work shared among threads, each with one thread of its own for linear algebra.

A product that one thread computes has the same bits however many threads work beside it.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def thread_count() -> int:
    """Threads that torch may use: the machine's cores, or what OMP_NUM_THREADS or torch.set_num_threads say."""
    import torch

    return torch.get_num_threads()


def in_threads(work: Callable[[Item], object], items: Iterable[Item], threads: int | None = None) -> None:
    """Call `work` for every item, on as many threads as torch may use; the first error is raised and ends the rest.

    Examples
    --------
    >>> seen = []
    >>> in_threads(seen.append, [1, 2, 3])
    >>> sorted(seen)
    [1, 2, 3]
    """
    import torch

    allowed = thread_count()
    count = max(1, min(threads or allowed, allowed))
    todo = iter(items)

    def worker() -> None:
        torch.set_num_threads(1)
        while True:
            with lock:
                item = next(todo, done)
            if item is done or failed:
                return
            try:
                work(item)  # type: ignore[arg-type]
            except BaseException:
                failed.append(True)
                raise

    failed: list[bool] = []
    lock, done = threading.Lock(), object()
    try:
        if count == 1:  # starting a thread takes longer than many a piece of work
            worker()
            return
        with ThreadPoolExecutor(count) as pool:
            futures = [pool.submit(worker) for _ in range(count)]
        for future in futures:
            future.result()
    finally:
        torch.set_num_threads(allowed)
