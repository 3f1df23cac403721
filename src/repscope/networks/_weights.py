"""Weights from a file: read without running anything, checked name by name.

A file is safetensors, or a state dict that `torch.load(weights_only=True)` can read. Wrappers that training scripts
put around a state dict are taken off, and what was taken off is said.
"""

import json
import pickle
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import torch
from torch import Tensor, nn

from repscope.core.errors import BadInput, Damaged, NotFound
from repscope.core.files import open_tensors, verify_tensors

RECORD = "training"
"""The key of a weights file's metadata under which `repscope train` writes what it did, as JSON."""

_WRAPPERS = ("state_dict", "model_state_dict", "model", "net")  # Lightning and timm, torch's tutorials, many scripts
_PREFIXES = ("module.", "_orig_mod.", "model.", "net.")  # DataParallel, torch.compile, Lightning's usual attributes
_SHOWN = 5


@final
@dataclass(frozen=True, eq=False)
class Weights:
    """What a weights file holds.

    Parameters
    ----------
    path : Path
        The file.
    tensors : mapping of str to tensor
        The state dict.
    record : mapping
        What `repscope train` wrote beside the tensors; empty for files of others.
    unwrapped : tuple of str
        The wrappers that were taken off.
    """

    path: Path
    tensors: Mapping[str, Tensor]
    record: Mapping[str, Any]
    unwrapped: tuple[str, ...] = ()


def read_weights(path: str | Path) -> Weights:
    """Read a weights file; nothing in it is executed.

    Parameters
    ----------
    path : str or Path
        Safetensors, or a state dict saved by `torch.save`.

    Raises
    ------
    NotFound
        If there is no such file.
    BadInput
        If it is a pickle with code in it, or no state dict.
    Damaged
        If it is truncated, or does not agree with its checksum.
    """
    path = Path(path)
    if not path.is_file():
        raise NotFound(
            f"there is no weights file {str(path)!r}; expected a safetensors file, a state dict, or 'random'"
        )
    with path.open("rb") as file:
        head = file.read(9)
    if head[8:9] == b"{" or path.suffix == ".safetensors":
        tensors, metadata = open_tensors(path)
        if metadata:  # one of ours, which carries a checksum
            verify_tensors(path, tensors, metadata)
        return Weights(path, tensors, json.loads(metadata.get(RECORD, "{}")))
    return _read_state_dict(path)


def _read_state_dict(path: Path) -> Weights:
    """The state dict of a file that `torch.save` wrote, without its wrappers."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about protocols it may not understand: then it fails, and that is said
            found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        with path.open("rb") as file:
            if not file.read(4).startswith((b"\x80", b"PK\x03\x04")):  # neither a pickle nor an archive with one
                raise _not_weights(path, "it begins like neither") from error
        wanted = re.search(r"GLOBAL ([\w.]+)", str(error))
        what = f"wants {wanted[1]}" if wanted else "is no list of tensors"
        raise BadInput(
            f"{path} was refused, and nothing in it was executed: it is a pickle that {what}, not a plain state dict; "
            "save module.state_dict() instead, best with safetensors.torch.save_file"
        ) from error
    except Exception as error:  # on what is no such file, torch.load raises almost anything
        raise _not_weights(path, str(error).partition("\n")[0] or type(error).__name__) from error
    unwrapped: list[str] = []
    while isinstance(found, Mapping) and (
        wrapper := next((w for w in _WRAPPERS if isinstance(found.get(w), Mapping)), "")
    ):
        found = found[wrapper]
        unwrapped.append(wrapper)
    if not isinstance(found, Mapping):
        raise BadInput(f"{path} holds a {type(found).__name__}; expected a state dict, tensors by name")
    strange = [f"{name!r} ({type(value).__name__})" for name, value in found.items() if not isinstance(value, Tensor)]
    if strange or not found:
        raise BadInput(
            f"{path} is no state dict: {_some(strange) if strange else 'it is empty'}; expected tensors by name, plain or under "
            + ", ".join(repr(w) for w in _WRAPPERS)
        )
    return Weights(path, dict(found), {}, tuple(unwrapped))


def _not_weights(path: Path, reason: str) -> Damaged:
    return Damaged(
        f"{path} cannot be read as safetensors or as a state dict ({reason}); it is truncated, damaged or of another kind"
    )


def put_weights(module: nn.Module, weights: Weights, who: str) -> dict[str, Any]:
    """Put the weights into the module, if every tensor has its place.

    Parameters
    ----------
    module : torch.nn.Module
        Changed in place.
    weights : Weights
        From `read_weights`.
    who : str
        The network's address, for messages.

    Returns
    -------
    dict
        For the network's settings: the file, and the wrappers and prefixes that were taken off.

    Raises
    ------
    BadInput
        Listing tensors that are missing, unexpected, mis-shaped or not finite.
    """
    wanted = module.state_dict()
    given, prefixes = _without_prefixes(weights.tensors, wanted)
    # batch norm counts its batches only to compute a running mean of another kind; old files do not have the count
    missing = [n for n in wanted if n not in given and not n.endswith("num_batches_tracked")]
    unexpected = [n for n in given if n not in wanted]
    shapes = [
        f"{n} is {_shape(given[n])} and should be {_shape(wanted[n])}"
        for n in given
        if n in wanted and given[n].shape != wanted[n].shape
    ]
    if missing or unexpected or shapes:
        only_shapes = shapes and not (missing or unexpected)
        hint = "; is the number of classes (classes=…) or of channels another one?" if only_shapes else ""
        raise BadInput(
            f"the weights in {weights.path} do not fit {who!r} ({len(wanted)} tensors): "
            + "; ".join(
                f"{len(names)} {what}: {_some(names)}"
                for what, names in (("missing", missing), ("unexpected", unexpected), ("mis-shaped", shapes))
                if names
            )
            + hint
        )
    broken = [n for n, t in given.items() if t.is_floating_point() and not bool(torch.isfinite(t).all())]
    if broken:
        raise BadInput(
            f"the weights in {weights.path} hold NaN or infinite values in {len(broken)} tensors: {_some(broken)}"
        )
    module.load_state_dict({**wanted, **given})
    taken_off = [*weights.unwrapped, *prefixes]
    return {"weights": str(weights.path), **({"unwrapped": taken_off} if taken_off else {})}


def _without_prefixes(given: Mapping[str, Tensor], wanted: Iterable[str]) -> tuple[dict[str, Tensor], list[str]]:
    """Take off prefixes that all names bear and none of the wanted ones needs."""
    given, known, taken_off = dict(given), set(wanted), []
    while not known & set(given):
        prefix = next((p for p in _PREFIXES if all(name.startswith(p) for name in given)), "")
        if not prefix:
            break
        given = {name.removeprefix(prefix): tensor for name, tensor in given.items()}
        taken_off.append(prefix)
    return given, taken_off


def _shape(tensor: Tensor) -> str:
    return "×".join(str(s) for s in tensor.shape) or "a single number"


def _some(names: list[str]) -> str:
    """The first few of a list."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
