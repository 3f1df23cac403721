"""Tables and sentences of the study of units."""

from collections.abc import Mapping, Sequence
from typing import Any

from repscope.core.numbers import shown, with_interval
from repscope.measures import Score
from repscope.studies._curves import curves_of
from repscope.studies._result import StudyTable
from repscope.units.attribution import ATTRIBUTIONS

HALF = 0.5
"""Rank correlation above which a map is called alike after the upper half of the network is randomised."""


def coherence_table(found: Mapping[str, Any]) -> StudyTable:
    """Units less random directions, layer by layer."""
    curves = curves_of(found["curves"])
    rows = tuple(
        (layer, *(curves[name][layer]["value"] for name in curves), _gap(gap), p) for layer, gap, p in found["gaps"]
    )
    heads = ("layer", *curves, "units less random [95 %]", "p (Holm)")
    return StudyTable("coherence", "Share of pairs of one class among top images", heads, rows)


def attribution_table(found: Mapping[str, Any]) -> StudyTable:
    """Methods by how much of the network was randomised."""
    applied = {
        name: [Score.from_dict(one) for one in scores] for name, scores in found.items() if not isinstance(scores, str)
    }
    depths = max(len(scores) for scores in applied.values())
    heads = (
        "method",
        *(f"{round(100 * (i + 1) / depths)} % randomised" for i in range(depths)),
        "unrelated images",
        "depends on the later layers",
    )
    rows: list[tuple[Any, ...]] = []
    for name, given in found.items():
        if isinstance(given, str):
            rows.append((ATTRIBUTIONS[name].title, *[None] * depths, None, f"does not apply: {given}"))
            continue
        scores = applied[name]
        rows.append(
            (
                ATTRIBUTIONS[name].title,
                *(score.value for score in scores),
                scores[0].null,
                "no" if _alike(scores) else "yes",
            )
        )
    return StudyTable(
        "attributions",
        "Rank correlation of maps with those of the network as it is, later layers randomised first",
        heads,
        tuple(rows),
    )


def detector_table(found: Mapping[str, Any]) -> StudyTable:
    """Layer by layer, of the trained network and of its twin."""
    rows = found["rows"]
    kinds = sorted({kind for row in rows for kind in row["kinds"]})
    plain = ("network", "layer", "units", "detectors", "beyond", "concepts")
    heads = ("network", "layer", "units", "detectors (5 % false)", "beyond random weights", "concepts")
    return StudyTable(
        "detectors",
        "Units that detect a concept, beyond what chance gives",
        (*heads, *kinds, "clearest", "IoU"),
        tuple(
            (
                *(row[name] for name in plain),
                *(row["kinds"].get(kind, 0) for kind in kinds),
                row["clearest"],
                row["iou"],
            )
            for row in rows
        ),
    )


def sentences(found: Mapping[str, Any]) -> tuple[str, ...]:
    """The lecture's questions, answered."""
    return (_space(found["coherence"]), _redundant(found["redundancy"]), _invertible(found["inversion"]), _attributions(found["attributions"]),
            _attack(found["attack"]), _detectors(found["detectors"]))  # fmt: skip


def _space(found: Mapping[str, Any]) -> str:
    more = [layer for layer, gap, p in found["gaps"] if p < 0.05 and gap["value"] > 0]
    less = [layer for layer, gap, p in found["gaps"] if p < 0.05 and gap["value"] < 0]
    said = f"Units or space? Top images of units have more in common than those of random directions at {_named(more)} of {len(found['gaps'])} layers"
    return said + (f", less at {_named(less)}" if less else "") + " (Welch's t, 5 % over all layers)."


def _redundant(found: Mapping[str, Any]) -> str:
    curve = next(iter(curves_of(found["curves"]).values()))
    low, high = (pick(curve, key=lambda layer: curve[layer]["value"]) for pick in (min, max))
    return (
        f"Redundant? The other units of a layer know {100 * curve[low]['value']:.0f} % of a unit's variance over images at {low}, "
        f"{100 * curve[high]['value']:.0f} % at {high} (linearly, means over positions, images that the fit has not seen)."
    )


def _invertible(found: Mapping[str, Any]) -> str:
    psnr, distance = curves_of(found["psnr"])["PSNR"], curves_of(found["distance"])
    layers = list(psnr)
    first, last = layers[0], layers[-1]
    own, other = (Score.from_dict(distance[name][last]) for name in distance)
    return (
        f"Invertible? From {first} images come back at {psnr[first]['value']:.0f} dB, from {last} at {psnr[last]['value']:.0f} dB. What is inverted from {last} lies "
        f"{_gap(own.as_dict())} of the distance of different images from the given one as the network sees it, {_gap(other.as_dict())} as the other does."
    )


def _attributions(found: Mapping[str, Any]) -> str:
    fails = [
        ATTRIBUTIONS[name].title
        for name, scores in found.items()
        if not isinstance(scores, str) and _alike([Score.from_dict(s) for s in scores])
    ]
    return f"Maps that stay alike (rank correlation above {HALF:g}) when the later half of the layers is randomised: {', '.join(fails) or 'none'}."


def _attack(found: Mapping[str, Any]) -> str:
    attacked, noise = (curves_of(found["curves"])[name] for name in ("attacked", "noise"))
    gaps = {layer: noise[layer]["value"] - attacked[layer]["value"] for layer in noise}
    widest = max(gaps, key=lambda layer: gaps[layer])
    return (
        f"Changed by {100 * found['length']:.1f} % of the distance between images, {100 * found['fooled']:.0f} % of them are named otherwise. Neighbours leave most, beyond what noise "
        f"of the same length does, at {widest} (NNLS {gaps[widest]:+.2f})."
    )


def _detectors(found: Mapping[str, Any]) -> str:
    of = {name: [row for row in found["rows"] if row["network"] == name] for name in ("trained", "random weights")}
    trained, twin = of.values()
    clearest = max(trained, key=lambda row: row["iou"])
    return (
        f"Of {_total(trained, 'units')} units {_total(trained, 'detectors')} detect a concept, of the twin of random weights {_total(twin, 'detectors')} (5 % false discoveries); "
        f"{_total(trained, 'beyond')} reach more than units of other random weights do, of the twin {_total(twin, 'beyond')}. The clearest is of {clearest['clearest']} at "
        f"{clearest['layer']} (IoU {shown(clearest['iou'], '.2f')})."
    )


def _total(rows: Sequence[Mapping[str, Any]], column: str) -> int:
    return sum(row[column] for row in rows)


def _alike(scores: list[Score]) -> bool:
    return scores[(len(scores) - 1) // 2].value > HALF


def _gap(score: Mapping[str, Any]) -> str:
    return with_interval((score["value"], *score["interval"]), ".2f")


def _named(layers: list[str]) -> str:
    return f"{len(layers)} ({', '.join(layers)})" if layers else "none"
