"""Directions of one network as another sees them: carried over, shared, or not to be seen from there."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import torch
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.maps import LinearMap, Ridge
from repscope.maps._explained import explained
from repscope.maps._moments import Moments
from repscope.units._means import layer_means

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network


@final
@dataclass(frozen=True, eq=False)
class Carried:
    """A direction of one network, as the direction of another that gives the same on natural images, as nearly as is linear.

    Attributes
    ----------
    direction : (units,) array
        In the other network's layer.
    offset : float
        What is added: w · φ_A(x) ≈ direction · φ_B(x) + offset.
    r_squared : float
        The share of variance explained on images that the map has not seen; below zero, worse than the mean.
    """

    direction: Float[np.ndarray, " units"]
    offset: float
    r_squared: float


def carried(
    network: "Network",
    layer: str,
    direction: Float[np.ndarray, " units"],
    other: "Network",
    other_layer: str,
    data: "DataSet",
    map_: LinearMap | None = None,
) -> Carried:
    """Carry a direction, as something that is read off activations, from one network into another through a linear map.

    What reads w · φ_A in the first reads (Mᵀ w) · φ_B in the other, with φ_A ≈ M φ_B + m: the map goes from the other network to
    the first. Activations are means over positions.

    Parameters
    ----------
    network, layer, direction
        What is carried: weights of the layer's units.
    other, other_layer
        Whereto.
    data : DataSet
        Images; the map is fitted on every second one (ridge, generalised cross-validation) and judged on the rest.
    map_ : LinearMap, optional
        A map that is there already, from the other layer to the first.

    Raises
    ------
    BadInput
        If the direction, or the map, is not of these layers.

    Examples
    --------
    >>> from repscope import load_data, load_network
    >>> a, b = load_network("repscope:resnet_v1-digits"), load_network("repscope:resnet_v2-digits")
    >>> found = carried(b, "classifier", np.eye(10)[3], a, "classifier", load_data("digits").balanced(200))
    >>> found.direction.shape, found.r_squared > 0.5
    ((10,), True)
    """
    theirs, ours = layer_means(other, data, other_layer), layer_means(network, data, layer)
    if direction.shape != ours.shape[1:]:
        raise BadInput(
            f"a direction of shape {direction.shape} came for {layer!r}; expected {ours.shape[1:]}, a weight for each unit"
        )
    fit, judge = slice(0, None, 2), slice(1, None, 2)
    found = Ridge("gcv").fit(theirs[fit], ours[fit]).map_ if map_ is None else map_
    if found.weight.shape != (ours.shape[1], theirs.shape[1]):
        raise BadInput(
            f"the map goes from {found.weight.shape[1]} to {found.weight.shape[0]} dimensions; expected one from {other_layer!r} of the other "
            f"network, {theirs.shape[1]}, to {layer!r}, {ours.shape[1]}: what is read off goes against the map"
        )
    weights, offset = found.weight.T @ direction, float(found.bias @ direction)
    wanted = ours[judge] @ direction
    left = wanted - (theirs[judge] @ weights + offset)
    return Carried(weights, offset, float(1 - left.var() / wanted.var()) if wanted.var() > 0 else float("nan"))


def residual_directions(
    network: "Network", layer: str, other: "Network", other_layer: str, data: "DataSet", count: int
) -> Float[np.ndarray, "count units"]:
    """Directions of the other network's layer with the most variance that no linear map from the first explains, of length one.

    Raises
    ------
    BadInput
        If there are too few images, or not so many units.

    References
    ----------
    A. Izenman, J. Multivariate Analysis 5 (1975).

    Examples
    --------
    >>> from repscope import load_data, load_network
    >>> a, b = load_network("repscope:resnet20-digits"), load_network("repscope:resnet_v2-digits")
    >>> residual_directions(a, "stage1.0", b, "classifier", load_data("digits").balanced(100), 2).shape
    (2, 10)
    """
    moments = Moments.of(layer_means(network, data, layer), layer_means(other, data, other_layer))
    found = explained(moments).directions
    return _first(found.T, count, other_layer)


def canonical_directions(
    network: "Network", layer: str, other: "Network", other_layer: str, data: "DataSet", count: int
) -> Float[np.ndarray, "count units"]:
    """Directions of the first network's layer that agree best with some direction of the other's (CCA), the best first, of length one.

    Raises
    ------
    BadInput
        If there are too few images, or not so many directions.

    References
    ----------
    H. Hotelling, Biometrika 28 (1936).

    Examples
    --------
    >>> from repscope import load_data, load_network
    >>> a, b = load_network("repscope:resnet20-digits"), load_network("repscope:resnet_v2-digits")
    >>> canonical_directions(a, "stage1.0", b, "classifier", load_data("digits").balanced(100), 3).shape
    (3, 16)
    """
    moments = Moments.of(layer_means(network, data, layer), layer_means(other, data, other_layer))
    if moments.n <= moments.x.d + moments.y.d:
        raise BadInput(
            f"{moments.n} images cannot tell canonical directions of {moments.x.d} and {moments.y.d} units from noise; expected more than both together"
        )
    turned = torch.linalg.svd(moments.x.whitener @ moments.xy @ moments.y.whitener)[0]
    found = (moments.x.whitener.T @ turned).T.cpu().numpy()
    return _first(found / np.linalg.norm(found, axis=1, keepdims=True), count, layer)


def _first(found: Float[np.ndarray, "m units"], count: int, layer: str) -> Float[np.ndarray, "count units"]:
    if not 1 <= count <= len(found):
        raise BadInput(f"{count} directions were asked for; {layer!r} has {len(found)}")
    return found[:count].copy()
