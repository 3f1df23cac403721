"""Which kind of attention a residual network has, at which place of its blocks, in which stages, with which windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from repscope.core.errors import BadInput, nearest
from repscope.networks.attention._kind import ATTENTION

if TYPE_CHECKING:
    from torch import nn

PLACEMENTS = ("standard", "post")
"""On the residual branch before the sum; after the sum, before its ReLU."""

OPTIONS = ("window", "kernels", "reduction", "dilation")
SETTINGS = ("attention", "placement", "stages", *OPTIONS)
"""Of a network's source that make a plan."""


@final
@dataclass(frozen=True)
class AttentionPlan:
    """Attention of a residual network.

    Parameters
    ----------
    kind : str
        One of `ATTENTION`.
    placement : {"standard", "post"}
        On the residual branch before the sum, or after the sum, before its ReLU.
    stages : tuple of int
        Which stages have it, counted from 1.
    options : mapping
        Of the kind's block, the window apart.
    windows : mapping of int to int or "global"
        By stage, for kinds that have windows.
    """

    kind: str = "none"
    placement: str = "standard"
    stages: tuple[int, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    windows: Mapping[int, int | str] = field(default_factory=dict)

    def block(self, stage: int, channels: int) -> "nn.Module | None":
        """The attention of one block of that stage, if it has any."""
        if stage not in self.stages:
            return None
        window = {"window": self.windows[stage]} if stage in self.windows else {}
        return ATTENTION[self.kind].block(channels, **self.options, **window)


def attention_plan(settings: Mapping[str, Any], maps: Sequence[tuple[int, int]], who: str) -> AttentionPlan:
    """The plan that the settings of a network ask for.

    Parameters
    ----------
    settings : mapping
        Those of `SETTINGS` that were given; others are not looked at.
    maps : sequence of (height, width)
        Of each stage's feature maps.
    who : str
        The network, for the messages.

    Examples
    --------
    >>> plan = attention_plan({"attention": "stac", "window": [8, 4, "global"]}, [(32, 32), (16, 16), (8, 8)], "mine")
    >>> plan.stages, dict(plan.windows)
    ((1, 2, 3), {1: 8, 2: 4, 3: 'global'})

    Raises
    ------
    BadInput
        If there is no such kind, placement or stage, the kind does not have an option, or a window does not divide its map.
    """
    given = {name: _plain(settings[name]) for name in SETTINGS if name in settings}
    name = given.pop("attention", "none")
    if name not in ATTENTION:
        raise BadInput(f"the network {who!r} was given attention={name!r}; {nearest(str(name), ATTENTION.names())}")
    kind = ATTENTION[name]
    unread = [n for n in given if n in OPTIONS and n not in kind.options]
    if name == "none":
        unread = list(given)
    if unread:
        has = ", ".join(kind.options) or "none"
        raise BadInput(
            f"the network {who!r} was given {unread[0]}={given[unread[0]]!r}, which attention={name!r} does not have; its options: {has}"
        )
    placement = given.get("placement", "standard")
    if placement not in PLACEMENTS:
        raise BadInput(
            f"the network {who!r} was given placement={placement!r}; expected {' or '.join(map(repr, PLACEMENTS))}"
        )
    stages = _stages(given.get("stages"), len(maps), who) if name != "none" else ()
    options = {**kind.options, **{n: given[n] for n in OPTIONS if n in given}}
    windows: dict[int, int | str] = {}
    if "window" in options:
        windows = _windows(options.pop("window"), stages, maps, who)
    return AttentionPlan(name, placement, stages, options, windows)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _stages(given: Any, count: int, who: str) -> tuple[int, ...]:
    stages = tuple(range(1, count + 1)) if given is None else given if isinstance(given, tuple) else (given,)
    there = [s for s in stages if isinstance(s, int) and not isinstance(s, bool) and 1 <= s <= count]
    if not stages or len(set(there)) < len(stages):
        raise BadInput(
            f"the network {who!r} was given stages={given!r}; expected some of its {count}, counted from 1, each once"
        )
    return stages


def _windows(given: Any, stages: Sequence[int], maps: Sequence[tuple[int, int]], who: str) -> dict[int, int | str]:
    """One per stage, from one for all or one for each."""
    windows = given if isinstance(given, tuple) else (given,) * len(stages)
    if len(windows) != len(stages):
        raise BadInput(
            f"the network {who!r} was given {len(windows)} windows for attention in {len(stages)} stages; "
            "expected one, or one for each of these stages"
        )
    for stage, window in zip(stages, windows, strict=True):
        if window == "global":
            continue
        if isinstance(window, bool) or not isinstance(window, int) or window < 1:
            raise BadInput(f"the network {who!r} was given the window {window!r}; expected pixels, or 'global'")
        height, width = maps[stage - 1]
        if height % min(window, height) or width % min(window, width):
            fitting = [s for s in range(1, max(height, width) + 1) if not height % s and not width % s]
            raise BadInput(
                f"the network {who!r} was given the window {window} for stage {stage}, whose maps of {height} x {width} pixels it does "
                f"not divide; windows that do: {', '.join(map(str, fitting))}, 'global'"
            )
    return dict(zip(stages, windows, strict=True))
