"""Classes: which are easy and which hard, where in the network does each part from the others, and which stay confused?"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from repscope.core.errors import BadInput
from repscope.core.sprites import sprite_sheet
from repscope.core.squares import in_square
from repscope.measures import Score
from repscope.measures._interval import wilson
from repscope.measures._mean import mean_score
from repscope.measures.class_similarity import class_similarity
from repscope.neighbors import NeighborGraph
from repscope.studies._one_network import OneNetwork
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Workspace
from repscope.studies._subjects import DISK, analyzed
from repscope.studies._table import ScoreRow, ScoreTable

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network

SHOWN = 8
"""Images of a class on the page, those that were taken for another class first."""
SIDE = 48
CLEAR = 0.5
"""A class has parted from the others where half of its images' neighbours, beyond chance, are of it."""


@final
@dataclass(frozen=True)
class Classes(OneNetwork):
    """Every class by itself: accuracy, NNCS along the depth, and whose images lie among its own.

    Settings beside those of `OneNetwork`, whose network is to name the classes of the data:

    Parameters
    ----------
    partition : str
        Of the data.
    layers : tuple of str
        Glob patterns; the input and all blocks by default.
    samples : int or None
        A class-balanced subset.
    k : int or None
        Neighbours per sample; n / (10 · classes) by default.
    seed : int
        Of the subset.
    """

    title: ClassVar[str] = "Easy and hard classes"
    summary: ClassVar[str] = (
        "How often each class is named rightly, at which layer its images come to lie among their own, and among which other classes they lie "
        "before."
    )
    reference: ClassVar[str] = (
        "O. Russakovsky et al., ImageNet large scale visual recognition challenge, IJCV 2015, for the easiest and hardest classes; by layer it goes "
        "beyond it"
    )

    network: str = "repscope:resnet20-glyphs-augmented"
    data: str = "glyphs"
    partition: str = "validation"
    layers: tuple[str, ...] = ()
    samples: int | None = 500
    k: int | None = None
    seed: int = 0

    def conduct(self, space: Workspace) -> StudyResult:
        """Answers, graphs, and what they say of each class."""
        network, data = self.opened_network(), self.opened_data()
        run = analyzed(
            space, "all", network, data, self.layers,
            partitions=[self.partition], samples=self.samples, k=self.k, until="graphs", seed=self.seed, disk=DISK,
        )  # fmt: skip
        recording = run.recording()
        labels = recording.labels
        if labels is None:
            raise BadInput(f"the data set {data.name!r} has no labels; classes need them")
        place = {name: row for row, name in enumerate(data.ids)}
        part = data.subset([place[name] for name in recording.ids])
        named = np.array(space.kept("named", lambda: _named(network, part).tolist()), dtype=np.int64)
        graphs = {layer: run.graph(layer) for layer in run.layers}
        found = space.kept("by-class", lambda: _by_class(graphs, labels, len(data.class_names)))
        return self._result(part, named, found)

    def _result(self, part: "DataSet", named: Int[np.ndarray, " n"], found: Mapping[str, Any]) -> StudyResult:
        labels, names = part.labels, part.class_names
        assert labels is not None
        right = named == labels
        present = [c for c in range(len(names)) if (labels == c).any()]
        order = sorted(present, key=lambda c: (-float(right[labels == c].mean()), c))
        layers, own, among = found["layers"], found["own"], np.array(found["among"])
        curves = tuple(
            ScoreRow(names[c], layer, None, Score.from_dict(own[v][c])) for c in order for v, layer in enumerate(layers)
        )
        matrices = tuple(
            ScoreRow(layer, names[a], names[b], _share(among[v, a, b], int((labels == a).sum())))
            for v, layer in enumerate(layers)
            for a in present
            for b in present
        )
        accuracy = tuple(ScoreRow(self.partition, names[c], None, _accuracy(right[labels == c])) for c in order)
        figures = (
            StudyFigure("accuracy", "Accuracy by class", "From the easiest class to the hardest, with 95 % intervals (Wilson).", ScoreTable(accuracy), axis="class"),
            StudyFigure("class_similarity", "NNCS by class", "The share of an image's neighbours that are of its own class, averaged over the images of each class.", ScoreTable(curves)),
            StudyFigure("among", "Among whom the images of a class lie", "Rows: the class of an image; columns: the share of its neighbours that are of each class.", ScoreTable(matrices), film="layer"),
        )  # fmt: skip
        table = self._table(names, order, right, labels, named, found)
        words = _sentences(names, order, right, labels, layers, among, [row[4] for row in table.rows])
        drawing = ("Images of every class", "strips", _drawing(part, order, named))
        return StudyResult(self.title, self.summary, words, figures, (table,), drawings=(drawing,))

    def _table(
        self,
        names: Sequence[str],
        order: Sequence[int],
        right: Bool[np.ndarray, " n"],
        labels: Int[np.ndarray, " n"],
        named: Int[np.ndarray, " n"],
        found: Mapping[str, Any],
    ) -> StudyTable:
        heads = (
            "class", "images", "accuracy %", "taken for", "parts at", "NNCS at the first layer", "NNCS at the last", "lies most among, at the last",
        )  # fmt: skip
        layers, own, among = found["layers"], found["own"], np.array(found["among"])
        rows = []
        for c in order:
            mine = labels == c
            wrong = named[mine & ~right]
            taken = "" if not len(wrong) else _name_of(names, int(np.bincount(wrong).argmax()))
            values = [own[v][c]["value"] for v in range(len(layers))]
            nulls = [own[v][c]["null"] for v in range(len(layers))]
            clear = [v for v in range(len(layers)) if values[v] >= nulls[v] + CLEAR * (1 - nulls[v])]
            others = among[-1, c].copy()
            others[c] = -1
            rows.append(
                (
                    names[c], int(mine.sum()), 100 * float(right[mine].mean()), taken, layers[clear[0]] if clear else "nowhere", values[0], values[-1],
                    names[int(others.argmax())] if others.max() > 0 else "",
                )
            )  # fmt: skip
        return StudyTable("classes", "Every class, the easiest first", heads, tuple(rows))


