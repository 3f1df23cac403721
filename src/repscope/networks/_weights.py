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

from repscope.core.errors import BadInput, Damaged, NotFound, nearest
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
    passed_over : tuple of str
        Other weights of the same network in the file, such as averaged ones, by their keys.
    """

    path: Path
    tensors: Mapping[str, Tensor]
    record: Mapping[str, Any]
    unwrapped: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()


def read_weights(path: str | Path) -> Weights:
    """Read a weights file; nothing in it is executed.

    Parameters
    ----------
    path : str or Path
        Safetensors, or a state dict saved by `torch.save`; FILE:KEY chooses one of several state dicts in a file, such as
        ``checkpoint.pth:model_ema``, with dots for keys within keys.

    Raises
    ------
    NotFound
        If there is no such file, or no such key in it.
    BadInput
        If it is a pickle with code in it, or no state dict; if there are several, and none has a usual name.
    Damaged
        If it is truncated, or does not agree with its checksum.
    """
    path, key = _file_and_key(path)
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
        if key:
            raise NotFound(f"{path} is a safetensors file, which has no keys such as {key!r}; leave ':{key}' out")
        return Weights(path, tensors, json.loads(metadata.get(RECORD, "{}")))
    return _read_state_dict(path, key)


def _file_and_key(given: str | Path) -> tuple[Path, str]:
    """FILE and KEY of FILE:KEY; a file that is called so as a whole has no key."""
    file, colon, key = str(given).rpartition(":")
    return (Path(file), key) if colon and not Path(given).exists() and Path(file).is_file() else (Path(given), "")


def _read_state_dict(path: Path, key: str) -> Weights:
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
    if not isinstance(found, Mapping):
        raise BadInput(f"{path} holds a {type(found).__name__}; expected a state dict, tensors by name")
    dicts = _state_dicts(found)
    chosen = _choose(path, found, dicts, key)
    tensors = dicts[chosen]
    names = {_ending(name) for name in tensors}
    others = tuple(k for k, other in dicts.items() if k != chosen and names <= {_ending(name) for name in other})
    return Weights(path, tensors, {}, tuple(chosen.split(".")) if chosen else (), others)


def _state_dicts(found: Mapping[Any, Any], key: str = "", depth: int = 3) -> dict[str, dict[str, Tensor]]:
    """All state dicts in what a file holds, by their keys, those of optimizers left out."""
    tensors = {str(name): value for name, value in found.items() if isinstance(value, Tensor)}
    inner = {
        str(name): value
        for name, value in found.items()
        if isinstance(value, Mapping) and not str(name).startswith(("optim", "lr_sched", "sched", "scaler"))
    }
    plain = all(isinstance(value, Tensor | int | float | str | bool | type(None)) for value in found.values())
    dicts = {key: tensors} if tensors and (plain or (not key and not inner)) else {}
    if depth and not dicts:
        for name, value in inner.items():
            dicts |= _state_dicts(value, f"{key}.{name}" if key else name, depth - 1)
    return dicts


def _choose(path: Path, found: Mapping[Any, Any], dicts: Mapping[str, Mapping[str, Tensor]], key: str) -> str:
    """The key of the state dict that is meant."""
    strange = [f"{name!r} ({type(value).__name__})" for name, value in found.items() if not isinstance(value, Tensor)]
    if key:
        if key not in dicts:
            raise NotFound(f"{path} has no state dict {key!r}; {nearest(key, [k for k in dicts if k])}")
        return key
    if not dicts or ("" in dicts and strange):
        raise BadInput(
            f"{path} is no state dict: {_some(strange) if strange else 'it is empty'}; expected tensors by name, plain or under "
            + ", ".join(repr(w) for w in _WRAPPERS)
        )
    usual = [k for w in _WRAPPERS for k in dicts if k == w or (k.startswith(f"{w}.") and k.split(".")[-1] in _WRAPPERS)]
    if usual or len(dicts) == 1:
        return (usual or list(dicts))[0]
    raise BadInput(
        f"{path} holds {len(dicts)} state dicts ({', '.join(dicts)}); say which: --weights {path}:{next(iter(dicts))}"
    )


def _ending(name: str) -> str:
    """A tensor's name without the prefixes that wrappers give."""
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


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
    given, prefix, beside = _without_prefix(weights.tensors, wanted)
    broken = [n for n, t in given.items() if t.is_floating_point() and not bool(torch.isfinite(t).all())]
    if broken:
        raise BadInput(
            f"the weights in {weights.path} hold NaN or infinite values in {len(broken)} tensors: {_some(broken)}"
        )
    shapes = [
        f"{n} is {_shape(given[n])} and should be {_shape(wanted[n])}"
        for n in given
        if n in wanted and given[n].shape != wanted[n].shape
    ]
    before = {name: tensor.clone() for name, tensor in wanted.items() if isinstance(tensor, Tensor)}
    fitting = {
        name: tensor for name, tensor in given.items() if not (name in wanted and tensor.shape != wanted[name].shape)
    }
    missing, unexpected = _load(module, fitting)
    # batch norm counts its batches only to compute a running mean of another kind; old files do not have the count
    tied = _names_by_memory(wanted)
    mis_shaped = set(given) - set(fitting)
    missing = [
        name
        for name in missing
        if name not in mis_shaped
        and not name.endswith("num_batches_tracked")
        and not any(other in fitting for other in tied.get(name, ()))
    ]
    if missing or unexpected or shapes:
        module.load_state_dict(before, strict=False)
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
    _say_choice(weights, who)
    taken_off = [*weights.unwrapped, *re.findall(r"[^.]*\.", prefix)]
    return {
        "weights": str(weights.path),
        **({"unwrapped": taken_off} if taken_off else {}),
        **({"passed_over": list(weights.passed_over)} if weights.passed_over else {}),
        **({"unused": beside} if beside else {}),
    }


