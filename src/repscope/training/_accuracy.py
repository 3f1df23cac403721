"""How often a network names the right class."""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Int

from repscope.core.errors import BadInput, Mismatch
from repscope.core.progress import progress
from repscope.data import DataSet
from repscope.networks import Network
from repscope.networks._forward import forward


def accuracy(network: Network, data: DataSet, batch: int = 256) -> float:
    """Share of the images whose greatest output is the image's class.

    Measured in evaluation mode, without augmentation, on the device on which the module lies.

    Parameters
    ----------
    network : Network
        With one output per class.
    data : DataSet
        With labels. When both say the names of their classes, classes are matched by name, else by index.
    batch : int
        Images at a time.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    BadInput
        If there are no labels, or the outputs are no scores of that many classes.
    Mismatch
        If the network does not know one of the classes.

    Examples
    --------
    >>> from repscope.data import load_data
    >>> from repscope.networks import load_network
    >>> digits = load_data("digits").partition("validation").balanced(100)
    >>> accuracy(load_network("repscope:resnet20-digits"), digits) > 0.95
    True
    """
    with progress("measuring accuracy", len(data), "images") as advance:
        return share_right(network, data, batch, advance)


def share_right(
    network: Network, data: DataSet, batch: int = 256, advance: Callable[[int], None] | None = None
) -> float:
    """The same without a progress bar of its own: a terminal shows only one at a time."""
    outputs = _matching_outputs(network, data)
    right = 0
    for start in range(0, len(data), batch):
        rows = range(start, min(start + batch, len(data)))
        scores = class_scores(network, [data.image(i) for i in rows])
        if scores.shape[1] <= outputs.max():
            raise BadInput(
                f"the network {network.name!r} has {scores.shape[1]} outputs and {data.name!r} has {len(data.class_names)} "
                "classes; expected one output per class"
            )
        right += int((scores.argmax(1).cpu().numpy() == outputs[rows.start : rows.stop]).sum())
        if advance is not None:
            advance(len(rows))
    return right / len(data)


def class_scores(network: Network, images: list[torch.Tensor]) -> torch.Tensor:
    """The network's outputs (batch, classes) for these images.

    Raises
    ------
    BadInput
        If what comes out is not one row of numbers per image.
    """
    device = next((p.device for p in network.module.parameters()), torch.device("cpu"))
    with torch.no_grad():
        scores = forward(network.module, network.preprocess(images).to(device), network.name)
    if not isinstance(scores, torch.Tensor) or scores.ndim != 2 or len(scores) != len(images):
        what = f"shape {tuple(scores.shape)}" if isinstance(scores, torch.Tensor) else type(scores).__name__
        raise BadInput(
            f"the network {network.name!r} answers {len(images)} images with {what}; expected one row per image with a number per class"
        )
    if scores.is_complex():
        raise BadInput(f"the network {network.name!r} answers with complex numbers; expected real ones, one per class")
    return scores


def _matching_outputs(network: Network, data: DataSet) -> Int[np.ndarray, " n"]:
    """For each image, the output that stands for its class."""
    if data.labels is None:
        raise BadInput(f"the data set {data.name!r} has no labels; accuracy needs them")
    if not network.class_names or not data.class_names:
        return data.labels
    position = {name: i for i, name in enumerate(network.class_names)}
    strange = [data.class_names[i] for i in np.unique(data.labels) if data.class_names[i] not in position]
    if strange:
        raise Mismatch(
            f"the network {network.name!r} does not know {len(strange)} classes of {data.name!r}, such as {strange[0]!r}; "
            f"it knows {', '.join(network.class_names[:10])}"
        )
    outputs: Int[np.ndarray, " n"] = np.array([position.get(name, -1) for name in data.class_names])[data.labels]
    return outputs