def _named(network: "Network", part: "DataSet") -> Int[np.ndarray, " n"]:
    """The class that the network names for each image, as an index into the data's classes; −1 for one that these have not."""
    from repscope.training._accuracy import class_scores

    position = {name: i for i, name in enumerate(part.class_names)}
    known = network.class_names or part.class_names
    out = []
    for start in range(0, len(part), 128):
        scores = class_scores(network, part.batch(range(start, min(start + 128, len(part)))))
        out += [position.get(known[i], -1) if i < len(known) else -1 for i in scores.argmax(1).tolist()]
    return np.array(out, dtype=np.int64)


def _by_class(graphs: Mapping[str, NeighborGraph], labels: Int[np.ndarray, " n"], classes: int) -> dict[str, Any]:
    """NNCS of every class at every layer, and of which classes the neighbours of its images are."""
    own, among = [], []
    for graph in graphs.values():
        score = class_similarity(graph, labels)
        assert score.per_sample is not None
        values: Float[np.ndarray, " n"] = score.per_sample
        own.append([_own(values[labels == c], c, labels) for c in range(classes)])
        shares = np.zeros((classes, classes))
        for c in range(classes):
            of = labels[graph.indices[labels == c]].reshape(-1)
            shares[c] = np.bincount(of, minlength=classes) / max(1, len(of))
        among.append(shares.tolist())
    return {"layers": list(graphs), "own": own, "among": among}


def _own(values: Float[np.ndarray, " m"], c: int, labels: Int[np.ndarray, " n"]) -> dict[str, Any]:
    if not len(values):
        return Score.refused("class_similarity", "no image of this class").as_dict()
    null = (float((labels == c).sum()) - 1) / (len(labels) - 1)
    found = mean_score(values, "class_similarity", "images", null)
    low, high = found.interval
    within = (max(0.0, low), min(1.0, high)) if np.isfinite(low) else (low, high)
    return Score("class_similarity", found.value, within, found.interval_method, null).as_dict()


