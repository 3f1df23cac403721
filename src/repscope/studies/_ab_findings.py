"""The findings of the thesis, each asked of two families of networks: does it hold here?

A finding holds for a family if the intervals over its networks bear it out, and not only the means.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from repscope.activations._layers import INPUT
from repscope.core.numbers import shown
from repscope.measures import Score, over_seeds
from repscope.studies._families import members_between, members_within, over_networks

Curves = Mapping[tuple[str, str, str], Sequence[Score]]
"""Means over seeds by layer, of a family, a partition and a measure."""
Inner = Mapping[tuple[str, str], Float[np.ndarray, "runs l l"]]
"""NNLS of the layers of each network, of a family and a partition."""
Between = Mapping[str, Float[np.ndarray, "pairs l l"]]
"""NNLS of the layers of two networks on validation images: within the first family, within the second, between them."""
Ratios = Mapping[str, Float[np.ndarray, "runs l"] | None]
"""ID on validation images over that on as many training images, of a family; None where it cannot be had."""
ID, NNCS = "intrinsic_dimension", "class_similarity"
NOT_ASKED = "not asked"
Answer = tuple[str, bool | None]

Row = tuple[str, str, str, str, str]


def findings_table(
    layers: Sequence[str],
    families: Mapping[str, int],
    curves: Curves,
    inner: Inner,
    between: Between,
    ratios: Ratios,
) -> tuple[Row, ...]:
    """Finding, what the thesis saw on CIFAR10, what is here in each family, and for which it holds.

    Parameters
    ----------
    layers : sequence of str
    families : mapping of str to int
        Names of the two, and how many networks each has.
    curves, inner, between, ratios
        What was found.
    """
    names = list(families)
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
        ("validation ID follows training ID", "within about 5 %", lambda n: _follows(ratios[n])),
        ("stages are blocks of NNLS", "yes", lambda n: _blocks(layers, inner[n, "validation"])),
        (
            "training and validation NNLS agree",
            "largest difference 0.002",
            lambda n: _same_matrix(inner[n, "train"], inner[n, "validation"]),
        ),
    ]
    rows: list[Row] = []
    for title, thesis, ask in questions:
        answers = [ask(name) for name in names]
        first, second = (text for text, _ in answers)
        rows.append((title, thesis, first, second, _holds(names, [holds for _, holds in answers])))
    a, b = names
    both = [
        ("later onset with augmentation", "layer 10 instead of 8", _later(layers, curves, a, b)),
        ("augmentation raises similarity of seeds at every layer", "yes", _consistency(layers, families, between)),
        (f"early layers of {b} resemble later ones of {a}", "yes", _forward(layers, families, between)),
    ]
    rows += [(title, thesis, text, "", _holds(names, [holds])) for title, thesis, (text, holds) in both]
    return tuple(rows)


def sentences(rows: Sequence[Row], same_data: bool = False, words: str = "not the same data") -> tuple[str, ...]:
    """What holds here and what does not, in words; and whether the data are the thesis'."""
    good = [row for row in rows if row[4].startswith("yes")]
    some = [row for row in rows if row[4].startswith("for")]
    bad = [row for row in rows if row[4] == "no"]
    rest = len(rows) - len(good) - len(some) - len(bad)
    said = [
        f"{len(good)} of {len(rows)} findings of the thesis hold here for both recipes, {len(some)} for one, {len(bad)} for none"
        + (f"; {rest} could not be asked." if rest else ".")
    ]
    said += [
        f"{row[0]}: {'; '.join(text for text in row[2:4] if text)} ({row[4]}; in the thesis, on CIFAR10: {row[1]})."
        for row in rows
    ]
    return tuple(said) if same_data else (*said, f"The thesis' figures are of CIFAR10: {words}.")


