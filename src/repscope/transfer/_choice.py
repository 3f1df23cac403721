"""A choice: which layer of which network, how it is described, what is done to that, and how it is used."""

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, final

from repscope.core.errors import BadInput
from repscope.transfer._described import descriptors_of
from repscope.transfer._postprocessing import postprocessing
from repscope.transfer.classifiers import CLASSIFIERS
from repscope.transfer.descriptors import DESCRIPTORS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repscope.activations import Recording

RETRIEVAL = "retrieval"
"""The use that is no classifier."""


@final
@dataclass(frozen=True, order=True)
class Choice:
    """Which features.

    Attributes
    ----------
    network, layer, descriptor, postprocessing : str
    use : str
        A classifier by name, or ``retrieval``.
    """

    network: str
    layer: str
    descriptor: str
    postprocessing: str
    use: str

    def __str__(self) -> str:
        return f"{self.network}, {self.layer}, {self.descriptor}, {self.postprocessing}, {self.use}"


def choices(
    recordings: "Mapping[str, Recording]",
    descriptors: "Sequence[str]",
    steps: "Sequence[str]",
    uses: "Sequence[str]",
) -> list[Choice]:
    """Everything that can be chosen: all layers of all recordings, in their order.

    Layers without positions, and the image itself, are described by ``flat`` alone.

    Parameters
    ----------
    recordings : mapping of str to Recording
        By the names of networks.
    descriptors, steps, uses : sequence of str
        Names of descriptors, lines of post-processing, and classifiers or ``retrieval``.

    Raises
    ------
    BadInput
        If nothing is given, or a line of post-processing cannot be read.
    NotFound
        If a descriptor or a classifier is not known.
    """
    for what, given in (("descriptor", descriptors), ("post-processing", steps), ("use", uses)):
        if not given:
            raise BadInput(f"no {what} was given; expected one or more")
    for name in descriptors:
        DESCRIPTORS[name]
    for line in steps:
        postprocessing(line)
    for use in uses:
        if use != RETRIEVAL:
            CLASSIFIERS[use]
    found = []
    for network, recording in recordings.items():
        for layer in recording.layers:
            ways = descriptors_of(recording, layer.name, descriptors)
            found += [Choice(network, layer.name, *rest) for rest in product(ways, steps, uses)]
    return found
