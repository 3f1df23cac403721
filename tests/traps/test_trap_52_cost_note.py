"""Trap 52: a count names weights of attention as left out that it has counted. Ours: notes follow from the operations that ran."""

import torch
from torch import nn

from repscope.networks import cost


class Attends(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.p = nn.Conv2d(3, 32, 8, 8)
        self.a = nn.MultiheadAttention(32, 2, batch_first=True)
        self.unused = nn.Linear(4, 4)
        self.h = nn.Linear(32, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        t = self.p(x).flatten(2).transpose(1, 2)
        return self.h(self.a(t, t, t)[0].mean(1))


def test_the_note_names_only_what_was_not_counted() -> None:
    found = cost(Attends(), (3, 32, 32))
    assert found.multiply_adds == 16 * 32 * 192 + 16 * 32 * 96 + 2 * 16 * 16 * 32 + 16 * 32 * 32 + 96
    assert found.notes == ("not counted, for they have weights and did nothing of a known kind: unused",)
