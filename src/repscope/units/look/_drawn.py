"""Attributions as pictures."""

import numpy as np
from jaxtyping import Float, UInt8


def drawn_map(attribution: Float[np.ndarray, "c h w"]) -> UInt8[np.ndarray, "h w 3"]:
    """An attribution as a picture: its length over channels from white to dark blue; signed ones of one channel, blue against it.

    The darkest hundredth of the pixels is drawn alike, so that a single one does not bleach the rest.

    Examples
    --------
    >>> int(drawn_map(np.zeros((3, 4, 4), np.float32)).min())
    255
    """
    signed = len(attribution) == 1 or bool((attribution == attribution[:1]).all())
    values = attribution[0] if signed else np.sqrt(np.square(attribution.astype(np.float64)).sum(0))
    scale = float(np.quantile(np.abs(values), 0.99)) or float(np.abs(values).max()) or 1.0
    share = np.clip(values / scale, -1, 1)[..., None]
    for_it, against = np.array([10, 50, 120]), np.array([180, 70, 20])
    made = 255 - np.abs(share) * (255 - np.where(share >= 0, for_it, against))
    picture: UInt8[np.ndarray, "h w 3"] = np.rint(made).astype(np.uint8)
    return picture