def _holds(names: Sequence[str], holds: Sequence[bool | None]) -> str:
    if any(answer is None for answer in holds):
        return NOT_ASKED
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
    others = float(np.mean(np.delete(rises, top))) if len(rises) > 1 else 0.0
    late = top + 1 >= len(layers) / 2
    return f"{shown(rises[top], '+.2g')} at {layers[top + 1]} (others {shown(others, '+.2g')} on average)", bool(
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


def _follows(ratios: Float[np.ndarray, "runs l"] | None) -> Answer:
    if ratios is None:
        return f"{NOT_ASKED}: ID depends on n, and the lists are too short for one n", None
    mean = ratios.mean(axis=0)
    worst = float(np.nanmax(np.abs(mean - 1)))
    return f"within {100 * worst:.2g} %, at one n", worst < 0.1


def _blocks(layers: Sequence[str], matrices: Float[np.ndarray, "runs l l"]) -> Answer:
    """Whether neighbouring layers of one stage are more alike than those where one stage follows another."""
    groups = [layer.split(".")[0] for layer in layers]
    stages = {group for group in groups if groups.count(group) > 1}
    steps = [(i, a == b) for i, (a, b) in enumerate(pairwise(groups)) if {a, b} <= stages]
    inside, across = ([i for i, same in steps if same is which] for which in (True, False))
    if not inside or not across:
        return "no stages", False
    means = [np.mean([matrices[:, i, i + 1] for i in of], axis=0) for of in (inside, across)]
    return f"{means[0].mean():.2f} within a stage, {means[1].mean():.2f} across", _over_runs(means[0] - means[1])[0] > 0


def _same_matrix(train: Float[np.ndarray, "runs l l"], validation: Float[np.ndarray, "runs l l"]) -> Answer:
    """Of the means over networks, as in the thesis."""
    largest = float(np.abs(train.mean(axis=0) - validation.mean(axis=0)).max())
    return f"largest difference {largest:.2g}", largest < 0.02


def _over_runs(values: Float[np.ndarray, " runs"]) -> tuple[float, float]:
    """95 % interval of the mean over seeds."""
    return over_seeds([Score("difference", float(v), (float(v), float(v)), "exact") for v in values]).interval


def _later(layers: Sequence[str], curves: Curves, a: str, b: str) -> Answer:
    first, second = _first_gap(curves, a), _first_gap(curves, b)
    text = " and ".join(f"{n}: {layers[p] if p is not None else 'never'}" for n, p in ((a, first), (b, second)))
    return text, first is not None and (second is None or second > first)


def _consistency(layers: Sequence[str], families: Mapping[str, int], between: Between) -> Answer:
    """Higher at every layer, and on average over the layers with intervals that do not meet."""
    inner = [i for i, layer in enumerate(layers) if layer != INPUT]
    curves = [between[f"{name}-{name}"][:, inner, inner] for name in families]
    ours, theirs = (
        over_networks(curve.mean(axis=1), members_within(count), "NNLS", None)
        for curve, count in zip(curves, families.values(), strict=True)
    )
    higher = int(np.sum(curves[1].mean(axis=0) > curves[0].mean(axis=0)))
    clear = _below(ours, theirs)
    means = f"mean {ours.value:.2f} → {theirs.value:.2f}{'' if clear else ', intervals meet'}"
    return f"at {higher} of {len(inner)} layers ({means})", higher == len(inner) and clear


def _forward(layers: Sequence[str], families: Mapping[str, int], between: Between) -> Answer:
    """Rows are layers of the first family, columns of the second: below the diagonal, the first is later."""
    (a, first), (b, second) = families.items()
    inner = [i for i, layer in enumerate(layers) if layer != INPUT]
    if len(inner) < 2:
        return f"{NOT_ASKED}: there is one layer beside the input", None
    parts = between[f"{a}-{b}"][:, inner][:, :, inner]
    rows, columns = np.tril_indices(len(inner), -1)
    below, above = parts[:, rows, columns].mean(axis=1), parts[:, columns, rows].mean(axis=1)
    difference = over_networks(below - above, members_between(first, second), "NNLS", None, bounds=None)
    text = f"later {a} with earlier {b} {below.mean():.3f}, the other way round {above.mean():.3f}"
    return text, difference.interval[0] > 0
