"""Embeddings of several networks from one pass over the images."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from repscope.activations._layers import module_name
from repscope.activations._listing import list_layers
from repscope.activations._probe import probe_outputs
from repscope.core.errors import BadInput
from repscope.core.progress import progress
from repscope.networks._drawing import draw_from
from repscope.networks._evaluating import evaluating
from repscope.networks._forward import forward

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network


def embeddings(
    networks: "Mapping[str, Network]",
    data: "DataSet",
    layers: Mapping[str, str] | None = None,
    batch: int = 128,
    device: str | None = None,
) -> Iterator[tuple[tuple[str, ...], dict[str, Float[np.ndarray, "batch d"]]]]:
    """What goes into the heads of networks, batch by batch, images being read once for all of them.

    Parameters
    ----------
    networks : mapping of str to Network
    data : DataSet
    layers : mapping of str to str, optional
        Names of the heads; found by themselves where they are not given.
    batch : int
        Images at a time.
    device : str, optional
        Where the networks run.

    Yields
    ------
    ids, {name: (batch, d) float32}
        Of the images, in the order of the data set.

    Raises
    ------
    NotFound
        If a network has no linear head.
    BadInput
        If a network's head is not passed all images in just one of its calls, or outputs depend on chance or on the rest of their batch.

    Examples
    --------
    >>> from repscope import load_data, load_network
    >>> digits = load_data("digits").balanced(20)
    >>> blocks = embeddings({"a": load_network("repscope:resnet20-digits")}, digits, batch=16)
    >>> [(len(ids), found["a"].shape) for ids, found in blocks]
    [(16, (16, 64)), (4, (4, 64))]
    """
    import contextlib

    import torch

    from repscope.networks import embedding, head_of

    given = dict(layers or {})
    heads = {name: given.get(name) or head_of(network).layer for name, network in networks.items()}
    for network in networks.values():
        probe_outputs(network, data, batch=batch, device=device)
    calls = {name: _call_with_images(network, heads[name]) for name, network in networks.items()}
    with contextlib.ExitStack() as stack, progress("embedding", len(data), "images") as advance:
        places = {name: stack.enter_context(evaluating(n.module, device)) for name, n in networks.items()}
        kept = {name: stack.enter_context(embedding(n.module, heads[name])) for name, n in networks.items()}
        for start in range(0, len(data), batch):
            rows = range(start, min(start + batch, len(data)))
            images = data.batch(rows)
            found = {}
            for name, network in networks.items():
                kept[name].clear()
                with torch.no_grad(), draw_from(network.seed_forward, start):
                    forward(network.module, network.preprocess(images).to(places[name]), network.name)
                number, count = calls[name]
                if len(kept[name]) != count or len(kept[name][number]) != len(rows):
                    raise BadInput(_not_once(network, heads[name], len(kept[name])))
                found[name] = kept[name][number].float().cpu().numpy()
            yield data.ids[start : rows.stop], found
            advance(len(rows))


def _call_with_images(network: "Network", head: str) -> tuple[int, int]:
    """Which call of a head is passed the images, and how often it is called: it may be passed prototypes too."""
    layers = [x for x in list_layers(network).layers[1:] if module_name(x.name) == head and x.batch is None]
    if len(layers) != 1:
        raise BadInput(_not_once(network, head, layers[0].calls if layers else 0))
    (layer,) = layers
    return int(layer.name.partition(":")[2] or 0), layer.calls


def _not_once(network: "Network", head: str, count: int) -> str:
    return (
        f"the head {head!r} of {network.name!r} was passed {count} times by a batch; expected once with a row for every image: "
        "name another head"
    )
