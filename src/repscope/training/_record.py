"""What is written while training and after it: the log, the weights, and the record of how they came to be."""

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from repscope._version import __version__
from repscope.core.files import write_json, write_tensors
from repscope.data import DataSet
from repscope.networks import Network
from repscope.networks.repscope import DESIGN
from repscope.training._recipe import Recipe
from repscope.training._result import Epoch, Training


def record_of(done: Training, network: Network, data: DataSet, recipe: Recipe, command: str) -> dict[str, Any]:
    """What has to be known to train the network again, and what came of it; no dates, no machine."""
    channels, height, width = network.input_shape
    preprocess = network.settings.get("preprocess", {})
    versions = {name: version(name) for name in ("torch", "torchvision", "numpy", "safetensors")}
    return {
        "command": command,
        "network": {
            "name": network.name,
            "classes": network.settings.get("classes", len(data.class_names)),
            "channels": channels,
            "size": [height, width],
            **{name: preprocess[name] for name in ("mean", "std") if name in preprocess},
            **{name: network.settings[name] for name in DESIGN if name in network.settings},
            "class_names": list(done.network.class_names),
        },
        "data": data.describe(),
        "recipe": recipe.describe(),
        "accuracies": dict(done.accuracies),
        "history": [asdict(epoch) for epoch in done.history],
        "versions": {"repscope": __version__, "python": platform.python_version(), **versions},
    }


def append_log(out: str | Path | None, history: list[Epoch]) -> None:
    """One JSON line per epoch, as it ends; a new training begins a new log."""
    if out is None:
        return
    path = Path(out).with_suffix(".jsonl")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w" if len(history) == 1 else "a", encoding="utf8") as file:
        file.write(json.dumps(asdict(history[-1])) + "\n")


def save(path: Path, done: Training, record: Mapping[str, Any]) -> None:
    """Weights with the record in their header, and the record beside them."""
    from repscope.networks._weights import RECORD

    tensors = {name: tensor.clone() for name, tensor in done.network.module.state_dict().items()}
    write_tensors(path, tensors, {RECORD: json.dumps(record, sort_keys=True)})
    write_json(path.with_suffix(".json"), record)
