"""The state of a training between two epochs: all that decides how it goes on, in one file without code.

Beside NAME.safetensors lies NAME.state.safetensors while the training is not complete: weights, buffers, momentum, the centres of a
centre loss, the states of the random generators, the log, and what the training was begun with.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, final

import torch
from torch import Tensor, nn

from repscope._version import __version__
from repscope.core.errors import Damaged, Mismatch
from repscope.core.files import read_tensors, write_tensors
from repscope.core.sameness import differences
from repscope.data import DataSet
from repscope.networks import Network
from repscope.training._losses import Criterion
from repscope.training._recipe import Recipe
from repscope.training._result import Epoch

SUFFIX = ".state.safetensors"
_KEY = "training state"


def state_path(out: str | Path) -> Path:
    """Where the state of the training lies that will write the weights file `out`.

    >>> state_path("runs/mine.safetensors").name
    'mine.state.safetensors'
    """
    return Path(out).with_suffix(SUFFIX)


@final
@dataclass(frozen=True, eq=False)
class Running:
    """The parts of a training that change while it runs.

    Attributes
    ----------
    network : Network
        Its weights and buffers.
    optimiser : torch.optim.Optimizer
        With its momentum.
    generator : torch.Generator
        Of the order of the images and their augmentation.
    measured : Criterion
        The loss, with what it learns itself.
    device : str
        Whose own generator is kept beside the CPU's.
    """

    network: Network
    optimiser: torch.optim.Optimizer
    generator: torch.Generator
    measured: Criterion
    device: str

    def tensors(self) -> dict[str, Tensor]:
        """All of it, by name."""
        found = {f"module.{name}": tensor.clone() for name, tensor in self._weights().items()}
        for i, parameter in enumerate(self._parameters()):
            momentum = self.optimiser.state[parameter].get("momentum_buffer")
            if momentum is not None:
                found[f"momentum.{i}"] = momentum
        found |= {f"loss.{name}": tensor for name, tensor in self.measured.loss.state().items()}
        found["random.order"] = self.generator.get_state()
        found["random.cpu"] = torch.get_rng_state()
        if self.device.startswith("cuda"):
            found["random.cuda"] = torch.cuda.get_rng_state(self.device)
        return found

    @torch.no_grad()
    def restore(self, found: Mapping[str, Tensor]) -> None:
        """Put it back."""
        for name, tensor in self._weights().items():
            tensor.copy_(found[f"module.{name}"])
        for i, parameter in enumerate(self._parameters()):
            if f"momentum.{i}" in found:  # laid out in memory as the optimiser would: as the parameter is
                self.optimiser.state[parameter]["momentum_buffer"] = torch.empty_like(parameter).copy_(
                    found[f"momentum.{i}"]
                )
        for name, tensor in self.measured.loss.state().items():
            tensor.copy_(found[f"loss.{name}"])
        self.generator.set_state(found["random.order"])
        torch.set_rng_state(found["random.cpu"])
        if self.device.startswith("cuda"):
            torch.cuda.set_rng_state(found["random.cuda"], self.device)

    def _weights(self) -> dict[str, Tensor]:
        """Parameters and all buffers, by all their names; those buffers too that a state dict leaves out."""
        module = self.network.module
        parameters = module.named_parameters(remove_duplicate=False)
        return {**dict(parameters), **dict(module.named_buffers(remove_duplicate=False))}

    def _parameters(self) -> list[nn.Parameter]:
        return [parameter for group in self.optimiser.param_groups for parameter in group["params"]]


def settings_of(
    network: Network, data: DataSet, recipe: Recipe, device: str, processes: int, checkpoints: tuple[int, ...]
) -> dict[str, Any]:
    """Everything that decides what comes of a training, as JSON."""
    settings = {
        "recipe": recipe.describe(),
        "network": network.describe(),
        "data": data.describe(),
        "checkpoints": list(checkpoints),
        "device": device.partition(":")[0],
        "processes": processes,
        "versions": {"torch": version("torch"), "repscope": __version__},
    }
    plain: dict[str, Any] = json.loads(json.dumps(settings, default=str))
    return plain


def write_state(out: str | Path, settings: Mapping[str, Any], history: list[Epoch], running: Running) -> None:
    """Write the state whole, or leave the one before."""
    text = json.dumps({"settings": settings, "history": [asdict(epoch) for epoch in history]}, sort_keys=True)
    write_tensors(state_path(out), running.tensors(), {_KEY: text})


def resume(out: str | Path, settings: Mapping[str, Any], running: Running) -> list[Epoch]:
    """Put the state that an interrupted training left in its place; the epochs that are done, none if there is no state.

    Raises
    ------
    Damaged
        If the file is not the state of a training, or not whole.
    Mismatch
        If the training was begun with other settings, with a list of them.
    """
    path = state_path(out)
    if not path.exists():
        return []
    tensors, metadata = read_tensors(path)
    if _KEY not in metadata:
        raise Damaged(f"{path} is not the state of a training; expected one that 'repscope train' left, move it away")
    there = json.loads(metadata[_KEY])
    found = differences(there["settings"], dict(settings))
    if found:
        shown = "; ".join(found[:6]) + (f"; and {len(found) - 6} more" if len(found) > 6 else "")
        done = there["history"][-1]["epoch"]
        raise Mismatch(
            f"{path} is the state, after epoch {done}, of a training that was begun with other settings ({shown}); go on with those, give "
            "another file to write, or begin anew with --fresh (fresh=True)"
        )
    running.restore(tensors)
    return [Epoch(**epoch) for epoch in there["history"]]


def forget(out: str | Path) -> None:
    """Remove the state, and what a process that was killed while it wrote one has left."""
    path = state_path(out)
    path.unlink(missing_ok=True)
    for part in path.parent.glob(f".{path.name}.*.part"):
        part.unlink(missing_ok=True)
