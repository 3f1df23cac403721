"""Names for contents: the same bytes have the same digest, on every machine and in every year."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import torch


def digest(parts: Iterable[bytes | memoryview]) -> str:
    """BLAKE2b of the parts, each preceded by its length, as 32 hexadecimal digits.

    >>> digest([b"ab", b"c"]) == digest([b"a", b"bc"])
    False
    """
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        view = memoryview(part)
        state.update(view.nbytes.to_bytes(8, "little"))
        state.update(view)
    return state.hexdigest()


def digest_json(value: Any) -> str:
    """Digest of anything that JSON can hold, whatever the order of its keys.

    >>> digest_json({"a": 1, "b": 2}) == digest_json({"b": 2, "a": 1})
    True
    """
    return digest([json.dumps(value, sort_keys=True, separators=(",", ":")).encode()])


def digest_arrays(arrays: Mapping[str, "np.ndarray[Any, Any]"]) -> str:
    """Digest of named arrays: names, types, shapes and bytes."""
    import numpy as np

    parts: list[bytes | memoryview] = []
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        parts.append(f"{name}:{array.dtype.str}:{array.shape}".encode())
        parts.append(array.reshape(-1).view(np.uint8).data)
    return digest(parts)


def digest_weights(module: "torch.nn.Module") -> str:
    """Digest of all parameters and buffers of a module, wherever they lie."""
    import torch

    parts: list[bytes | memoryview] = []
    for name, tensor in sorted(module.state_dict().items()):
        if not isinstance(tensor, torch.Tensor):
            continue
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        parts.append(f"{name}:{tensor.dtype}:{tuple(tensor.shape)}".encode())
        parts.append(flat.view(torch.uint8).numpy().data if flat.numel() else b"")
    return digest(parts)
