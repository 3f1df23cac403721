"""The random numbers of a forward pass: from a seed, and everybody's generators as they were afterwards."""

import random
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def draw_from(seed: int | None, position: int = 0) -> Iterator[None]:
    """Random numbers of torch, numpy and Python from a seed while the body runs; without a seed nothing changes.

    A network that draws at random then gives the same outputs for the same batch at the same place of the data set.

    Parameters
    ----------
    seed : int, optional
    position : int
        Of the batch: the first row in it. Batches at different places get different numbers.

    Examples
    --------
    >>> import torch
    >>> with draw_from(3, position=64):
    ...     first = torch.rand(2)
    >>> with draw_from(3, position=64):
    ...     bool(torch.equal(first, torch.rand(2)))
    True
    """
    if seed is None:
        yield
        return
    import numpy as np
    import torch

    number = int(np.random.SeedSequence([seed, position]).generate_state(1)[0])
    python, legacy = random.getstate(), np.random.get_state()
    gpus = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]
    try:
        with torch.random.fork_rng(devices=gpus):
            torch.manual_seed(number)
            np.random.seed(number)
            random.seed(number)
            yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)
