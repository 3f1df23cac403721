"""Designs of a residual network that are compared: attention of every kind and place, deeper, wider; and the parts of STAC."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from repscope.activations import Scale
from repscope.core.errors import BadInput, nearest
from repscope.networks._resnet import PLANS

BASE = "base"
COMPARISONS = ("attention", "kernels", "stages", "windows")
"""All kinds of attention beside deeper and wider networks; and of STAC in the standard place its kernels, stages, windows."""

Designs = dict[str, dict[str, Any]]


def designs(comparison: str, network: str, windows: Sequence[Scale], tried: Sequence[Scale]) -> Designs:
    """Names and network settings of what is compared, the base first.

    Parameters
    ----------
    comparison : str
        One of `COMPARISONS`.
    network : str
        The address of a residual network.
    windows : sequence of int or "global"
        Of STAC, by stage.
    tried : sequence of int or "global"
        Of the comparison of windows.

    Raises
    ------
    BadInput
        If there is no such comparison, or the network is none of which designs can be made.

    Examples
    --------
    >>> list(designs("attention", "repscope:resnet20", (8, 4, 8), ()))[:4]
    ['base', '2x deep', '√2 wide', 'SE standard']
    >>> designs("stages", "repscope:resnet20", (8, 4, 8), ())["stages 1 and 3"]["window"]
    [8, 8]
    """
    if comparison not in COMPARISONS:
        raise BadInput(f"there is no comparison {comparison!r}; {nearest(comparison, COMPARISONS)}")
    stages = stage_count(network)
    if len(windows) != stages:
        raise BadInput(f"{len(windows)} windows came for the {stages} stages of {network}; expected one for each")
    stac = {"attention": "stac", "window": list(windows)}
    if comparison == "attention":
        return _attention(stac)
    if comparison == "kernels":
        sides = [(1, 1), (1, 3), (3, 1), (3, 3)]
        return {BASE: {}, **{f"kernels {a} and {b}": {**stac, "kernels": [a, b]} for a, b in sides}}
    if comparison == "windows":
        return {BASE: {}, **{f"window {w}": {**stac, "window": w} for w in tried}}
    found: Designs = {BASE: {}}
    for count in range(1, stages + 1):
        for chosen in combinations(range(1, stages + 1), count):
            words = f"stage{'s' * (count > 1)} {' and '.join(map(str, chosen))}"
            found[words] = {**stac, "stages": list(chosen), "window": [windows[stage - 1] for stage in chosen]}
    return found


def stage_count(network: str) -> int:
    """How many stages a residual network has.

    >>> stage_count("repscope:resnet20")
    3

    Raises
    ------
    BadInput
        If it is none, and designs of it cannot be made.
    """
    name = network.removeprefix("repscope:")
    if not network.startswith("repscope:") or name not in PLANS:
        known = ", ".join(f"repscope:{n}" for n in PLANS)
        raise BadInput(f"designs of {network!r} cannot be made; expected one of {known}")
    return len(PLANS[name].blocks)


def _attention(stac: Mapping[str, Any]) -> Designs:
    kinds = {"SE": {"attention": "se"}, "BAM": {"attention": "bam"}, "STAC": dict(stac)}
    placed = {
        f"{kind} {place}": {**settings, "placement": place}
        for place in ("standard", "post")
        for kind, settings in kinds.items()
    }
    return {BASE: {}, "2x deep": {"depth_factor": 2}, "√2 wide": {"width_factor": 2**0.5}, **placed}


def published_name(network: str, design: str) -> tuple[str, str, str]:
    """Network, attention and placement of a design, as the published table has them.

    >>> published_name("repscope:resnet20", "2x deep"), published_name("repscope:resnet34", "STAC post")
    (('ResNet20 2x deep', 'none', ''), ('ResNet34', 'STAC', 'post'))
    """
    name = network.removeprefix("repscope:").replace("resnet", "ResNet")
    if design in ("2x deep", "√2 wide"):
        return f"{name} {design.replace('√2', 'sqrt(2)')}", "none", ""
    kind, _, place = design.partition(" ")
    return (name, "none", "") if design == BASE else (name, kind, place)
