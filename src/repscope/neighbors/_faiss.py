"""faiss indexes, searched in such a way that the threads do not change what is found."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import Int

from repscope.core.optional import optional
from repscope.core.threads import in_threads
from repscope.neighbors._approximate import CentredRows


def faiss_for(caller: str) -> ModuleType:
    """The package, or who wanted it and how to get it."""
    return optional("faiss", caller, "ann")


@contextmanager
def one_thread(faiss: ModuleType) -> Iterator[None]:
    """What faiss does inside, it does on this thread alone; its products and graphs depend on the number of threads."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def add_and_search(faiss: ModuleType, index: Any, rows: CentredRows, width: int) -> Int[np.ndarray, "m w"]:
    """The `width` nearest of every row that an index finds, itself among them; negative where it finds fewer.

    Rows are added in their order on one thread. Blocks of rows are searched side by side, each on one thread.
    """
    with one_thread(faiss):
        for block in rows.blocks:
            index.add(rows.rows(block))
    found = np.empty((rows.n, width), np.int64)

    def search(block: slice) -> None:
        with one_thread(faiss):  # a setting of each thread
            _, found[block] = index.search(rows.rows(block), width)

    in_threads(search, rows.blocks)
    return found
