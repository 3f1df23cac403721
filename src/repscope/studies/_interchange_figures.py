"""What interchanging networks found: tables in the papers' form, figures, sentences."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from repscope.core.numbers import shown, with_interval
from repscope.measures import Score
from repscope.measures._interval import Z95, wilson
from repscope.studies._interchange import EXACT, LABELS, RANDOM, SHUFFLED, THROUGH
from repscope.studies._interchange_published import published_table
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._table import ScoreRow, ScoreTable

if TYPE_CHECKING:
    from repscope.studies.interchange import Interchange

WORDS = {THROUGH: "through the logits", EXACT: "ridge, logits kept", "identity": "no map"}


def interchange_result(study: "Interchange", found: Mapping[str, Any]) -> StudyResult:
    """Tables, figures and sentences from the numbers of all hybrids."""
    names = [name for name in found["names"] if name != RANDOM]
    return StudyResult(
        study.title,
        study.summary,
        tuple(_sentences(study, found, names)),
        tuple(_figures(study, found)),
        (
            _main(study.kinds[0], found),
            _networks(study, found, names),
            _kinds(study, found, names),
            _controls(study, found, names),
            published_table(study.data, _summary(found, study.kinds[0], names)),
        ),
        drawings=(
            (f"Hybrids, {words_of(study.kinds[0])}", "interchange", _drawing(study, found, names)),
            ("What a linear map does not see", "unexplained", found["unexplained"]),
        ),
    )


def words_of(kind: str) -> str:
    """A kind of map, for people.

    >>> words_of("least_squares"), words_of("identity")
    ('least squares', 'no map')
    """
    return WORDS.get(kind, kind.replace("_", " "))


def hybrid(found: Mapping[str, Any], kind: str, source: str, target: str) -> Mapping[str, Any]:
    """The numbers of one hybrid."""
    one: Mapping[str, Any] = found["hybrids"][kind][f"{source}\t{target}"]
    return one


def accuracy(found: Mapping[str, Any], kind: str, source: str, target: str) -> Score:
    """How often it is right, with Wilson's interval; chance is one class of all."""
    one = hybrid(found, kind, source, target)
    value = one["right"] / one["n"]
    return Score("hybrid_accuracy", value, wilson(value, one["n"]), "analytic, Wilson", 1 / found["classes"])


def change(found: Mapping[str, Any], kind: str, source: str, target: str) -> Score:
    """By how many per cent of the source's own accuracy it is right more often.

    The interval is of the difference on the same images (McNemar), the source's accuracy as it is.
    """
    one, own = hybrid(found, kind, source, target), hybrid(found, kind, source, source)
    n, base = one["n"], max(own["right"], 1) / one["n"]
    gained, lost = one["gained"] / n, one["lost"] / n
    half = Z95 * ((gained + lost - (gained - lost) ** 2) / n) ** 0.5
    value = gained - lost
    low, high = ((value + sign * half) * 100 / base for sign in (-1, 1))
    return Score(
        "change_against_source", 100 * value / base, (low, high), "analytic, difference on the same images", 0.0
    )


def _features(found: Mapping[str, Any], kind: str, source: str, target: str) -> Score:
    value = found["features"][kind][f"{source}\t{target}"]
    if value is None or not np.isfinite(value):
        return Score.refused("predictivity", "the target does not vary")
    return Score("predictivity", value, (value, value), "none", 0.0)


def _figures(study: "Interchange", found: Mapping[str, Any]) -> list[StudyFigure]:
    names = found["names"]
    pairs = [(a, b) for a in names for b in names]
    kinds = study.kinds
    accuracies = [ScoreRow(words_of(kind), a, b, accuracy(found, kind, a, b)) for kind in kinds for a, b in pairs]
    changes = [
        ScoreRow(words_of(kind), a, b, change(found, kind, a, b))
        for kind in kinds
        for a, b in pairs
        if RANDOM not in (a, b)
    ]
    features = [
        ScoreRow(words_of(kind), a, b, _features(found, kind, a, b))
        for kind in kinds
        for a, b in pairs
        if a != b and RANDOM not in (a, b)
    ]
    return [
        StudyFigure(
            "accuracy",
            "Accuracy of hybrids",
            "Rows are sources of embeddings, columns the networks whose classifier answers; on the diagonal each network by itself.",
            ScoreTable(tuple(accuracies)),
            "network",
        ),
        StudyFigure(
            "change",
            "Change against the source, in per cent of its accuracy",
            "Lighter is worse: what is lost when another network's classifier answers. On the diagonal nothing changes.",
            ScoreTable(tuple(changes)),
            "network",
        ),
        StudyFigure(
            "features",
            "How much of the target's embeddings the map predicts",
            "R² on images that the map has not seen; below 0 it predicts worse than the mean. A hybrid can be accurate and its "
            "features unlike: a map through the logits does not even look at them.",
            ScoreTable(tuple(features)),
            "network",
        ),
    ]


