"""What an analysis will take, before it begins: disk, forward passes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from repscope.activations import WIDTH, LayerInfo

ENTRY = 16
"""Bytes of a neighbour: index and distance; and of a sample beside its neighbours."""

PAGE = 6 * 2**20
"""Bytes of scores, report and what names things, at most in practice."""


@final
@dataclass(frozen=True)
class Costs:
    """What an analysis keeps on disk.

    Attributes
    ----------
    images : int
        In all partitions.
    activations, pictures, graphs : int
        Bytes.

    Examples
    --------
    >>> layers = [LayerInfo("a", (64, 8, 8)), LayerInfo("b", (64,))]
    >>> print(Costs.of(layers, {"train": 15000}, {"train": 150}, "float32", side=32))
    357 MiB on disk: 238 of activations, 44 of small pictures, 69 of graphs, up to 6 of scores and report; 15,000 images
    """

    images: int
    activations: int
    pictures: int
    graphs: int

    @staticmethod
    def of(
        layers: Sequence[LayerInfo], sizes: Mapping[str, int], ks: Mapping[str, int], dtype: str, side: int
    ) -> "Costs":
        """Those of partitions of these sizes."""
        images = sum(sizes.values())
        features = sum(layer.features for layer in layers)
        entries = sum(n * (ks[name] + 1) for name, n in sizes.items())
        return Costs(images, images * WIDTH[dtype] * features, images * 3 * side**2, entries * ENTRY * len(layers))

    @property
    def bytes(self) -> int:
        """Of all."""
        return self.activations + self.pictures + self.graphs + PAGE

    def __str__(self) -> str:
        def amount(size: int) -> str:
            return f"{size / 2**20:,.0f}"

        kept = f"{amount(self.activations)} of activations, " if self.activations else ""
        return (
            f"{amount(self.bytes)} MiB on disk: {kept}{amount(self.pictures)} of small pictures, {amount(self.graphs)} of "
            f"graphs, up to {amount(PAGE)} of scores and report; {self.images:,} images"
        )
