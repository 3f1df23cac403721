"""Which units of a network detect a concept, beside networks of random weights."""

from collections.abc import Callable, Mapping, Sequence, Sized
from typing import TYPE_CHECKING, Any

import numpy as np

from repscope.activations import network_layers, usual_layers
from repscope.activations._layers import INPUT
from repscope.activations._pooling import spatial_axes
from repscope.data.concepts import ConceptData, load_concepts
from repscope.measures import Score
from repscope.measures._interval import wilson
from repscope.studies._curves import rows_of
from repscope.studies._subjects import opened_network
from repscope.units import Dissection, dissect_network
from repscope.units.attribution import draw_all_anew

if TYPE_CHECKING:
    from repscope.networks import Network

TWINS = 20
"""Networks of random weights whose units say what needs no learning: so many let a single unit be called beyond them at 5 %."""


def detectors(
    address: str,
    concepts: str,
    settings: Mapping[str, Any],
    layers: Sequence[str],
    quantile: float,
    permutations: int,
    seed: int,
) -> dict[str, Any]:
    """Of every layer with maps, the share of units that detect a concept, of a trained network and of its twin of random weights; and
    the share beyond the units of further such twins.
    """
    data = load_concepts(concepts, **dict(settings))
    trained = opened_network(address)
    layers = list(layers) or layers_with_maps(trained)
    known = random_weights(lambda: opened_network(address, "random"), data, layers, quantile, seed + 1)
    curves: dict[str, dict[str, Any]] = {}
    rows = []
    for name, network in (
        ("trained", trained),
        ("random weights", drawn_anew(opened_network(address, "random"), seed)),
    ):
        found = dissect_network(network, data, layers, quantile, permutations=permutations, seed=seed)
        for layer, one in found.items():
            chosen, beyond = one.detectors(rate=0.05), one.beyond([other[layer] for other in known])
            for curve, units in ((name, chosen), (f"{name}, beyond random weights", beyond)):
                curves.setdefault(curve, {})[layer] = _share(units, one).as_dict()
            kinds = one.by_category(rate=0.05)
            best = int(np.nanargmax(one.highest))
            rows.append(
                {
                    "network": name,
                    "layer": layer,
                    "units": len(one.iou),
                    "detectors": len(chosen),
                    "beyond": len(beyond),
                    "concepts": len(one.unique(rate=0.05)),
                    "kinds": {kind: units for kind, (units, _) in kinds.items()},
                    "clearest": one.names[one.best[best]],
                    "iou": float(one.highest[best]),
                }
            )
    return {"curves": rows_of(curves), "rows": rows}


def check_concepts(address: str, settings: Mapping[str, Any]) -> None:
    """Refuse concept data that cannot be opened, before hours of training; none are in order."""
    if address:
        load_concepts(address, **dict(settings))


def detector_shares(
    networks: "Mapping[str, Callable[[], Network]]",
    concepts: str,
    settings: Mapping[str, Any],
    say: Callable[[str], None],
) -> list[list[Any]]:
    """Of each of several networks and every layer with maps, the share of units with an IoU above 0.04: rows of `_curves`."""
    data = load_concepts(concepts, **dict(settings))
    curves: dict[str, dict[str, Any]] = {}
    for name, opened in networks.items():
        say(f"dissecting: {name}")
        network = opened()
        for layer, one in dissect_network(network, data, layers_with_maps(network)).items():
            curves.setdefault(name, {})[layer] = _share(one.detectors(), one).as_dict()
    return rows_of(curves)


def _share(units: Sized, of: Dissection) -> Score:
    share, n = len(units) / len(of.iou), len(of.iou)
    return Score("detectors", share, wilson(share, n), "Wilson")


def random_weights(
    opened: "Callable[[], Network]", data: ConceptData, layers: Sequence[str], quantile: float, seed: int
) -> list[dict[str, Dissection]]:
    """The dissections of `TWINS` networks, whose weights are drawn anew."""
    return [
        dissect_network(drawn_anew(opened(), number), data, layers, quantile) for number in range(seed, seed + TWINS)
    ]


def drawn_anew(network: "Network", seed: int) -> "Network":
    """The network, its weights drawn anew."""
    draw_all_anew(network.module, seed)
    return network


def layers_with_maps(network: "Network") -> list[str]:
    """The usual layers that have height and width."""
    shapes = {layer.name: layer.shape for layer in network_layers(network)[0]}
    names = [name for name in usual_layers(network.module, shapes) if name != INPUT]
    return [name for name in names if spatial_axes(shapes[name], network.input_shape) is not None]
