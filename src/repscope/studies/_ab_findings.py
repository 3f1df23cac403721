"""The findings of the thesis, each asked of two families of networks: does it hold here?

A finding holds for a family if the intervals over seeds bear it out, and not only the means.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from repscope.measures import Score

Curves = Mapping[tuple[str, str, str], Sequence[Score]]
Matrices = Mapping[tuple[str, str], Float[np.ndarray, "l m"]]
ID, NNCS = "intrinsic_dimension", "class_similarity"
Answer = tuple[str, bool]

Row = tuple[str, str, str, str, str]


def findings_table(
    layers: Sequence[str], names: tuple[str, str], curves: Curves, matrices: Matrices
) -> tuple[Row, ...]:
    """Finding, what the thesis saw on CIFAR10, what is here in each family, and for which it holds."""
    questions: list[tuple[str, str, Callable[[str], Answer]]] = [
        (
            "hunchback: ID rises, peaks early, falls",
            "peak at the end of stage 1",
            lambda n: _hunchback(layers, curves[n, "train", ID]),
        ),
        ("NNCS dips below the input's at first", "layers 1 to 3", lambda n: _dip(layers, curves[n, "train", NNCS])),
        ("NNCS rises most late", "layers 8 to 10 of 12", lambda n: _spike(layers, curves[n, "train", NNCS])),
        (
            "training and validation NNCS part",
            "from layer 8 (plain), 10 (augmented)",
            lambda n: _onset(layers, curves, n),
        ),
        ("validation ID follows training ID", "within about 5 %", lambda n: _follows(curves, n)),
        ("stages are blocks of NNLS", "yes", lambda n: _blocks(layers, matrices[n, "validation"])),
        ("training and validation NNLS agree", "largest difference 0.002", lambda n: _same_matrix(matrices, n)),
    ]
    rows: list[Row] = []
    for title, thesis, ask in questions:
        answers = [ask(name) for name in names]
        first, second = (text for text, _ in answers)
        rows.append((title, thesis, first, second, _holds(names, [holds for _, holds in answers])))
    a, b = names
    both = [
        ("later onset with augmentation", "layer 10 instead of 8", _later(layers, curves, a, b)),
        ("augmentation raises similarity of seeds at every layer", "yes", _consistency(layers, matrices, a, b)),
        (f"early layers of {b} resemble later ones of {a}", "yes", _forward(layers, matrices, a, b)),
    ]
    rows += [(title, thesis, text, "", "yes" if holds else "no") for title, thesis, (text, holds) in both]
    return tuple(rows)


def sentences(rows: Sequence[Row]) -> tuple[str, ...]:
    """What holds here and what does not, in words."""
    good = [row for row in rows if row[4].startswith("yes")]
    some = [row for row in rows if row[4].startswith("for")]
    bad = [row for row in rows if row[4] == "no"]
    said = [
        f"{len(good)} of {len(rows)} findings of the thesis hold here for both recipes, {len(some)} for one, {len(bad)} for none."
    ]
    said += [
        f"{row[0]}: {'; '.join(text for text in row[2:4] if text)} ({row[4]}; in the thesis, on CIFAR10: {row[1]})."
        for row in rows
    ]
    return (*said, "The thesis' figures are of CIFAR10: not the same data.")


def _holds(names: Sequence[str], holds: Sequence[bool]) -> str:
    if all(holds):
        return "yes"
    return "no" if not any(holds) else f"for {names[holds.index(True)]} alone"


def _values(scores: Sequence[Score]) -> Float[np.ndarray, " l"]:
    return np.array([score.value for score in scores])


def _below(lower: Score, upper: Score) -> bool:
    """Whether one lies below the other with its whole interval over seeds."""
    return lower.interval[1] < upper.interval[0]


def _hunchback(layers: Sequence[str], curve: Sequence[Score]) -> Answer:
    top = int(np.nanargmax(_values(curve)))
    holds = 0 < top < len(layers) / 2 and _below(curve[0], curve[top]) and _below(curve[-1], curve[top])
    return f"{curve[0].value:.3g} → {curve[top].value:.3g} at {layers[top]} → {curve[-1].value:.3g}", holds


def _dip(layers: Sequence[str], curve: Sequence[Score]) -> Answer:
    """Among the first third of the layers."""
    early = range(1, max(2, len(layers) // 3 + 1))
    low = min(early, key=lambda i: curve[i].value)
    text = f"{curve[0].value:.3g} at {layers[0]}, {curve[low].value:.3g} at {layers[low]}"
    return text, _below(curve[low], curve[0])


def _spike(layers: Sequence[str], curve: Sequence[Score]) -> Answer:
    rises = np.diff(_values(curve))
    top = int(np.nanargmax(rises))
    others = float(np.mean(np.delete(rises, top)))
    late = top + 1 >= len(layers) / 2
    return f"+{rises[top]:.2g} at {layers[top + 1]} (others {others:+.2g} on average)", bool(
        late and rises[top] > 2 * max(others, 0.0) and _below(curve[top], curve[top + 1])
    )


def _first_gap(curves: Curves, name: str) -> int | None:
    """The first layer from which on NNCS of training lies above that of validation, by intervals over seeds."""
    apart = [_below(v, t) for t, v in zip(curves[name, "train", NNCS], curves[name, "validation", NNCS], strict=True)]
    for place in range(1, len(apart)):
        if all(apart[place:]):
            return place
    return None


def _onset(layers: Sequence[str], curves: Curves, name: str) -> Answer:
    first = _first_gap(curves, name)
    if first is None:
        return "they do not part", False
    gap = curves[name, "train", NNCS][-1].value - curves[name, "validation", NNCS][-1].value
    return f"from {layers[first]} on, {gap:.2g} at the end", True


def _follows(curves: Curves, name: str) -> Answer:
    ratio = _values(curves[name, "validation", ID]) / _values(curves[name, "train", ID])
    worst = float(np.nanmax(np.abs(ratio - 1)))
    return f"within {100 * worst:.2g} %", worst < 0.1


def _blocks(layers: Sequence[str], matrix: Float[np.ndarray, "l l"]) -> Answer:
    """Whether neighbouring layers of one stage are more alike than those where the stage changes."""
    stages = [layer.split(".")[0] for layer in layers]
    inside = [matrix[i, i + 1] for i, (a, b) in enumerate(pairwise(stages)) if a == b]
    across = [matrix[i, i + 1] for i, (a, b) in enumerate(pairwise(stages)) if a != b]
    if not inside or not across:
        return "no stages", False
    return f"{np.mean(inside):.2f} within a stage, {np.mean(across):.2f} across", bool(
        np.mean(inside) > np.mean(across)
    )


def _same_matrix(matrices: Matrices, name: str) -> Answer:
    largest = float(np.abs(matrices[name, "train"] - matrices[name, "validation"]).max())
    return f"largest difference {largest:.2g}", largest < 0.02


def _later(layers: Sequence[str], curves: Curves, a: str, b: str) -> Answer:
    first, second = _first_gap(curves, a), _first_gap(curves, b)
    text = " and ".join(f"{n}: {layers[p] if p is not None else 'never'}" for n, p in ((a, first), (b, second)))
    return text, first is not None and (second is None or second > first)


def _consistency(layers: Sequence[str], matrices: Matrices, a: str, b: str) -> Answer:
    ours, theirs = (np.diagonal(matrices[f"{n}-{n}", "validation"]) for n in (a, b))
    above = [layer for layer, x, y in zip(layers, ours, theirs, strict=True) if y > x and layer != "input"]
    rest = len([layer for layer in layers if layer != "input"])
    return f"at {len(above)} of {rest} layers (mean {ours[1:].mean():.2f} → {theirs[1:].mean():.2f})", len(
        above
    ) == rest


def _forward(layers: Sequence[str], matrices: Matrices, a: str, b: str) -> Answer:
    """Rows are layers of a, columns of b: below the diagonal, a is later than b."""
    matrix = matrices[f"{a}-{b}", "validation"]
    inner = [i for i, layer in enumerate(layers) if layer != "input"]
    part = matrix[np.ix_(inner, inner)]
    below, above = part[np.tril_indices(len(part), -1)].mean(), part[np.triu_indices(len(part), 1)].mean()
    return f"later {a} with earlier {b} {below:.3f}, the other way round {above:.3f}", bool(below > above)
