"""Scales: a layer's feature maps pooled over windows of the image, in the same forward pass.

    stage1.1             as it is
    stage1.1@average2    the mean of every 2 × 2 window
    stage1.1@maxglobal   the maximum over the whole map

Channels are never pooled. A layer without spatial extent has one scale only, and a window that covers the map is the
global one: what would be the same numbers is stored once, and found under both scales.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, final

from jaxtyping import Float

from repscope.core.errors import BadInput, nearest

if TYPE_CHECKING:
    import torch

Scale: TypeAlias = int | str
"""Side of a window, or "global"; 1 is no pooling."""

GLOBAL = "global"
KINDS = ("average", "max")
MARK = "@"


@final
@dataclass(frozen=True)
class Pooling:
    """What is done to a layer's feature maps.

    Attributes
    ----------
    kind : {"average", "max"}
    scale : int or "global"
        Side of the windows, which do not overlap; those at the border may hold less.
    axes : (int, int)
        Height and width among the axes of one image's output.

    Examples
    --------
    >>> import torch
    >>> Maps(torch.arange(9.0).reshape(1, 1, 3, 3)).pooled(Pooling("average", 2, (1, 2))).flatten().tolist()
    [2.0, 3.5, 6.5, 8.0]
    """

    kind: str
    scale: Scale
    axes: tuple[int, int]

    @property
    def suffix(self) -> str:
        """What a layer's name ends in."""
        return f"{MARK}{self.kind}{self.scale}"

    def windows(self, shape: Sequence[int]) -> tuple[int, int]:
        """Height and width of the windows in a map."""
        height, width = (shape[axis] for axis in self.axes)
        side = max(height, width) if self.scale == GLOBAL else int(self.scale)
        return min(side, height), min(side, width)

    def shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """That of the pooled output for one image.

        >>> Pooling("max", 2, (1, 2)).shape((16, 5, 8))
        (16, 3, 4)
        """
        sides = dict(zip(self.axes, self.windows(shape), strict=True))
        return tuple(-(-side // sides[axis]) if axis in sides else side for axis, side in enumerate(shape))


@final
class Maps:
    """The outputs of a layer for a batch, pooled in as many ways as are wanted: what these have in common is done once.

    Halving sides again and again takes a tenth of the time of torch's pooling, which is not written for the
    processor's vectors, and windows of 8 begin where those of 4 end; of windows that do not halve, torch's pooling does
    the rest. The way depends on the shapes alone, and so do the bits.

    Examples
    --------
    >>> import torch
    >>> maps = Maps(torch.arange(16.0).reshape(1, 1, 4, 4))
    >>> [maps.pooled(Pooling("average", scale, (1, 2))).flatten().tolist() for scale in (2, GLOBAL)]
    [[2.5, 4.5, 10.5, 12.5], [7.5]]
    """

    def __init__(self, outputs: "torch.Tensor") -> None:
        self.outputs = outputs
        self._halved: dict[tuple[str, tuple[int, int]], list[torch.Tensor]] = {}

    def pooled(self, pooling: Pooling) -> "torch.Tensor":
        """The outputs, pooled, in float32."""
        import torch

        windows, kind = pooling.windows(self.outputs.shape[1:]), pooling.kind
        last = pooling.axes == (0, 1)
        levels = self._halved.setdefault((kind, pooling.axes), [])
        if not levels:
            levels.append((self.outputs.permute(0, 3, 1, 2) if last else self.outputs).float())
        depth = 0
        while all(side % 2 == 0 for side in (*windows, *levels[depth].shape[2:])):
            depth += 1
            if depth == len(levels):
                levels.append(_halved(levels[-1], kind))
            windows = (windows[0] // 2, windows[1] // 2)
        maps = levels[depth]
        if windows == tuple(maps.shape[2:]):
            maps = maps.amax(dim=(2, 3), keepdim=True) if kind == "max" else maps.mean(dim=(2, 3), keepdim=True)
        elif windows != (1, 1):
            pool = torch.nn.functional
            maps = (
                pool.max_pool2d(maps, windows, ceil_mode=True)
                if kind == "max"
                else pool.avg_pool2d(maps, windows, ceil_mode=True, count_include_pad=False)
            )
        return maps.permute(0, 2, 3, 1) if last else maps


def _halved(
    maps: "Float[torch.Tensor, 'n c height width']", kind: str
) -> "Float[torch.Tensor, 'n c height/2 width/2']":
    """Maxima or means of windows of 2 × 2."""
    import torch

    if kind == "max":
        rows = torch.maximum(maps[:, :, 0::2], maps[:, :, 1::2])
        return torch.maximum(rows[..., 0::2], rows[..., 1::2])
    rows = maps[:, :, 0::2] + maps[:, :, 1::2]
    return (rows[..., 0::2] + rows[..., 1::2]).mul_(0.25)


def spatial_axes(shape: Sequence[int], image: Sequence[int]) -> tuple[int, int] | None:
    """Which axes of one image's output are height and width: None where it has no spatial extent.

    Maps have three axes, channels first (most networks) or last (some transformers); height and width are the two in
    the image's proportions, first ones of a tie being channels first. One pixel has no extent.

    Parameters
    ----------
    shape : sequence of int
        Of one image's output.
    image : (3, height, width)
        Shape of one image.

    Examples
    --------
    >>> spatial_axes((64, 8, 8), (3, 32, 32)), spatial_axes((7, 7, 768), (3, 224, 224)), spatial_axes((197, 768), (3, 224, 224))
    ((1, 2), (0, 1), None)
    """
    if len(shape) != 3:
        return None
    for axes in ((1, 2), (0, 1)):
        height, width = (shape[axis] for axis in axes)
        # sides are rounded once for every layer that strides: allow each one pixel
        if abs(height * image[2] - width * image[1]) <= max(image[1:]):
            return axes if height * width > 1 else None
    return None


def pooling_of(shape: Sequence[int], image: Sequence[int], scale: Scale, kind: str) -> Pooling | None:
    """How a layer of this shape is pooled at a scale; None where it stays as it is.

    >>> pooling_of((64, 8, 8), (3, 32, 32), 8, "max")
    Pooling(kind='max', scale='global', axes=(1, 2))
    >>> pooling_of((64,), (3, 32, 32), 8, "max") is None
    True
    """
    axes = spatial_axes(shape, image)
    if scale == 1 or axes is None:
        return None
    covers = scale == GLOBAL or int(scale) >= max(shape[axis] for axis in axes)
    return Pooling(kind, GLOBAL if covers else scale, axes)


def checked_scales(scales: Sequence[Scale]) -> tuple[Scale, ...]:
    """Scales in the order given, each once, 1 always among them.

    Raises
    ------
    BadInput
        If one is neither a whole number above zero nor "global".

    Examples
    --------
    >>> checked_scales([2, "4", "global"])
    (1, 2, 4, 'global')
    """
    found: list[Scale] = [1]
    for scale in scales:
        text = str(scale)
        if text != GLOBAL and not (text.isdecimal() and int(text) > 0):
            raise BadInput(f"{scale!r} is not a scale; expected the side of a window, 1, 2, 4 …, or {GLOBAL!r}")
        found.append(GLOBAL if text == GLOBAL else int(text))
    return tuple(dict.fromkeys(found))


def checked_kinds(kinds: Sequence[str] | str) -> tuple[str, ...]:
    """Kinds of pooling, each once.

    Raises
    ------
    BadInput
        If one is unknown, or there are none.
    """
    given = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    for kind in given:
        if kind not in KINDS:
            raise BadInput(f"there is no pooling {kind!r}; {nearest(kind, KINDS)}")
    if not given:
        raise BadInput("no kind of pooling was given; expected 'average', 'max' or both")
    return tuple(dict.fromkeys(given))
