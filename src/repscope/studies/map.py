"""Map: every layer drawn in two dimensions, aligned from layer to layer, and all layers together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.core.optional import optional
from repscope.measures import Score
from repscope.measures._canonical import Basis
from repscope.measures.mutual_neighbors import mutual_neighbors
from repscope.neighbors import NeighborGraph, neighbor_graph
from repscope.studies._one_network import OneNetwork
from repscope.studies._published import THESIS
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._run import Run
from repscope.studies._study import Workspace
from repscope.studies._subjects import analyzed
from repscope.studies._table import ScoreRow, ScoreTable

WAYS = ("pca", "umap")
JOINT = "all layers together"


@final
@dataclass(frozen=True)
class Map(OneNetwork):
    """Drawings of all layers on the same samples.

    Settings beside those of `OneNetwork`:

    Parameters
    ----------
    partition : str
        Of the data.
    layers : tuple of str
        Glob patterns; the input and all blocks by default.
    samples : int or None
        A class-balanced subset; 500 by default.
    k : int or None
        Neighbours per sample; n / (10 · classes) by default.
    way : {"pca", "umap"}
        How a layer is drawn: its two directions of largest variance, or UMAP (extra ``umap``), begun with the layer before.
    seed : int
        Of the subset, and of UMAP.
    """

    title: ClassVar[str] = "A map of every layer"
    summary: ClassVar[str] = (
        "The samples as each layer arranges them, drawn in two dimensions and turned so that they move as little as can be from "
        "layer to layer; and one drawing from the neighbours of all layers together. Beside each: how many neighbours it keeps."
    )
    reference: ClassVar[str] = (
        f"{THESIS}, section 8.2, where it is proposed; L. McInnes, J. Healy, J. Melville, UMAP (2018)"
    )

    partition: str = "validation"
    layers: tuple[str, ...] = ()
    samples: int | None = 500
    k: int | None = None
    way: str = "pca"
    seed: int = 0

    def check(self) -> None:
        """Refuse ways that there are not."""
        if self.way not in WAYS:
            raise BadInput(f"way = {self.way!r}; expected one of {', '.join(WAYS)}")
        if self.way == "umap":
            optional("umap", "the study 'map' with way='umap'", "umap")

    def conduct(self, space: Workspace) -> StudyResult:
        """Graphs, positions of every layer, and how faithful they are."""
        data = self.opened_data()
        samples = None if self.samples is None or self.samples >= len(data.partition(self.partition)) else self.samples
        run = analyzed(
            space,
            "all",
            self.opened_network(),
            data,
            self.layers,
            partitions=[self.partition],
            samples=samples,
            k=self.k,
            seed=self.seed,
        )
        places = space.kept("places", lambda: self._places(run))
        kept = space.kept("kept", lambda: self._kept(run, places))
        return self._result(run, places, [Score.from_dict(score) for score in kept])

    def _places(self, run: Run) -> dict[str, list[list[float]]]:
        """Positions of all samples, by layer, and from all layers together."""
        places: dict[str, list[list[float]]] = {}
        before: Float[np.ndarray, "n 2"] | None = None
        for layer in run.layers:
            drawn = _principal(run, layer) if self.way == "pca" else self._umap(run.graph(layer), before)
            before = aligned(drawn, before)
            places[layer] = np.round(before, 3).tolist()
        together = _joint([run.graph(layer) for layer in run.layers], self.seed)
        places[JOINT] = np.round(aligned(together, before), 3).tolist()
        return places

    def _umap(self, graph: NeighborGraph, before: Float[np.ndarray, "n 2"] | None) -> Float[np.ndarray, "n 2"]:
        import warnings

        umap = optional("umap", "the study 'map' with way='umap'", "umap")
        # its own convention: the sample itself first
        indices = np.column_stack([np.arange(graph.n), graph.indices])
        distances = np.column_stack([np.zeros(graph.n), graph.distances])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the seed makes it use one thread, and about lists given beforehand
            model = umap.UMAP(
                n_neighbors=graph.k + 1,
                random_state=self.seed,
                init="spectral" if before is None else before,
                precomputed_knn=(indices, distances, None),
            )
            drawn: Float[np.ndarray, "n 2"] = np.asarray(model.fit_transform(distances[:, :2]), dtype=np.float64)
        return drawn

    def _kept(self, run: Run, places: dict[str, list[list[float]]]) -> list[dict[str, Any]]:
        """For every layer, the share of its neighbours that are neighbours in its drawing."""
        found = []
        for layer in run.layers:
            graph = run.graph(layer)
            found.append(mutual_neighbors(graph, neighbor_graph(np.array(places[layer]), graph.k)).as_dict())
        return found

    def _result(self, run: Run, places: dict[str, list[list[float]]], kept: Sequence[Score]) -> StudyResult:
        recording = run.recording()
        drawing = {
            "title": self.title,
            "label": "layer",
            "names": [*run.layers, JOINT],
            "places": [places[name] for name in (*run.layers, JOINT)],
            "kept": [score.value for score in kept],
            "labels": None if recording.labels is None else recording.labels.tolist(),
            "class_names": list(recording.class_names),
            "ids": list(recording.ids),
        }
        rows = [ScoreRow(self.partition, layer, None, s) for layer, s in zip(run.layers, kept, strict=True)]
        figure = StudyFigure(
            "kept",
            "Neighbours that the drawing keeps",
            "Share of a sample's neighbours at a layer that are its neighbours in that layer's drawing: where it is low, do not "
            "read distances off the map.",
            ScoreTable(tuple(rows)),
        )
        best, worst = (int(pick([s.value for s in kept])) for pick in (np.argmax, np.argmin))
        sentences = (
            f"The drawing keeps {100 * kept[best].value:.0f} % of the neighbours at {run.layers[best]}, where it is most faithful, and "
            f"{100 * kept[worst].value:.0f} % at {run.layers[worst]}; chance would keep {100 * (kept[0].null or 0):.1f} %.",
        )
        table = StudyTable(
            "kept",
            "How faithful each drawing is",
            ("layer", "neighbours kept", "by chance"),
            tuple((layer, s.value, s.null) for layer, s in zip(run.layers, kept, strict=True)),
        )
        return StudyResult(
            self.title,
            self.summary,
            sentences,
            (figure,),
            (table,),
            (("the run behind it", "runs/all/report.html"),),
            ((self.title, "map", drawing),),
        )


def _principal(run: Run, layer: str) -> Float[np.ndarray, "n 2"]:
    """The two directions of largest variance."""
    basis = Basis.of(run.recording().points(layer), f"layer {layer!r}: the")
    drawn: Float[np.ndarray, "n 2"] = (basis.u[:, :2] * basis.s[:2]).numpy()
    return drawn if drawn.shape[1] == 2 else np.column_stack([drawn, np.zeros(len(drawn))])


def aligned(drawn: Float[np.ndarray, "n 2"], before: Float[np.ndarray, "n 2"] | None) -> Float[np.ndarray, "n 2"]:
    """The drawing, of unit spread, turned and mirrored so that it is as near as can be to the one before.

    Reference: P. Schönemann, Psychometrika 31 (1966).

    Examples
    --------
    >>> square = np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
    >>> turned = aligned(5 * square[:, ::-1], square / 2**0.5)
    >>> np.allclose(turned, square / 2**0.5)
    True
    """
    centred = drawn - drawn.mean(axis=0)
    spread = float(np.sqrt((centred**2).sum(axis=1).mean()))
    unit: Float[np.ndarray, "n 2"] = centred / (spread or 1.0)
    if before is None:
        return unit
    left, _, right = np.linalg.svd(unit.T @ before)
    turned: Float[np.ndarray, "n 2"] = unit @ (left @ right)
    return turned


def _joint(graphs: Sequence[NeighborGraph], seed: int) -> Float[np.ndarray, "n 2"]:
    """Spectral embedding of the graph in which two samples are joined as strongly as there are layers where either names the other.

    Reference: M. Belkin, P. Niyogi, Neural Comput. 15 (2003).
    """
    from scipy import sparse
    from sklearn.manifold import spectral_embedding

    n = graphs[0].n
    total = sparse.csr_array((n, n))
    for graph in graphs:
        ends = np.arange(0, n * graph.k + 1, graph.k)
        named = sparse.csr_array((np.ones(n * graph.k), graph.indices.reshape(-1), ends), shape=(n, n))
        total = total + named.maximum(named.T)
    # parts that no layer joins would fall on single points: a weak tie of all to all keeps them in one drawing
    dense = total.toarray() + 1e-3 * len(graphs) / n
    np.fill_diagonal(dense, 0.0)
    drawn: Float[np.ndarray, "n 2"] = spectral_embedding(dense, n_components=2, random_state=seed, drop_first=True)
    return drawn


study = Map()
