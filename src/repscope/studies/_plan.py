"""What a study can know before it trains or records anything: whether its samples, neighbors and layers are possible."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from repscope.core.errors import BadInput
from repscope.neighbors import suggest_k

if TYPE_CHECKING:
    from repscope.data import DataSet


def take_at_most(part: "DataSet", samples: int | None, seed: int = 0) -> "DataSet":
    """A class-balanced subset of so many images; all of them where there are no more.

    Raises
    ------
    BadInput
        If a class has too few images.
    """
    return part if samples is None or samples >= len(part) else part.balanced(samples, seed)


def check_part(data: "DataSet", partition: str, samples: int | None, k: int | None = None) -> None:
    """Refuse a subset that cannot be drawn, or more neighbors than it has.

    Raises
    ------
    BadInput, NotFound
        With what there is.
    """
    part = take_at_most(data.partition(partition), samples)
    count = suggest_k(len(part), len(part.class_names)) if k is None else k
    if not 1 <= count < len(part):
        raise BadInput(
            f"k = {count} neighbours were asked for among the {len(part)} samples of {partition!r}; expected 1 to {len(part) - 1}"
        )


def check_layers(address: str, settings: Mapping[str, Any], classes: int, layers: Sequence[str]) -> None:
    """Refuse layers that the network does not have; it is made with new weights for that.

    Raises
    ------
    BadInput, NotFound
        If the network cannot be made, or a pattern matches nothing, with the nearest names.
    """
    from repscope.activations import planned_layers
    from repscope.networks import load_network

    if layers:
        planned_layers(load_network(address, weights="random", **{"classes": classes, **settings}), list(layers))
