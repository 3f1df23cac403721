"""Retrieval at every layer of a network, and against the number of dimensions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Float

from repscope.activations._layers import INPUT
from repscope.core.errors import BadInput
from repscope.core.scaling import scale_rows
from repscope.data._retrieval import GALLERY, QUERIES
from repscope.maps import Ridge
from repscope.transfer._by_dimension import SIZES, retrieve_by_dimension
from repscope.transfer._described import FLAT, described, descriptors_of, recorded
from repscope.transfer._postprocessing import postprocessing
from repscope.transfer._retrieval import Retrieval
from repscope.transfer._retrieve import retrieve, same_label
from repscope.transfer._searched import LayerRetrieval, Searched
from repscope.transfer._whitening import Whitening

if TYPE_CHECKING:
    from repscope.activations import Recording
    from repscope.data import DataSet
    from repscope.networks import Network

L2 = "l2"
FIT = "fit"
FIT_ON_GALLERY = "what post-processing learns it learned from the gallery itself, for there are no other images: with few of them that is a little too good"
MOST_MAPPED = 2048
"""Numbers of a descriptor from and to which a map is fitted: it takes their cube in time."""
FOLDS = 5
MAPPED_ON_GALLERY = "for want of other images maps were fitted on the gallery; each query was taken by one that had not seen the image of its name"


def search_layers(
    network: "Network",
    data: "DataSet",
    out: str | Path,
    *,
    layers: Sequence[str] | None = None,
    descriptors: Sequence[str] = ("average",),
    steps: str = L2,
    sizes: Sequence[int] = SIZES,
    queries_of: "Network | None" = None,
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
    queries_of : Network, optional
        Another network, whose layers of the same names describe the queries once more: a linear map (ridge, cross-validated) takes
        them into the first network's space, where its gallery is searched. It is fitted on the images that post-processing is
        (where these are the gallery, without a fifth that the query is in), if neither descriptor has more than 2,048 numbers.
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
        If there are neither judgements nor labels, an image is alone in its class, or the other network has no layer of the same name.

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
    parts, (relevant, junk) = _parts(data, partition, samples, seed)
    own = _Passed.through(network, parts, layers, Path(out), device)
    other = None if queries_of is None else _Passed.through(queries_of, parts, layers, Path(out) / "queries_of", device)
    shared = () if other is None else own.shared_with(other)
    theirs = "" if queries_of is None else _apart_from(network, queries_of)
    rows = []
    unmapped: list[str] = []
    for layer in own.queries.layers:
        for descriptor in descriptors_of(own.queries, layer.name, descriptors):
            tell(f"searching by {layer.name}, {descriptor}")
            base, gallery = (
                described(own.learned, layer.name, descriptor),
                described(own.gallery, layer.name, descriptor),
            )
            pipeline = postprocessing(steps).fit(base)
            found_in = pipeline.transform(gallery)
            sides = {"": described(own.queries, layer.name, descriptor)}
            if other is not None and layer.name in shared:
                if max(base.shape[1], other.width(layer.name, descriptor)) > MOST_MAPPED:
                    unmapped.append(f"{layer.name}, {descriptor}")
                else:
                    sides[theirs] = other.mapped(layer.name, descriptor, base)
            for by, queries in sides.items():
                asked = pipeline.transform(queries)
                metric = "cosine" if _point(asked) and _point(found_in) else "euclidean"
                found = retrieve(asked, found_in, relevant, junk, definition=definition, metric=metric, keep=keep)
                curve = _curve(base, queries, gallery, relevant, junk, sizes, definition)
                rows.append(LayerRetrieval(layer.name, descriptor, asked.shape[1], found, curve, by))
    notes = (
        [f"of more than {MOST_MAPPED:,} numbers, and therefore not mapped: {'; '.join(unmapped)}"] if unmapped else []
    )
    if FIT not in parts and _learns(steps, sizes):
        notes.append(FIT_ON_GALLERY)
    if FIT not in parts and other is not None:
        notes.append(MAPPED_ON_GALLERY)
    return Searched(network.name, data.name, steps, tuple(rows), own.queries, own.gallery, tuple(notes))


@final
@dataclass(frozen=True)
class _Passed:
    """A network's recordings of the queries, of the gallery, and of the images that is learned from."""

    name: str
    queries: "Recording"
    gallery: "Recording"
    learned: "Recording"

    @classmethod
    def through(
        cls,
        network: "Network",
        parts: "Mapping[str, DataSet]",
        layers: Sequence[str] | None,
        folder: Path,
        device: str | None,
    ) -> "_Passed":
        """Through a network, into a folder."""
        of = {name: recorded(network, part, layers, folder / name, name, device) for name, part in parts.items()}
        gallery = of.get(GALLERY, of[QUERIES])
        return cls(network.name, of[QUERIES], gallery, of.get(FIT, gallery))

    def width(self, layer: str, descriptor: str) -> int:
        """Numbers of a flat description; of others the most that they can have."""
        info = self.queries.layer(layer)
        (way,) = descriptors_of(self.queries, layer, (descriptor,))
        return info.features if way == FLAT else max(info.shape)

    def mapped(self, layer: str, descriptor: str, onto: Float[np.ndarray, "m d"]) -> Float[np.ndarray, "q d"]:
        """The queries by a layer, mapped as the images that is learned from are to be mapped onto `onto`.

        A query that is one of these images is taken by a map that was fitted without a fifth of them, its own image among it.
        """
        (way,) = descriptors_of(self.queries, layer, (descriptor,))
        known, asked = described(self.learned, layer, way), described(self.queries, layer, way)
        place = {name: row for row, name in enumerate(self.learned.ids)}
        fold = np.random.default_rng(0).permutation(len(known)) % FOLDS
        left_out = np.array([fold[place[name]] if name in place else -1 for name in self.queries.ids])
        out: Float[np.ndarray, "q d"] = np.empty((len(asked), onto.shape[1]))
        for number in np.unique(left_out).tolist():
            fitted = Ridge("cv").fit(known[fold != number], onto[fold != number])
            out[left_out == number] = fitted.predict(asked[left_out == number])
        return out

    def shared_with(self, other: "_Passed") -> list[str]:
        """The layers of both, the image left out."""
        theirs = {layer.name for layer in other.queries.layers}
        both = [layer.name for layer in self.queries.layers if layer.name in theirs - {INPUT}]
        if not both:
            raise BadInput(
                f"{self.name} and {other.name} have no layer of one name among those asked for ({', '.join(sorted(theirs)[:5])}, …), so it "
                "cannot be told which to map to which; name layers that both have"
            )
        return both