def _load(module: nn.Module, given: Mapping[str, Tensor]) -> tuple[list[str], list[str]]:
    """Load what fits as torch does, which knows of old forms of weight norm and of frozen batch norms; what is missing, what is left."""
    try:
        answer = module.load_state_dict(dict(given), strict=False)
    except RuntimeError as error:  # a module's own way of loading
        return [], [" ".join(str(error).split())[:200]]
    return list(answer.missing_keys), list(answer.unexpected_keys)


def _names_by_memory(tensors: Mapping[str, Any]) -> dict[str, list[str]]:
    """For each tensor the names of others that are the same numbers in memory: tied weights, of which files may keep one."""
    places: dict[Any, list[str]] = {}
    for name, tensor in tensors.items():
        if isinstance(tensor, Tensor) and tensor.numel():
            places.setdefault((tensor.data_ptr(), tuple(tensor.shape), tensor.stride()), []).append(name)
    return {name: [n for n in names if n != name] for names in places.values() for name in names}


def _say_choice(weights: Weights, who: str) -> None:
    """Say which of several weights were taken."""
    if not weights.passed_over:
        return
    taken = ".".join(weights.unwrapped) or "the tensors at the top"
    warnings.warn(
        f"{weights.path} holds more than one set of weights for {who!r}: {taken!r} was taken, and {', '.join(weights.passed_over)} "
        f"was not; choose with --weights {weights.path}:{weights.passed_over[0]}",
        stacklevel=3,
    )


def _without_prefix(given: Mapping[str, Tensor], wanted: Iterable[str]) -> tuple[dict[str, Tensor], str, list[str]]:
    """What a wrapper holds of the module, the prefix of its names, and the tensors beside it, which are none of the module's.

    Averages, compilers and training frameworks hold a module under a name of their own, beside a counter or a criterion.
    """
    names = [name for name in wanted if not name.endswith("num_batches_tracked")]
    if not names or any(name in given for name in names):
        return dict(given), "", []
    endings = {name.removesuffix(known) for known in names for name in given if name.endswith(f".{known}")}
    counts = {prefix: sum(prefix + name in given for name in names) for prefix in endings}
    best = max(sorted(counts, key=len), key=lambda prefix: counts[prefix], default="")
    if not best:
        return dict(given), "", []
    inside = {name.removeprefix(best): tensor for name, tensor in given.items() if name.startswith(best)}
    return inside, best, sorted(name for name in given if not name.startswith(best))


def _shape(tensor: Tensor) -> str:
    return "×".join(str(s) for s in tensor.shape) or "a single number"


def _some(names: list[str]) -> str:
    """The first few of a list."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
