"""Frames as a GIF."""

from collections.abc import Iterable
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from repscope.core.errors import BadInput
from repscope.core.files import replacing
from repscope.units._appearance import Appearance


def write_animation(
    frames: Iterable[Float[Tensor, "1 c h w"]], path: str | Path, looks: Appearance, seconds: float = 0.1
) -> Path:
    """Write frames, such as those of `zoomed`, as a GIF that begins again at its end.

    Parameters
    ----------
    frames : iterable of (1, channels, height, width) tensors
        As the network takes them; drawn one after the other.
    path : path
        Ends in .gif.
    looks : Appearance
        What black and white are to the network.
    seconds : float
        From frame to frame.

    Raises
    ------
    BadInput
        If the name has another ending, there are no frames, one holds several images, or the time is not above zero.

    Examples
    --------
    >>> import tempfile
    >>> import torch
    >>> looks = Appearance(torch.zeros(3, 1, 1), torch.ones(3, 1, 1))
    >>> write_animation(torch.rand(4, 1, 3, 8, 8), f"{tempfile.mkdtemp()}/dream.gif", looks).name
    'dream.gif'
    """
    from PIL import Image

    target = Path(path)
    if target.suffix.lower() != ".gif" or not seconds > 0:
        raise BadInput(
            f"path = {str(path)!r}, seconds = {seconds}; expected a name that ends in .gif, a time above zero"
        )
    pictures = []
    for frame in frames:
        if frame.ndim != 4 or len(frame) != 1:
            raise BadInput(f"a frame of shape {tuple(frame.shape)} came; expected (1, channels, height, width)")
        pictures.append(Image.fromarray(looks.pictures(frame)[0]))
    if not pictures:
        raise BadInput("no frames came; expected one or more")
    with replacing(target) as temporary:
        pictures[0].save(
            temporary, "GIF", save_all=True, append_images=pictures[1:], duration=round(1000 * seconds), loop=0
        )
    return target