def _parts(
    data: "DataSet", partition: str | None, samples: int | None, seed: int
) -> "tuple[dict[str, DataSet], tuple[Any, Any]]":
    """Queries; the gallery if it is another; other images to learn from, if there are; and what answers what."""
    if data.judgements is not None:
        if samples is not None or partition is not None:
            raise BadInput(f"{data.name!r} has its own queries and gallery; leave out samples and partition")
        queries, gallery = data.partition(QUERIES), data.partition(GALLERY)
        return {QUERIES: queries, GALLERY: gallery}, data.judgements.rows(queries.ids, gallery.ids)
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
    parts = {QUERIES: part}
    if "train" in data.partitions and name not in ("train", "all"):
        parts[FIT] = data.partition("train")
    return parts, same_label(part.labels)


def _apart_from(network: "Network", other: "Network") -> str:
    """The other's name; with the beginning of its weights' digest where both have one name."""
    return other.name if other.name != network.name else f"{other.name} (weights {other.digest[:8]})"


def _point(vectors: Float[np.ndarray, "n d"]) -> bool:
    """Whether every vector has a direction."""
    return bool(vectors.any(axis=1).all())


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

    base, first, second = (normalize(scale_rows(vectors)) for vectors in (base, first, second))
    white = Whitening().fit(base)
    one, other = white.transform(first), white.transform(second)
    kept = [size for size in sizes if size <= white.rank_] or [white.rank_]
    return retrieve_by_dimension(one, other, relevant, junk, kept, definition=definition, keep=1)
