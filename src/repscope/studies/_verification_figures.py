"""What verification across networks found: the papers' table, rates, controls, sentences."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from repscope.measures import Score
from repscope.studies._published import published, published_title
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._table import ScoreRow, ScoreTable

if TYPE_CHECKING:
    from repscope.studies.verification import VerificationStudy

PAPER, CROSSED = "paper", "cross-fitted"
Results = Mapping[str, Any]


def verification_result(
    study: "VerificationStudy",
    names: Sequence[str],
    dimensions: Mapping[str, int],
    results: Results,
    matched: int,
    pairs: int,
    identities: str,
) -> StudyResult:
    """Tables, figures and sentences."""
    main = study.kinds[0]
    return StudyResult(
        study.title,
        study.summary,
        tuple(_sentences(study, names, results, matched, pairs, identities)),
        (_figure(study, names, results), _changes(study, names, results)),
        (
            _table(study, names, results, PAPER),
            _table(study, names, results, CROSSED),
            _rates(names, dimensions, results, main),
            _kinds(study, names, results),
            _published(study.data, names, results, main),
        ),
    )


def at(results: Results, kind: str, main: str, a: str, b: str, protocol: str) -> Mapping[str, Any]:
    """The numbers of a pair of networks; a network by itself needs no map, whatever the kind."""
    one: Mapping[str, Any] = results[f"{main if a == b else kind}\t{a}\t{b}"][protocol]
    return one


def _score(results: Results, kind: str, main: str, a: str, b: str, protocol: str) -> Score:
    one = at(results, kind, main, a, b, protocol)
    value, low, high = one["accuracy"]
    return Score("verification_accuracy", value, (low, high), one["method"], 0.5, notes=tuple(one["notes"]))


def _words(kind: str) -> str:
    return {"paper": "ridge 1 without intercept", "identity": "no map"}.get(kind, kind.replace("_", " "))


def _figure(study: "VerificationStudy", names: Sequence[str], results: Results) -> StudyFigure:
    main = study.kinds[0]
    rows = [
        ScoreRow(f"{_words(kind)}, {protocol}", a, b, _score(results, kind, main, a, b, protocol))
        for kind in study.kinds
        for protocol in (PAPER, CROSSED)
        for a in names
        for b in names
    ]
    text = (
        "Rows embed the first image of a pair and are mapped, columns embed the second; on the diagonal a network by itself. Chance "
        "is a half. Thresholds of the papers' protocol come from the pairs that the map was fitted to, cross-fitted ones from others."
    )
    return StudyFigure("accuracy", "Accuracy of verification", text, ScoreTable(tuple(rows)), "network")


def _changes(study: "VerificationStudy", names: Sequence[str], results: Results) -> StudyFigure:
    main = study.kinds[0]
    rows = []
    for protocol in (PAPER, CROSSED):
        for a in names:
            own = _score(results, main, main, a, a, protocol).value
            for b in names:
                one = _score(results, main, main, a, b, protocol)
                low, high = (100 * (end - own) / own for end in one.interval)
                value = 100 * (one.value - own) / own
                rows.append(
                    ScoreRow(
                        protocol, a, b, Score("change_against_source", value, (low, high), one.interval_method, 0.0)
                    )
                )
    return StudyFigure(
        "change",
        f"Change against the source by itself, in per cent, {_words(main)}",
        "Lighter is worse. Intervals are of the mapped accuracy, the source's as it is.",
        ScoreTable(tuple(rows)),
        "network",
    )


def _table(study: "VerificationStudy", names: Sequence[str], results: Results, protocol: str) -> StudyTable:
    main = study.kinds[0]
    rows = []
    for a in names:
        cells = []
        for b in names:
            one = at(results, main, main, a, b, protocol)
            cells.append(f"{100 * one['accuracy'][0]:.2f} ± {100 * one['deviation']:.2f}")
        rows.append((a, *cells))
    title = f"Accuracy in per cent, mean ± standard deviation over folds, {_words(main)}, {protocol} protocol"
    return StudyTable(f"accuracy_{protocol.replace('-', '_')}", title, ("source ↓, target →", *names), tuple(rows))


def _rates(names: Sequence[str], dimensions: Mapping[str, int], results: Results, main: str) -> StudyTable:
    rows = []
    for a in names:
        for b in names:
            one = at(results, main, main, a, b, CROSSED)
            cells = [
                _interval(one["accuracy"]),
                *(_interval(v) for v in one["rates"].values()),
                _interval(one["equal_error"]),
            ]
            rows.append((a, b, dimensions[a], dimensions[b], *cells))
    first = at(results, main, main, names[0], names[0], CROSSED)
    columns = (
        "source", "target", "dimensions of the source", "of the target", "accuracy, %",
        *(f"true accept rate at a false accept rate of {100 * float(far):g} %, %" for far in first["rates"]), "equal error rate, %",
    )  # fmt: skip
    return StudyTable(
        "rates", "Rates, with 95 % intervals over identities, cross-fitted protocol", columns, tuple(rows)
    )


def _interval(numbers: Sequence[float]) -> str:
    value, low, high = (100 * x for x in numbers)
    return f"{value:.2f} [{low:.1f}, {high:.1f}]"


def _between(
    study: "VerificationStudy", names: Sequence[str], results: Results, kind: str, protocol: str
) -> list[float]:
    main = study.kinds[0]
    return [_score(results, kind, main, a, b, protocol).value for a in names for b in names if a != b]


def _kinds(study: "VerificationStudy", names: Sequence[str], results: Results) -> StudyTable:
    rows = []
    for kind in study.kinds:
        for protocol in (PAPER, CROSSED):
            values = _between(study, names, results, kind, protocol)
            rows.append((_words(kind), protocol, *(round(100 * f(values), 2) for f in (min, np.median, max))))
    columns = ("map", "protocol", "least accuracy, %", "median, %", "greatest, %")
    return StudyTable("kinds", "Kinds of maps between different networks; no map is the control", columns, tuple(rows))


def _published(data: str, names: Sequence[str], results: Results, main: str) -> StudyTable:
    rows = published("lfw_linear_map_accuracy")
    first = next(iter(rows[0]))
    top = {row[first]: {k: float(v) for k, v in row.items() if k != first} for row in rows}
    theirs = [100 * (top[a][b] - top[a][a]) / top[a][a] for a in top for b in top if a != b]
    own = {a: at(results, main, main, a, a, PAPER)["accuracy"][0] for a in names}
    ours = [
        100 * (at(results, main, main, a, b, PAPER)["accuracy"][0] - own[a]) / own[a]
        for a in names
        for b in names
        if a != b
    ]
    title = published_title("four networks on LFW", "LFW", data)
    said = [
        ("networks by themselves, %", _range([top[a][a] for a in top]), _range([100 * v for v in own.values()])),
        ("median change against the source, %", f"{np.median(theirs):.2f}", f"{np.median(ours):.2f}"),
        ("worst change against the source, %", f"{min(theirs):.2f}", f"{min(ours):.2f}"),
    ]
    text = tuple((what, there.replace("-", "−"), here.replace("-", "−")) for what, there, here in said)
    return StudyTable("published", title, ("figure", "published", "here"), text)


def _range(values: Sequence[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}"


def _sentences(
    study: "VerificationStudy", names: Sequence[str], results: Results, matched: int, pairs: int, identities: str
) -> list[str]:
    main = study.kinds[0]
    own = [_score(results, main, main, a, a, CROSSED).value for a in names]
    across = _between(study, names, results, main, CROSSED)
    paper = _between(study, names, results, main, PAPER)
    changes = {
        (a, b): 100
        * (_score(results, main, main, a, b, CROSSED).value / _score(results, main, main, a, a, CROSSED).value - 1)
        for a in names
        for b in names
        if a != b
    }
    worst = min(changes, key=lambda pair: changes[pair])
    said = [
        f"By themselves the networks tell {100 * min(own):.1f} to {100 * max(own):.1f} % of {pairs:,} pairs rightly. {identities} "
        f"Through {_words(main)}, fitted on the matched pairs of the other folds ({matched:,} in all), pairs "
        f"embedded by two networks are told {100 * min(across):.1f} to {100 * max(across):.1f} %; the worst change against the "
        f"source is {worst[0]} → {worst[1]}, {changes[worst]:+.1f} %. Thresholds are cross-fitted.",
        f"With thresholds from the pairs that the map was fitted to (the papers' protocol) the median is {100 * np.median(paper):.2f} %, "
        f"with thresholds from pairs it has not seen {100 * np.median(across):.2f} %.",
    ]
    if "identity" in study.kinds:
        nothing = _between(study, names, results, "identity", CROSSED)
        said.append(f"Without a map it is {100 * min(nothing):.1f} to {100 * max(nothing):.1f} %; chance is 50 %.")
    said.append(
        "Such a map needs no more than some pairs of images of the same people: it links two collections of embeddings that were "
        "taken for anonymous."
    )
    return [sentence.replace(" -", " −") for sentence in said]
