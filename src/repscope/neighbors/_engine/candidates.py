"""Candidates: what a product of points found, before any distance is known exactly."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int

from repscope.neighbors._engine.certificate import Rounding


class Candidates(ABC):
    """For each of some rows, the others whose scores |y|²/2 − x·y are the lowest.

    Attributes
    ----------
    keep : int
        How many of each row, at most.
    """

    keep: int

    @abstractmethod
    def best(
        self, rows: slice, width: int
    ) -> tuple[Int[np.ndarray, "b w"], Float[np.ndarray, "b w"], Float[np.ndarray, " b"]]:
        """Others (-1 where a row has fewer) and their scores, the best `width` first; the score that all the rest has."""

    @abstractmethod
    def forget(self) -> None:
        """Give back the memory: they will not be asked again."""


@final
@dataclass(frozen=True, eq=False)
class Found:
    """What a product found, in numbers and units of its own.

    Attributes
    ----------
    candidates : Candidates
    rows : (b,) int64
        Which point each of their rows is.
    order : (m,) int64
        Which point each of their others is.
    rounding : Rounding
        Of all points, in the order of `order`.
    step : float
        What one unit of the rounded points stands for.
    """

    candidates: Candidates
    rows: Int[np.ndarray, " b"]
    order: Int[np.ndarray, " m"]
    rounding: Rounding
    step: float
