"""What was found by every layer of a network: rows, sentences, and what the hits are drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from repscope.transfer._described import FLAT
from repscope.transfer._retrieval import Retrieval

if TYPE_CHECKING:
    import pandas as pd

    from repscope.activations import Recording


@final
@dataclass(frozen=True, eq=False)
class LayerRetrieval:
    """What one layer finds, described in one way.

    Attributes
    ----------
    layer, descriptor : str
    mapped : str
        The network whose queries a map took here; nothing where queries and gallery are of one network.
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
    mapped: str = ""

    @property
    def way(self) -> str:
        """The descriptor, and whose queries."""
        return f"{self.descriptor}, queries of {self.mapped}, mapped" if self.mapped else self.descriptor

    @property
    def name(self) -> str:
        """The layer, and how it is described where that could be otherwise."""
        return self.layer if self.way == FLAT else f"{self.layer}, {self.way}"


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
        """The layer of the greatest mean average precision, queries and gallery of one network."""
        return max((line for line in self.layers if not line.mapped), key=lambda line: line.found.map)

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
                "queries_of": f"{line.mapped}, mapped" if line.mapped else self.network,
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
        mapped = [line for line in self.layers if line.mapped]
        if mapped:
            most = max(mapped, key=lambda line: line.found.map)
            low, high = most.found.interval
            out.append(
                f"With queries of {most.mapped}, taken by a linear map into the space of {most.layer} of {self.network}, mean average "
                f"precision is {100 * most.found.map:.1f} % [{100 * low:.1f}, {100 * high:.1f}] at best, where its own queries give "
                f"{100 * self._own(most).found.map:.1f} %."
            )
        return [*out, *(f"Note: {note}." for note in self.notes)]

    def _own(self, mapped: LayerRetrieval) -> LayerRetrieval:
        """The same with queries of the network itself."""
        same = (mapped.layer, mapped.descriptor)
        return next(line for line in self.layers if not line.mapped and (line.layer, line.descriptor) == same)
