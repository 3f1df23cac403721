"""Embeddings of several networks from one pass over the images."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

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
        If a network's head is not passed once for all images, or outputs depend on chance or on the rest of their batch.

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
                if len(kept[name]) != 1 or len(kept[name][0]) != len(rows):
                    raise BadInput(
                        f"the head {heads[name]!r} of {network.name!r} was passed {len(kept[name])} times by a batch; expected "
                        "once, with a row for every image: name another head"
                    )
                found[name] = kept[name][0].float().cpu().numpy()
            yield data.ids[start : rows.stop], found
            advance(len(rows))
