"""Attention: blocks that weigh a feature map by what they see of it, and where a residual network has them.

    _kind        the contract of a kind of attention, and the look-up by name
    _plan        which kind at which place of which stages, with its windows: from settings to blocks
    _reduction   the inner channels of a block
    stac         STAC: attends to the map condensed by windows
    se           squeeze-and-excitation: attends to the whole map's mean
    bam          BAM: channels and places apart, joined
    none         no attention

A new kind is one new file; nothing else is edited. Blocks take the number of channels first, as timm's attention layers do, and can
stand in its networks. TorchScript reads the annotations of their `forward`, which say no more than Tensor for that reason: all take and give
(batch, c, h, w).
"""

import importlib
from typing import TYPE_CHECKING, Any

from repscope.networks.attention._kind import ATTENTION, AttentionKind
from repscope.networks.attention._plan import PLACEMENTS, AttentionPlan

if TYPE_CHECKING:
    from repscope.networks.attention.bam import BAM as BAM
    from repscope.networks.attention.se import SqueezeExcitation as SqueezeExcitation
    from repscope.networks.attention.stac import STAC as STAC

__all__ = ["ATTENTION", "BAM", "PLACEMENTS", "STAC", "AttentionKind", "AttentionPlan", "SqueezeExcitation"]

_BLOCKS = {"BAM": "bam", "STAC": "stac", "SqueezeExcitation": "se"}


def __getattr__(name: str) -> Any:
    # the blocks need torch, which listing the kinds must not
    if name in _BLOCKS:
        return getattr(importlib.import_module(f"repscope.networks.attention.{_BLOCKS[name]}"), name)
    raise AttributeError(
        f"module 'repscope.networks.attention' has no attribute {name!r}; public names: {', '.join(__all__)}"
    )
