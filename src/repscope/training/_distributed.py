"""Several processes that train one network together, as torchrun starts them: each takes its share of every batch.

What differs from one process, beside the rounding of sums: a batch norm sees its own process's share of a batch only, and its running
statistics are those of the first process.
"""

import atexit
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, distributed, nn

from repscope.core.errors import BadInput, Mismatch


@final
@dataclass(frozen=True)
class World:
    """One process among those that train together.

    Attributes
    ----------
    device : str
        Where this one computes.
    rank, size : int
        Its number, from 0, and how many there are. The first writes and prints; the others are silent.
    """

    device: str
    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the process that writes and prints."""
        return self.rank == 0

    def share(self, count: int) -> slice:
        """Which of `count` things are this process's; the shares are as even as they can be.

        >>> [World("cpu", rank, 3).share(8) for rank in range(3)]
        [slice(0, 2, None), slice(2, 5, None), slice(5, 8, None)]
        """
        return slice(count * self.rank // self.size, count * (self.rank + 1) // self.size)

    def parallel(self, module: nn.Module) -> nn.Module:
        """The module, whose gradients are averaged over all processes in every backward pass."""
        if self.size == 1:
            return module
        places = [self.device] if self.device.startswith("cuda") else None
        return nn.parallel.DistributedDataParallel(module, device_ids=places)

    def summed(self, numbers: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        """Of all processes."""
        if self.size > 1:
            distributed.all_reduce(numbers)
        return numbers

    def as_the_first(self, tensors: Sequence[Tensor]) -> None:
        """Put the first process's values into these tensors of every process."""
        if self.size > 1:
            for tensor in tensors:
                distributed.broadcast(tensor, 0)

    def agree(self, number: int, what: str) -> None:
        """Refuse to go on if the first process has found another number.

        Raises
        ------
        Mismatch
            If so.
        """
        there = torch.tensor(number, device=self.device)
        self.as_the_first([there])
        if int(there) != number:
            raise Mismatch(
                f"process {self.rank} found {number} {what}, and the first one {int(there)}; expected the same: let all processes see the "
                "same folder"
            )

    def wait(self) -> None:
        """Until all processes are here."""
        if self.size > 1:
            distributed.barrier()


def join(device: str, batch: int) -> World:
    """The place of this process among those that torchrun started, or alone.

    Parameters
    ----------
    device : str
        ``"cuda"`` becomes the process's own GPU.
    batch : int
        Images per step, of all processes together.

    Raises
    ------
    BadInput
        If there are more processes than half the images of a batch.
    """
    size = int(os.environ.get("WORLD_SIZE", "1")) if "MASTER_ADDR" in os.environ else 1
    if size == 1:
        return World(device)
    if batch < 2 * size:
        raise BadInput(
            f"batch={batch} is too small for {size} processes; expected two images for each, because a batch norm cannot learn from one"
        )
    cuda = device.startswith("cuda")
    if cuda:
        device = f"cuda:{os.environ['LOCAL_RANK']}"
        torch.cuda.set_device(device)
    if not distributed.is_initialized():
        distributed.init_process_group("nccl" if cuda else "gloo")
        atexit.register(distributed.destroy_process_group)
    return World(device, distributed.get_rank(), size)


def is_first() -> bool:
    """Whether this process is the one that prints; known before it has joined the others."""
    return int(os.environ.get("RANK", "0")) == 0 or "MASTER_ADDR" not in os.environ
