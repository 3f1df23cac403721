"""look(): everything that can be shown of some units, side by side."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import UInt8

from repscope.core.errors import RepscopeError
from repscope.measures import Score
from repscope.units._appearance import Appearance, as_seen
from repscope.units._target import LayerTarget
from repscope.units.attribution import ATTRIBUTIONS, draw_all_anew, randomised
from repscope.units.look._answers import LayerLook, Look, LookedAt, Optimised
from repscope.units.look._asked import Asked, by_layer
from repscope.units.look._drawn import drawn_map
from repscope.units.look._natural import Natural
from repscope.units.patches import LayerPatches, top_patches
from repscope.units.pictures import Colours, maximize

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network

DEPTHS = 4
"""Depths to which weights are randomised in that check."""

STUCK = "from noise the gradient was zero at every step; try more restarts"


def look(
    network: "Network",
    data: "DataSet",
    asked: Sequence[Asked],
    *,
    count: int = 9,
    side: int = 48,
    steps: int = 128,
    restarts: int = 2,
    methods: Sequence[str] | None = None,
    checked: int = 6,
    seed: int = 0,
    say: Callable[[str], None] | None = None,
) -> Look:
    """Patches, optimised pictures and attributions of units, classes or directions, each with what it is to be read beside.

    Parameters
    ----------
    network : Network
        Its module comes back as it was.
    data : DataSet
        Natural images.
    asked : sequence of Asked
        What `asked_for` returns.
    count : int
        Patches of each target.
    side : int
        Pixels of a patch's picture.
    steps, restarts : int
        Of the optimised pictures; no steps leave them out.
    methods : sequence of str, optional
        Attributions, those of `ATTRIBUTIONS` by default.
    checked : int
        Images on which attributions are checked by random weights; fewer than two leave the check out.
    seed : int
    say : callable, optional
        Is told what is being done.

    Raises
    ------
    BadInput, NotFound
        If targets or methods are not there. What merely does not apply to the network is noted in the answer.

    Examples
    --------
    >>> from repscope import load_data, load_network
    >>> from repscope.units.look import asked_for
    >>> network, data = load_network("repscope:resnet20-digits"), load_data("digits").balanced(20)
    >>> found = look(network, data, asked_for(network, data, ["stage1.0"], [2]), steps=2, methods=["saliency"])
    >>> found.layers[0].units[0].name, list(found.layers[0].units[0].attributions)
    ('unit 2', ['image', 'saliency'])
    """
    ways = {name: ATTRIBUTIONS[name] for name in (ATTRIBUTIONS.names() if methods is None else methods)}
    tell = say or (lambda _message: None)
    asked = by_layer(asked)
    tell("patches")
    directions = {one.layer: one.directions for one in asked}
    tops = top_patches(network, data, list(directions), count, directions=directions)
    layers = []
    for one in asked:
        found = tops[one.layer]
        tell(f"{one.layer}: optimised pictures")
        refused: dict[str, str] = {}
        pictures = _optimised(network, data, one, steps, restarts, seed, refused) if steps else None
        tell(f"{one.layer}: attributions")
        maps, checks = _attributed(network, data, one, found, ways, refused, checked, seed)
        dead = set(found.dead.tolist())
        units = tuple(
            LookedAt(
                name,
                number in dead,
                tops.pictures(one.layer, number, side),
                found.values[number],
                tuple(data.ids[row] for row in found.rows[number]),
                None if number in dead or pictures is None else pictures.get(number),
                maps.get(number, {}),
            )
            for number, name in enumerate(one.names)
        )
        if stuck := [x.name for x in units if pictures is not None and not x.dead and x.optimised is None]:
            refused[f"an optimised picture of {', '.join(stuck)}"] = STUCK
        layers.append(LayerLook(one.layer, units, checks, refused))
    return Look(network.name, data.name, tuple(layers), len(data))


def _optimised(
    network: "Network", data: "DataSet", asked: Asked, steps: int, restarts: int, seed: int, refused: dict[str, str]
) -> dict[int, Optimised] | None:
    """By target, if it applies; those whose gradient was zero at every step have none."""
    try:
        looks, colours = Appearance.of(network), Colours.of(network, data)
    except RepscopeError as error:
        refused["optimised pictures"] = str(error)
        return None
    targets = [LayerTarget(asked.layer, row) for row in asked.directions]
    made = maximize(
        network.module,
        list(targets),
        steps,
        network.input_shape,
        looks=looks,
        colours=colours,
        restarts=restarts,
        seed=seed,
    )
    twin = copy.deepcopy(network.module)
    draw_all_anew(twin, seed)
    other = maximize(twin, list(targets), steps, network.input_shape, looks=looks, colours=colours, seed=seed)
    natural = Natural(network, data, asked.layer, asked.directions)
    best, theirs = looks.pictures(made.best), looks.pictures(other.best)
    found = {}
    for number in np.setdiff1d(np.arange(len(targets)), made.dead).tolist():
        reached = float(made.activations[number].max())
        spread = float(made.activations[number].std(ddof=1)) if restarts > 1 else float("nan")
        found[number] = Optimised(best[number], reached, natural.percentile(number, reached), spread, theirs[number])
    return found


def _attributed(
    network: "Network",
    data: "DataSet",
    asked: Asked,
    found: LayerPatches,
    ways: Mapping[str, Callable[..., np.ndarray]],
    refused: dict[str, str],
    checked: int,
    seed: int,
) -> tuple[dict[int, dict[str, UInt8[np.ndarray, "h w 3"]]], dict[str, tuple[Score, ...]]]:
    """By target: the maps of every method on the image of its first patch; and whether methods depend on the weights."""
    module = network.module
    there = next((weight.device for weight in module.parameters()), torch.device("cpu"))
    alive = [number for number in range(len(asked.names)) if number not in set(found.dead.tolist())]
    maps: dict[int, dict[str, UInt8[np.ndarray, "h w 3"]]] = {}
    checks: dict[str, tuple[Score, ...]] = {}
    for number in alive:
        image = network.preprocess([data.image(int(found.rows[number, 0]))]).to(there)
        target = LayerTarget(asked.layer, asked.directions[number], "max")
        shown = {"image": as_seen(network, image)[0]}
        for name, way in ways.items():
            if name in refused:
                continue
            try:
                shown[name] = drawn_map(way(module, image, target)[0])
            except RepscopeError as error:
                refused[name] = str(error)
        maps[number] = shown
    if alive and checked > 1:
        first = alive[0]
        rows = found.rows[first, :checked]
        images = network.preprocess([data.image(int(row)) for row in rows]).to(there)
        target = LayerTarget(asked.layer, asked.directions[first], "max")
        for name, way in ways.items():
            if name not in refused and len(images) > 1:
                check = randomised(module, images, target, way, seed=seed, depths=DEPTHS)
                checks[name] = tuple(check.score(depth) for depth in range(len(check.layers)))
    return maps, checks