def _share(value: float, images: int) -> Score:
    return Score("class_share", float(value), wilson(float(value), max(1, images)), "Wilson, images of the class")


def _accuracy(right: Bool[np.ndarray, " m"]) -> Score:
    value = float(right.mean())
    return Score("accuracy", value, wilson(value, len(right)), "Wilson")


def _name_of(names: Sequence[str], index: int) -> str:
    return names[index] if index >= 0 else "none of them"


def _sentences(
    names: Sequence[str],
    order: Sequence[int],
    right: Bool[np.ndarray, " n"],
    labels: Int[np.ndarray, " n"],
    layers: Sequence[str],
    among: Float[np.ndarray, "l c c"],
    parts: Sequence[str],
) -> tuple[str, ...]:
    def said(c: int) -> str:
        mine = right[labels == c]
        low, high = wilson(float(mine.mean()), len(mine))
        return f"{names[c]!r} ({100 * float(mine.mean()):.0f} % [{100 * low:.0f}, {100 * high:.0f}])"

    first = [x for x in layers if x in parts]
    out = [
        f"{100 * float(right.mean()):.1f} % of {len(right):,} images are named rightly; the easiest class is {said(order[0])}, the hardest {said(order[-1])}.",
    ]
    if first:
        early = [names[c] for c, layer in zip(order, parts, strict=True) if layer == first[0]]
        late = [names[c] for c, layer in zip(order, parts, strict=True) if layer == first[-1]]
        never = [names[c] for c, layer in zip(order, parts, strict=True) if layer not in layers]
        text = f"Half of the neighbours, beyond chance, are of the own class first for {', '.join(map(repr, early))}, from {first[0]} on"
        text += f", and last for {', '.join(map(repr, late))}, from {first[-1]} on" if first[-1] != first[0] else ""
        out.append(text + (f"; for {', '.join(map(repr, never))} nowhere." if never else "."))
    last = among[-1] + among[-1].T
    np.fill_diagonal(last, -1)
    a, b = divmod(int(last.argmax()), len(last))
    if not last[a, b] > 0:
        return (*out, f"At {layers[-1]} no image has a neighbour of another class.")
    out.append(
        f"At {layers[-1]} {names[a]!r} and {names[b]!r} lie most among each other: {100 * among[-1][a, b]:.0f} % of the neighbours of the first are of the "
        f"second, {100 * among[-1][b, a]:.0f} % the other way round."
    )
    return tuple(out)


def _drawing(part: "DataSet", order: Sequence[int], named: Int[np.ndarray, " n"]) -> dict[str, Any]:
    """Some images of each class, what was taken for another class first, as places in one sheet."""
    assert part.labels is not None
    pictures: list[UInt8[np.ndarray, "h w 3"]] = []
    rows = []
    for c in order:
        mine = np.flatnonzero(part.labels == c)
        chosen = sorted(mine.tolist(), key=lambda row: (named[row] == c, row))[:SHOWN]
        tiles = []
        for row in chosen:
            image = part.image(row)
            pixels = image if not image.is_floating_point() else (255 * image).round().byte()
            tiles.append(
                {
                    "at": len(pictures),
                    "name": f"{part.ids[row]}, taken for {_name_of(part.class_names, int(named[row]))}",
                    "right": bool(named[row] == c),
                }
            )
            pictures.append(in_square(np.ascontiguousarray(pixels.permute(1, 2, 0).numpy()), SIDE))
        words = f"{100 * float((named[mine] == c).mean()):.0f} % named rightly"
        rows.append({"name": part.class_names[c], "words": words, "tiles": tiles})
    return {
        "title": "Images of every class, the easiest first",
        "summary": "A solid frame with a tick: named rightly. A dashed one: taken for another class.",
        "rows": rows,
        "sheet": asdict(sprite_sheet(np.stack(pictures))),
    }


study = Classes()
