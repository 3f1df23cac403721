"""What is looked at: units, classes, directions, written as on the command line or as targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np
import torch
from jaxtyping import Float

from repscope.activations import LayerInfo, network_layers
from repscope.activations._layers import choose_layers
from repscope.core.errors import BadInput, NotFound
from repscope.units._directions import principal_directions, random_directions
from repscope.units._layer_output import by_unit

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network


@final
@dataclass(frozen=True, eq=False)
class Asked:
    """What is looked at in one layer.

    Attributes
    ----------
    layer : str
        Of the network's last output, its name.
    names : tuple of str
        For people: unit 3, class cat, random direction 0.
    directions : (targets, units) array
        Of units, rows of the identity.
    units : tuple of int or None
        Which units they are; None for other directions.
    """

    layer: str
    names: tuple[str, ...]
    directions: Float[np.ndarray, "targets units"]
    units: tuple[int | None, ...]


def asked_for(
    network: "Network",
    data: "DataSet",
    layers: Sequence[str],
    units: Sequence[int] | None = None,
    classes: Sequence[int] = (),
    directions: Mapping[str, str] | None = None,
    most: int = 16,
) -> list[Asked]:
    """Units of layers, classes, and directions, checked.

    Parameters
    ----------
    network : Network
    data : DataSet
        Principal directions are those of its images.
    layers : sequence of str
        Glob patterns.
    units : sequence of int, optional
        Of every layer; the first `most` by default.
    classes : sequence of int
        Logits of the network.
    directions : mapping of str to str, optional
        By layer, in place of its units: ``"random:SEED"``, ``"pca"``, or a file ``.npy`` of (directions, units).
    most : int
        Of units that are not named, and of directions.

    Raises
    ------
    BadInput
        If a unit, a class or a direction is not there.
    NotFound
        If no layer is meant.

    Examples
    --------
    >>> from repscope import load_data, load_network
    >>> network, data = load_network("repscope:resnet20-digits"), load_data("digits").balanced(20)
    >>> [(one.layer, one.names[:2], len(one.names)) for one in asked_for(network, data, ["stage1.0"], classes=[3])]
    [('stage1.0', ('unit 0', 'unit 1'), 16), ('classifier', ('class 3',), 1)]
    """
    known, silent = network_layers(network)
    infos = {layer.name: layer for layer in known}
    chosen = choose_layers(list(layers), infos, silent) if layers else ()
    given = dict(directions or {})
    found = []
    for name in chosen:
        width = units_of(infos[name], network.input_shape)
        if name in given:
            found.append(_directions(network, data, name, width, given.pop(name), most))
        else:
            found.append(_units(name, width, tuple(range(min(most, width))) if units is None else tuple(units)))
    if given:
        raise NotFound(
            f"directions came for {', '.join(given)}, which is none of the layers {', '.join(chosen) or '(none)'}"
        )
    if classes:
        last = known[-1]
        width = units_of(last, network.input_shape)
        one = _units(last.name, width, tuple(classes))
        named = tuple(f"class {network.class_names[c] if network.class_names else c}" for c in classes)
        found.append(Asked(last.name, named, one.directions, one.units))
    if not found:
        raise BadInput("nothing to look at was named; give layers, or classes")
    return by_layer(found)


def by_layer(asked: Sequence[Asked]) -> list[Asked]:
    """The same, what is asked of one layer together: patches are kept by layer.

    >>> one, other = (Asked("head", (name,), np.eye(2)[[row]], (row,)) for row, name in enumerate("ab"))
    >>> by_layer([one, other])[0].names
    ('a', 'b')
    """
    together: dict[str, Asked] = {}
    for one in asked:
        if one.layer in together:
            before = together[one.layer]
            directions = np.concatenate([before.directions, one.directions])
            one = Asked(one.layer, (*before.names, *one.names), directions, (*before.units, *one.units))
        together[one.layer] = one
    return list(together.values())


def units_of(layer: LayerInfo, image: tuple[int, int, int]) -> int:
    """How many units a layer has."""
    return int(by_unit(torch.zeros(1, *layer.shape), image).shape[1])


def _units(layer: str, width: int, units: tuple[int, ...]) -> Asked:
    odd = [unit for unit in units if not 0 <= unit < width]
    if odd or not units:
        raise BadInput(f"the units {odd} of {layer!r} were asked for; it has {width}, 0 to {width - 1}")
    return Asked(layer, tuple(f"unit {unit}" for unit in units), np.eye(width)[list(units)], units)


def _directions(network: "Network", data: "DataSet", layer: str, width: int, given: str, most: int) -> Asked:
    word, _, rest = given.partition(":")
    if word == "random":
        if rest and not rest.isdecimal():
            raise BadInput(f"the directions {given!r} came; expected random:SEED, a whole number")
        rows, name = random_directions(min(most, width), width, int(rest or 0)), "random direction"
    elif given == "pca":
        rows, name = principal_directions(network, data, layer, min(most, width)), "principal direction"
    else:
        rows, name = _read(Path(given), layer, width), "direction"
    return Asked(layer, tuple(f"{name} {i}" for i in range(len(rows))), rows, (None,) * len(rows))


def _read(path: Path, layer: str, width: int) -> Float[np.ndarray, "d units"]:
    if path.suffix != ".npy" or not path.is_file():
        raise BadInput(
            f"the directions {str(path)!r} came; expected random:SEED, pca, or a file .npy of (directions, units)"
        )
    try:
        rows: Float[np.ndarray, "d units"] = np.load(path, allow_pickle=False).astype(np.float64)
    except ValueError as error:
        raise BadInput(f"{path} cannot be read as an array of numbers ({error})") from error
    rows = rows[None] if rows.ndim == 1 else rows
    if rows.ndim != 2 or rows.shape[1] != width or not np.isfinite(rows).all() or not rows.any(1).all():
        raise BadInput(
            f"{path} holds {rows.shape}; {layer!r} takes finite numbers (directions, {width}), no row all zero"
        )
    return rows
