"""The weights file, and the record of how the weights came to be."""

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from torch import Tensor

from repscope._version import __version__
from repscope.core.files import write_json, write_tensors
from repscope.data import DataSet
from repscope.networks import Network
from repscope.networks.repscope import DESIGN
from repscope.training._recipe import Recipe
from repscope.training._result import Training


def record_of(done: Training, network: Network, data: DataSet, recipe: Recipe, command: str) -> dict[str, Any]:
    """What has to be known to train the network again, and what came of it; no dates, no machine."""
    versions = {name: version(name) for name in ("torch", "torchvision", "numpy", "safetensors")}
    return {
        "command": command,
        **begun_with(network, data, recipe, done.network.class_names),
        "accuracies": dict(done.accuracies),
        "history": [asdict(epoch) for epoch in done.history],
        "versions": {"repscope": __version__, "python": platform.python_version(), **versions},
    }


def begun_with(network: Network, data: DataSet, recipe: Recipe, class_names: tuple[str, ...]) -> dict[str, Any]:
    """The part of the record that is known before the training: two trainings that agree in it are the same."""
    channels, height, width = network.input_shape
    preprocess = network.settings.get("preprocess", {})
    return {
        "network": {
            "name": network.name,
            "classes": network.settings.get("classes", len(data.class_names)),
            "channels": channels,
            "size": [height, width],
            **{name: preprocess[name] for name in ("mean", "std") if name in preprocess},
            **{name: network.settings[name] for name in DESIGN if name in network.settings},
            "class_names": list(class_names),
        },
        "start": network.digest,
        "data": data.describe(),
        "recipe": recipe.describe(),
    }


def write_weights(path: Path, tensors: Mapping[str, Tensor], record: Mapping[str, Any]) -> None:
    """Weights with the record in their header, and the record beside them."""
    from repscope.networks._weights import RECORD

    write_tensors(
        path, {name: tensor.clone() for name, tensor in tensors.items()}, {RECORD: json.dumps(record, sort_keys=True)}
    )
    write_json(path.with_suffix(".json"), record)
