"""Integer arrays as text: two bytes each, deflated, base64; the browser inflates them."""

import base64
import zlib
from typing import Any

import numpy as np
from jaxtyping import Int

from repscope.core.errors import BadInput


def pack_uint16(values: Int[np.ndarray, "..."]) -> dict[str, Any]:
    """Shape, and the values in order as little-endian 16-bit numbers, deflated (zlib) and base64.

    Raises
    ------
    BadInput
        If a value does not fit 16 bits.

    Examples
    --------
    >>> packed = pack_uint16(np.arange(6).reshape(2, 3))
    >>> packed["shape"], unpack_uint16(packed).tolist()
    ([2, 3], [[0, 1, 2], [3, 4, 5]])
    """
    if values.size and not (values.min() >= 0 and values.max() < 2**16):
        raise BadInput(
            f"cannot pack values from {values.min()} to {values.max()} into 16 bits; expected 0 to {2**16 - 1}"
        )
    data = zlib.compress(np.ascontiguousarray(values, dtype="<u2").tobytes(), 9)
    return {"shape": list(values.shape), "deflated": base64.b64encode(data).decode()}


def unpack_uint16(packed: dict[str, Any]) -> Int[np.ndarray, "..."]:
    """What `pack_uint16` packed."""
    raw = zlib.decompress(base64.b64decode(packed["deflated"]))
    return np.frombuffer(raw, dtype="<u2").reshape(packed["shape"]).astype(np.int64)