def _main(kind: str, found: Mapping[str, Any]) -> StudyTable:
    """The papers' table: top-1 in per cent, and beside it the change in per cent of the source's own."""
    names = found["names"]
    rows = []
    for a in names:
        cells = []
        for b in names:
            value = f"{100 * accuracy(found, kind, a, b).value:.1f}"
            cells.append(
                value if a == b else f"{value} ({shown(change(found, kind, a, b).value, '+.1f')})".replace("-", "−")
            )
        rows.append((a, *cells))
    title = f"Accuracy of hybrids in per cent, and change in per cent of the source's own: {words_of(kind)}"
    return StudyTable("hybrids", title, ("source ↓, target →", *names), tuple(rows))


def _networks(study: "Interchange", found: Mapping[str, Any], names: Sequence[str]) -> StudyTable:
    kind = study.kinds[0]
    rows = []
    for name in [*names, RANDOM]:
        own = accuracy(found, kind, name, name)
        low, high = own.interval
        probe = accuracy(found, kind, name, LABELS)
        rows.append(
            (
                name,
                found["dimensions"][name],
                round(100 * own.value, 2),
                f"{100 * low:.1f} to {100 * high:.1f}",
                round(100 * probe.value, 2),
                found["heads"][name],
            )
        )
    columns = ("network", "dimensions", "accuracy, %", "95 % interval", "linear probe, %", "head")
    return StudyTable(
        "networks", "The networks by themselves, and a linear probe trained on their embeddings", columns, tuple(rows)
    )


def _summary(found: Mapping[str, Any], kind: str, names: Sequence[str]) -> dict[str, Any]:
    pairs = [(a, b) for a in names for b in names if a != b]
    changes = {pair: change(found, kind, *pair) for pair in pairs}
    worst = min(pairs, key=lambda pair: changes[pair].value)
    own = {name: accuracy(found, kind, name, name).value for name in names}
    features = [_features(found, kind, *pair).value for pair in pairs]
    return {
        "pairs": len(pairs),
        "median": float(np.median([s.value for s in changes.values()])),
        "worst": worst,
        "worst_change": changes[worst],
        "beat_source": sum(s.interval[0] > 0 for s in changes.values()),
        "above_source": sum(s.value > 0 for s in changes.values()),
        "below_source": sum(s.interval[1] < 0 for s in changes.values()),
        "above_target": sum(accuracy(found, kind, *pair).value > own[pair[1]] for pair in pairs),
        "loss": float(np.median([100 * (own[b] - accuracy(found, kind, a, b).value) for a, b in pairs])),
        "features": float(np.nanmedian(features)),
        "least_accuracy": min(accuracy(found, kind, *pair).value for pair in pairs),
        "most_accuracy": max(accuracy(found, kind, *pair).value for pair in pairs),
    }


def _kinds(study: "Interchange", found: Mapping[str, Any], names: Sequence[str]) -> StudyTable:
    rows = []
    for kind in study.kinds:
        one = _summary(found, kind, names)
        rows.append(
            (
                words_of(kind),
                round(one["median"], 2),
                round(one["worst_change"].value, 2),
                f"{one['worst'][0]} → {one['worst'][1]}",
                f"{one['below_source']} of {one['pairs']}",
                f"{one['above_target']} of {one['pairs']}",
                round(one["loss"], 2),
                round(one["features"], 3),
            )
        )
    columns = (
        "map", "median change, %", "worst change, %", "worst pair", "below the source beyond the interval",
        "above the target's own", "median loss against the target, points", "median R² of the features",
    )  # fmt: skip
    return StudyTable("kinds", "Kinds of maps", columns, tuple(rows))


