"""Training by addresses: what `repscope train` does."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from repscope.core.errors import BadInput
from repscope.data import load_data
from repscope.networks import NETWORK_SOURCES, load_network
from repscope.training._augmentation import Augmentation
from repscope.training._loop import train
from repscope.training._recipe import Recipe
from repscope.training._result import Training

OPTIONS = ("epochs", "learning_rate", "batch", "loss", "precision", "seed")
"""Of the recipe, that are options of the command."""


def train_by_name(
    network: str,
    data: str,
    out: str | Path,
    *,
    augment: bool = False,
    weights: str | Path = "random",
    device: str = "cpu",
    network_settings: Mapping[str, Any] | None = None,
    data_settings: Mapping[str, Any] | None = None,
    **recipe: Any,
) -> Training:
    """Load a network and a data set by their addresses, train, and write the weights.

    Parameters
    ----------
    network, data : str
        Addresses, as for `load_network` and `load_data`. Where the source lets choose, the network gets as many
        outputs as the data have classes.
    out : str or Path
        The weights file, NAME.safetensors.
    augment : bool
        Whether with the usual `Augmentation`.
    weights : str or Path
        What to start from: ``"random"`` or a file.
    device : str
        Where to compute.
    network_settings, data_settings : mapping, optional
        Settings of the two sources.
    **recipe
        Of the `Recipe`: epochs, learning_rate, batch, loss, precision, seed; the seed is that of random weights, too.

    Returns
    -------
    Training

    Raises
    ------
    BadInput
        If `out` is not a safetensors file.
    """
    if Path(out).suffix != ".safetensors":
        raise BadInput(f"the weights would go to {str(out)!r}; expected a name that ends in .safetensors")
    images = load_data(data, **(data_settings or {}))
    how = Recipe(**recipe, augment=Augmentation() if augment else None)
    settings: dict[str, Any] = {"seed": how.seed, **(network_settings or {})}
    word = network.partition(":")[0]
    if word in NETWORK_SOURCES and NETWORK_SOURCES[word].takes_classes:
        settings.setdefault("classes", len(images.class_names))
    options = [(f"--{name.replace('_', '-')}", getattr(how, name)) for name in OPTIONS]
    if weights != "random":
        options.append(("--weights", weights))
    for option, chosen in (("--network-set", network_settings), ("--data-set", data_settings)):
        options += [(option, f"{name}={json.dumps(value)}") for name, value in (chosen or {}).items()]
    words = ["repscope", "train", network, data, *(str(word) for pair in options for word in pair)]
    words += [*(["--augment"] if augment else []), "--out", Path(out).name]
    given = load_network(network, weights=weights, **settings)
    return train(given, images, how, out=out, command=shlex.join(words), device=device)
