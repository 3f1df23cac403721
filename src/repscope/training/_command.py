"""Training by addresses: what `repscope train` does."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from repscope.core.errors import BadInput
from repscope.data import load_data
from repscope.networks import NETWORK_SOURCES, load_network
from repscope.training._loop import train
from repscope.training._recipe import Augmentation, Recipe
from repscope.training._result import Training


def train_by_name(
    network: str,
    data: str,
    out: str | Path,
    *,
    epochs: int = 10,
    learning_rate: float = 0.04,
    augment: bool = False,
    loss: str = "softmax",
    seed: int = 0,
    weights: str | Path = "random",
    device: str = "cpu",
    network_settings: Mapping[str, Any] | None = None,
    data_settings: Mapping[str, Any] | None = None,
) -> Training:
    """Load a network and a data set by their addresses, train, and write the weights.

    Parameters
    ----------
    network, data : str
        Addresses, as for `load_network` and `load_data`. Where the source lets choose, the network gets as many
        outputs as the data have classes.
    out : str or Path
        The weights file, NAME.safetensors.
    epochs, learning_rate, augment, loss, seed
        Of the recipe; the seed is that of random weights, too.
    weights : str or Path
        What to start from: ``"random"`` or a file.
    device : str
        Where to compute.
    network_settings, data_settings : mapping, optional
        Settings of the two sources.

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
    settings: dict[str, Any] = {"seed": seed, **(network_settings or {})}
    word = network.partition(":")[0]
    if word in NETWORK_SOURCES and NETWORK_SOURCES[word].takes_classes:
        settings.setdefault("classes", len(images.class_names))
    recipe = Recipe(
        epochs=epochs, learning_rate=learning_rate, augment=Augmentation() if augment else None, loss=loss, seed=seed
    )
    options: list[tuple[str, Any]] = [("--epochs", epochs), ("--learning-rate", learning_rate), ("--seed", seed)]
    if loss != "softmax":
        options.append(("--loss", loss))
    if weights != "random":
        options.append(("--weights", weights))
    for option, chosen in (("--network-set", network_settings), ("--data-set", data_settings)):
        options += [(option, f"{name}={json.dumps(value)}") for name, value in (chosen or {}).items()]
    words = ["repscope", "train", network, data, *(str(word) for pair in options for word in pair)]
    words += [*(["--augment"] if augment else []), "--out", Path(out).name]
    given = load_network(network, weights=weights, **settings)
    return train(given, images, recipe, out=out, command=shlex.join(words), device=device)