def _controls(study: "Interchange", found: Mapping[str, Any], names: Sequence[str]) -> StudyTable:
    kind = study.kinds[0]
    chance = round(100 / found["classes"], 2)
    rows = [("chance", "one class of all", chance, chance)]
    if "identity" in study.kinds:
        values = [accuracy(found, "identity", a, b).value for a in names for b in names if a != b]
        rows.append(_range("no map", "embeddings cut off or filled with zeros", values))
    if kind not in (THROUGH, EXACT):
        values = [accuracy(found, kind, a, SHUFFLED).value for a in found["names"] if a not in (names[0], RANDOM)]
        rows.append(_range("shuffled pairs", f"into {names[0]}, fitted to pairs of different images", values))
    rows.append(
        _range(
            "random weights as source", "into every network", [accuracy(found, kind, RANDOM, b).value for b in names]
        )
    )
    rows.append(
        _range(
            "random weights as target", "from every network", [accuracy(found, kind, a, RANDOM).value for a in names]
        )
    )
    columns = ("control", "what", "least accuracy, %", "greatest accuracy, %")
    return StudyTable("controls", f"Controls, {words_of(kind)}", columns, tuple(rows))


def _range(name: str, what: str, values: Sequence[float]) -> tuple[str, str, float, float]:
    return name, what, round(100 * min(values), 2), round(100 * max(values), 2)


def _sentences(study: "Interchange", found: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    kind = study.kinds[0]
    one = _summary(found, kind, names)
    a, b = one["worst"]
    worst = one["worst_change"]
    said = [
        f"With {words_of(kind)}, fitted on {found['pairs']:,} images without labels, the {one['pairs']} hybrids are right on "
        f"{100 * one['least_accuracy']:.1f} to {100 * one['most_accuracy']:.1f} % of {found['images']:,} other images. Against the "
        f"source alone they change by {shown(one['median'], '+.1f')} % of its accuracy in the median; the worst, {a} → {b}, by "
        f"{with_interval((worst.value, *worst.interval), '+.1f', ' %')}.",
        f"{one['below_source']} of {one['pairs']} hybrids are worse than their source beyond the interval, {one['beat_source']} better; "
        f"{one['above_target']} are more often right than the network whose classifier they use.",
    ]
    twin = max(accuracy(found, kind, RANDOM, name).value for name in names)
    controls = f"A network of random weights, mapped in the same way, is right on at most {100 * twin:.1f} %"
    if "identity" in study.kinds:
        naive = max(accuracy(found, "identity", x, y).value for x in names for y in names if x != y)
        controls += f"; without a map the best hybrid on {100 * naive:.1f} %"
    said.append(f"{controls}; chance is {100 / found['classes']:.1f} %.")
    if THROUGH in study.kinds:
        through = _summary(found, THROUGH, names)
        exact = sum(bool(v[0]) for key, v in found["exact"].items() if RANDOM not in key.split("\t"))
        said.append(
            f"A map through the logits, found from the two classifiers without an image, keeps the source's answers in {exact} of "
            f"{one['pairs']} pairs and changes accuracy by {shown(through['median'], '+.1f')} % in the median, while it predicts the target's "
            f"embeddings with a median R² of {through['features']:.2f} ({words_of(kind)}: {one['features']:.2f}): an accurate hybrid "
            "does not prove alike features."
        )
    return [sentence.replace(" -", " −").replace("[-", "[−") for sentence in said]


def _drawing(study: "Interchange", found: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """What the page shows of every hybrid when it is pointed at."""
    everyone = found["names"]
    out = []
    for kind in study.kinds:
        cells = []
        for a in everyone:
            line = []
            for b in everyone:
                one = hybrid(found, kind, a, b)
                moved = change(found, kind, a, b)
                line.append(
                    {
                        "right": one["right"] / one["n"],
                        "change": None if a == b else moved.value,
                        "low": moved.interval[0],
                        "high": moved.interval[1],
                        "features": found["features"][kind].get(f"{a}\t{b}"),
                        "gain": one["gain"],
                        "lose": one["lose"],
                    }
                )
            cells.append(line)
        out.append({"name": words_of(kind), "cells": cells})
    return {"networks": everyone, "real": len(names), "kinds": out, "chance": 1 / found["classes"]}
