"""The images of a data set, each changed when it is asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Int

if TYPE_CHECKING:
    import torch

    from repscope.data import DataSet


@final
@dataclass(frozen=True, eq=False)
class ChangedImages:
    """Images of which each is what a function makes of it and of its id.

    Attributes
    ----------
    clean : DataSet
    change : function of an image and its id
    """

    clean: "DataSet"
    change: "Callable[[torch.Tensor, str], torch.Tensor]"

    def __len__(self) -> int:
        return len(self.clean)

    def __getitem__(self, index: int) -> "torch.Tensor":
        return self.batch([index])[0]

    def batch(self, rows: Sequence[int] | Int[np.ndarray, " m"]) -> "list[torch.Tensor]":
        """Several images."""
        chosen = [int(row) for row in rows]
        return [
            self.change(image, self.clean.ids[row]) for image, row in zip(self.clean.batch(chosen), chosen, strict=True)
        ]
