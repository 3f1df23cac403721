"""The questions of the study of units, each answered as JSON holds it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, final

import numpy as np
import torch
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.measures._mean import mean_score
from repscope.measures.layer_similarity import layer_similarity
from repscope.neighbors import NeighborGraph
from repscope.networks._logits import ClassOutput
from repscope.studies._curves import rows_of
from repscope.studies._paired import holm
from repscope.studies._subjects import passing_graphs
from repscope.units import (
    Appearance,
    coherence,
    deepfool,
    principal_directions,
    random_directions,
    top_patches,
)
from repscope.units._means import layer_means
from repscope.units.across import canonical_directions, judged, metamers
from repscope.units.attribution import ATTRIBUTIONS, randomised

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network

UNITS, RANDOM, PRINCIPAL, CANONICAL = "units", "random directions", "principal directions", "canonical directions"


def coherent(
    network: "Network", other: "Network", data: "DataSet", layers: Sequence[str], patches: int, seed: int
) -> dict[str, Any]:
    """Of every layer, how coherent units are, and as many random, principal and canonical directions; units less random ones, p by Holm."""
    labels = data.labels
    if labels is None:
        raise BadInput(f"the data set {data.name!r} has no labels; coherence needs them")
    known = [name for name, _ in other.module.named_modules()]
    for layer in layers:
        if layer not in known:
            raise BadInput(
                f"{other.name!r} has no layer {layer!r}; canonical directions need the same layers in both networks"
            )
    curves: dict[str, dict[str, Any]] = {name: {} for name in (UNITS, RANDOM, PRINCIPAL, CANONICAL)}
    gaps: list[tuple[str, Score, float]] = []
    for layer in layers:
        width = layer_means(network, data.subset([0, 1]), layer).shape[1]
        sets = {
            UNITS: np.eye(width),
            RANDOM: random_directions(width, width, seed),
            PRINCIPAL: principal_directions(network, data, layer),
        }
        sets[CANONICAL] = canonical_directions(network, layer, other, layer, data, width)
        rows = np.concatenate(list(sets.values()))
        found = top_patches(network, data, [layer], patches, directions={layer: rows})[layer]
        parts = {name: found.only(range(i * width, (i + 1) * width)) for i, name in enumerate(sets)}
        scores = coherence(parts, labels)
        for name in sets:
            curves[name][layer] = scores.score(name).as_dict()
        gaps.append((layer, *scores.more_than(UNITS, RANDOM)))
    corrected = holm([p for _, _, p in gaps])
    return {
        "curves": rows_of(curves),
        "gaps": [[layer, gap.as_dict(), p] for (layer, gap, _), p in zip(gaps, corrected, strict=True)],
    }


def redundant(network: "Network", data: "DataSet", layers: Sequence[str]) -> dict[str, Any]:
    """Of every layer, how much of a unit all others know, linearly: R² on the images that the fit has not seen."""
    found = {}
    for layer in layers:
        means = layer_means(network, data, layer)
        shares = _known_by_others(means[::2], means[1::2])
        found[layer] = mean_score(shares, "R²", "units").as_dict()
    return {"curves": rows_of({"R² from the other units": found})}


def _known_by_others(
    fit: Float[np.ndarray, "n units"], judge: Float[np.ndarray, "m units"]
) -> Float[np.ndarray, " alive"]:
    """Ridge of a hundredth of the mean variance; constant units are left out."""
    alive = np.flatnonzero(fit.std(0) > 1e-9)
    mean = fit.mean(0)
    a, b = fit - mean, judge - mean
    strength = 1e-2 * np.square(a[:, alive]).sum(0).mean()
    out = []
    for unit in alive:
        others = alive[alive != unit]
        gram = a[:, others].T @ a[:, others] + strength * np.eye(len(others))
        weights = np.linalg.solve(gram, a[:, others].T @ a[:, unit])
        left = b[:, unit] - b[:, others] @ weights
        out.append(1 - np.square(left).sum() / np.square(b[:, unit] - b[:, unit].mean()).sum())
    return np.array(out)


def inverted(
    network: "Network", other: "Network", few: "DataSet", layers: Sequence[str], steps: int, seed: int
) -> dict[str, Any]:
    """Images inverted from every layer: how like the image, and how far from it as the last layers of both networks see it."""
    last = layers[-1]
    made = metamers(network, layers, other, layers, few, steps=steps, seed=seed)
    curves: dict[str, dict[str, Any]] = {
        "the same network": {
            layer: mean_score(
                judged(network, [last], made.images[i], few)[0], "distance of metamers", "images", 1.0
            ).as_dict()
            for i, layer in enumerate(layers)
        },
        "the other network": {layer: made.score(layer, last).as_dict() for layer in layers},
    }
    psnr = {layer: mean_score(made.psnr[i], "PSNR", "images").as_dict() for i, layer in enumerate(layers)}
    matrix = [[a, b, made.score(a, b).as_dict()] for a in layers for b in layers]
    return {"distance": rows_of(curves), "psnr": rows_of({"PSNR": psnr}), "matrix": matrix}


def attributed(
    network: "Network", few: "DataSet", methods: Sequence[str], seed: int, depths: int = 4
) -> dict[str, Any]:
    """Every attribution that applies, checked by random weights at a few depths."""
    images = network.preprocess(few.batch(range(len(few))))
    with torch.no_grad():
        target = int(ClassOutput(network.module)(images).argmax(1).mode().values)
    found: dict[str, Any] = {}
    for name in methods or ATTRIBUTIONS.names():
        try:
            check = randomised(network.module, images, target, ATTRIBUTIONS[name], seed=seed, depths=depths)
        except BadInput as error:
            found[name] = str(error)
            continue
        found[name] = [check.score(depth).as_dict() for depth in range(len(check.layers))]
    return found


def attacked(network: "Network", data: "DataSet", layers: Sequence[str], seed: int) -> dict[str, Any]:
    """Neighbours that stay at every layer when all images are changed to be named otherwise, and by noise of the same length."""
    looks = Appearance.of(network)
    images = network.preprocess(data.batch(range(len(data))))
    changed = []
    for start in range(0, len(images), 64):
        part = images[start : start + 64]
        with torch.no_grad():
            named = ClassOutput(network.module)(part).argmax(1)
        changed.append(deepfool(network.module, part, named, bounds=(looks.low, looks.high)))
    after = torch.cat([one.images for one in changed])
    lengths = (after - images).flatten(1).norm(dim=1)
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(seed))
    noise = noise * (lengths / noise.flatten(1).norm(dim=1))[:, None, None, None]
    noisy = torch.minimum(torch.maximum(images + noise, looks.low), looks.high)
    graphs = {
        "clean": _graphs(network, data, images, layers),
        "attacked": _graphs(network, data, after, layers),
        "noise": _graphs(network, data, noisy, layers),
    }
    curves = {
        name: {layer: layer_similarity(graphs["clean"][layer], graphs[name][layer]).as_dict() for layer in layers}
        for name in ("attacked", "noise")
    }
    pairs = torch.pdist(images[:200].flatten(1))
    fooled = float(np.mean(np.concatenate([one.found for one in changed])))
    return {"curves": rows_of(curves), "fooled": fooled, "length": float(lengths.median() / pairs.median())}


def _graphs(
    network: "Network", data: "DataSet", images: torch.Tensor, layers: Sequence[str]
) -> dict[str, NeighborGraph]:
    """Of images as the network takes them."""
    k = max(1, len(data) // (10 * max(1, len(data.class_names))))
    changed = replace(data, images=_Taken(images, Appearance.of(network)))
    return passing_graphs(network, changed, layers, k)


@final
class _Taken:
    """A batch that was preprocessed, row by row in brightness: preprocessing gives it again."""

    def __init__(self, images: torch.Tensor, looks: Appearance) -> None:
        self.bright = looks.brightness(images).clamp(0, 1)

    def __len__(self) -> int:
        return len(self.bright)

    def __getitem__(self, index: int) -> torch.Tensor:
        return self.bright[index].expand(3, -1, -1)
