"""Retrieval at every layer of a network, and against the number of dimensions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.data._retrieval import GALLERY, QUERIES
from repscope.transfer._by_dimension import SIZES, retrieve_by_dimension
from repscope.transfer._choice import INPUT
from repscope.transfer._described import FLAT, described, positions_of, recorded
from repscope.transfer._postprocessing import postprocessing
from repscope.transfer._retrieval import Retrieval
from repscope.transfer._retrieve import retrieve, same_label
from repscope.transfer._whitening import Whitening

if TYPE_CHECKING:
    import pandas as pd

    from repscope.activations import Recording
    from repscope.data import DataSet
    from repscope.networks import Network

L2 = "l2"
FIT_ON_GALLERY = "what post-processing learns it learned from the gallery itself, for there are no other images: with few of them that is a little too good"


@final
@dataclass(frozen=True, eq=False)
class LayerRetrieval:
    """What one layer finds, described in one way.

    Attributes
    ----------
    layer, descriptor : str
    dimension : int
        Of what is compared, after post-processing.
    found : Retrieval
    by_dimension : mapping of int to Retrieval
        After whitening to so many directions.
    """

    layer: str
    descriptor: str
    dimension: int
    found: Retrieval
    by_dimension: Mapping[int, Retrieval]


@final
@dataclass(frozen=True, eq=False)
class Searched:
    """What every layer finds for the same queries.

    Attributes
    ----------
    network, data, postprocessing : str
    layers : tuple of LayerRetrieval
        In the order of the network.
    queries, gallery : Recording
        Ids, labels and small pictures.
    notes : tuple of str
        What is to be read with the numbers.
    """

    network: str
    data: str
    postprocessing: str
    layers: tuple[LayerRetrieval, ...]
    queries: "Recording"
    gallery: "Recording"
    notes: tuple[str, ...]

    @property
    def best(self) -> LayerRetrieval:
        """The layer of the greatest mean average precision."""
        return max(self.layers, key=lambda line: line.found.map)

    def frame(self) -> "pd.DataFrame":
        """A row for each layer and descriptor (needs pandas)."""
        from repscope.core.optional import optional

        pandas = optional("pandas", "Searched.frame()", "frame")
        frame: pd.DataFrame = pandas.DataFrame(self.rows())
        return frame

    def rows(self) -> list[dict[str, Any]]:
        """The same as dictionaries."""
        return [
            {
                "layer": line.layer,
                "descriptor": line.descriptor,
                "dimension": line.dimension,
                "map": line.found.map,
                "low": line.found.interval[0],
                "high": line.found.interval[1],
                "chance": line.found.score.null,
                "recall_1": line.found.recall(1),
                "recall_10": line.found.recall(10),
                "hits_1": line.found.hits(1),
            }
            for line in self.layers
        ]

    def sentences(self) -> list[str]:
        """What it says."""
        best, score = self.best, self.best.found.score
        low, high = score.interval
        out = [
            f"{best.layer} of {self.network}, {best.descriptor}, finds best: mean average precision ({best.found.definition}) "
            f"{100 * score.value:.1f} % [{100 * low:.1f}, {100 * high:.1f}] over {len(best.found.precision):,} queries, where chance gives "
            f"{100 * (score.null or 0.0):.1f} %; the first hit is right for {100 * best.found.hits(1):.0f} % of them."
        ]
        if best.by_dimension:
            least = next(
                size
                for size, one in best.by_dimension.items()
                if one.map >= 0.99 * max(x.map for x in best.by_dimension.values())
            )
            out.append(
                f"Whitened to {least} numbers it keeps 99 % of the best that any number of dimensions gives there."
            )
        return [*out, *(f"Note: {note}." for note in self.notes)]


def search_layers(
    network: "Network",
    data: "DataSet",
    out: str | Path,
    *,
    layers: Sequence[str] | None = None,
    descriptors: Sequence[str] = ("average",),
    steps: str = L2,
    sizes: Sequence[int] = SIZES,
    definition: str = "step",
    partition: str | None = None,
    samples: int | None = None,
    keep: int = 10,
    device: str | None = None,
    seed: int = 0,
    say: Callable[[str], None] | None = None,
) -> Searched:
    """Retrieve by every layer of a network; the images pass through it once.

    Parameters
    ----------
    network : Network
    data : DataSet
        With judgements (``oxford:DIR``, ``holidays:DIR``), or with labels: then every image of a partition is a query among the
        others of it, which it is answered by if they bear its label.
    out : path
        A folder for recordings.
    layers : sequence of str, optional
        Glob patterns; the image and the outputs of all blocks by default.
    descriptors : sequence of str
        Of layers with positions; of the others, and of the image, ``flat``.
    steps : str
        A line of post-processing. It is fitted on the training part of labelled data, else on the gallery.
    sizes : sequence of int
        Numbers of dimensions for the curve of each layer, whitened and L2; none for no curves.
    definition : {"step", "trapezoid"}
        Of average precision.
    partition : str, optional
        Of labelled data: ``validation`` or ``test`` if there is one, else everything.
    samples : int, optional
        Of labelled data: a class-balanced subset of so many images.
    keep : int
        Hits that are kept of each query.
    device : str, optional
    seed : int
        Of the subset.
    say : function of str, optional
        Is told what is done.

    Returns
    -------
    Searched

    Raises
    ------
    BadInput
        If there are neither judgements nor labels, or an image is alone in its class.

    Examples
    --------
    >>> import tempfile
    >>> from repscope import load_data, load_network
    >>> found = search_layers(
    ...     load_network("repscope:resnet20-glyphs"), load_data("digits"), tempfile.mkdtemp(), layers=["stage2.2", "pool"], samples=100, sizes=()
    ... )
    >>> [line.layer for line in found.layers], found.best.found.map > 0.4
    (['stage2.2', 'pool'], True)
    """
    tell = say or (lambda _message: None)
    queries, gallery, fit, judged = _parts(data, partition, samples, seed)
    recordings = {
        name: recorded(network, part, layers, Path(out) / name, name, device)
        for name, part in (("queries", queries), ("gallery", gallery), ("fit", fit))
        if part is not None
    }
    asked = recordings["queries"]
    among, learned = recordings.get("gallery", asked), recordings.get("fit")
    relevant, junk = judged
    rows = []
    for layer in asked.layers:
        image = tuple(asked.manifest["network"]["input_shape"])
        flat = layer.name == INPUT or positions_of(layer, image) is None
        for descriptor in (FLAT,) if flat else descriptors:
            tell(f"searching by {layer.name}, {descriptor}")
            first, second = described(asked, layer.name, descriptor), described(among, layer.name, descriptor)
            base = second if learned is None else described(learned, layer.name, descriptor)
            pipeline = postprocessing(steps).fit(base)
            one, other = pipeline.transform(first), pipeline.transform(second)
            metric = "cosine" if _point(one) and _point(other) else "euclidean"
            found = retrieve(one, other, relevant, junk, definition=definition, metric=metric, keep=keep)
            curve = _curve(base, first, second, relevant, junk, sizes, definition)
            rows.append(LayerRetrieval(layer.name, descriptor, one.shape[1], found, curve))
    notes = () if learned is not None or not _learns(steps, sizes) else (FIT_ON_GALLERY,)
    return Searched(network.name, data.name, steps, tuple(rows), asked, among, notes)


def _parts(
    data: "DataSet", partition: str | None, samples: int | None, seed: int
) -> "tuple[DataSet, DataSet | None, DataSet | None, tuple[Any, Any]]":
    """Queries, the gallery if it is another, what post-processing is fitted on if that is another, and what answers what."""
    if data.judgements is not None:
        if samples is not None or partition is not None:
            raise BadInput(f"{data.name!r} has its own queries and gallery; leave out samples and partition")
        queries, gallery = data.partition(QUERIES), data.partition(GALLERY)
        return queries, gallery, None, data.judgements.rows(queries.ids, gallery.ids)
    if data.labels is None:
        raise BadInput(f"{data.name!r} has neither labels nor judgements, so what answers a query cannot be told")
    name = partition or next((part for part in ("validation", "test") if part in data.partitions), "all")
    part = data.partition(name)
    part = part if samples is None or samples >= len(part) else part.balanced(samples, seed)
    assert part.labels is not None
    alone = np.flatnonzero(np.bincount(part.labels)[part.labels] == 1)
    if len(alone):
        raise BadInput(
            f"{len(alone)} of {len(part)} images are alone in their classes, such as {part.ids[alone[0]]!r}, so nothing answers them; leave "
            "those classes out"
        )
    fit = data.partition("train") if "train" in data.partitions and name not in ("train", "all") else None
    return part, None, fit, same_label(part.labels)


def _point(vectors: Float[np.ndarray, "n d"]) -> bool:
    """Whether every vector has a direction."""
    return bool(np.linalg.norm(vectors, axis=1).all())


def _learns(steps: str, sizes: Sequence[int]) -> bool:
    return bool(sizes) or "pca" in steps or "whiten" in steps


def _curve(
    base: Float[np.ndarray, "m d"],
    first: Float[np.ndarray, "q d"],
    second: Float[np.ndarray, "n d"],
    relevant: Any,
    junk: Any,
    sizes: Sequence[int],
    definition: str,
) -> dict[int, Retrieval]:
    """After L2 and whitening, for each number of directions."""
    if not sizes:
        return {}
    from sklearn.preprocessing import normalize

    white = Whitening().fit(normalize(base))
    one, other = white.transform(normalize(first)), white.transform(normalize(second))
    kept = [size for size in sizes if size <= white.rank_] or [white.rank_]
    return retrieve_by_dimension(one, other, relevant, junk, kept, definition=definition, keep=1)
