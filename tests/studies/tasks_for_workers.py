"""What the workers of test_many_machines.py are given to do: they import it by name."""

import os
import signal
import time

import torch

from repscope.core.errors import BadInput


def slower_first(item: int) -> tuple[int, int]:
    time.sleep(0.2 if item == 0 else 0)
    return item, torch.get_num_threads()


def refuse(item: int) -> None:
    raise BadInput(f"not {item}")


def end(_item: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def nothing_to_hold() -> None:
    raise BadInput("there is nothing to hold")


def use(_held: None, item: int) -> int:
    return item
