"""The Run: a folder that holds recordings, their graphs, scores and a report.

::

    RUN/run.json               what it is of, and the settings that reproduce it
    RUN/PARTITION/             a recording of each partition, and its graphs
    RUN/scores.json            every score, with interval, null and notes
    RUN/untrained/             the same of a network with untrained weights, when one was asked for
    RUN/report.html            the page
"""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from repscope.activations import Recording
from repscope.core.errors import Damaged, NotFound, nearest
from repscope.core.files import read_json
from repscope.studies._scoring import read_scores
from repscope.studies._table import ScoreTable

if TYPE_CHECKING:
    from repscope.neighbors import NeighborGraph

FORMAT = "repscope.run.1"
RUN = "run.json"
SCORES = "scores.json"
TWIN = "untrained"


@final
class Run:
    """A folder that `analyze` wrote.

    Parameters
    ----------
    path : path
        The folder.

    Raises
    ------
    Damaged
        If the folder holds no run, or one of another version.

    Attributes
    ----------
    description : dict
        What `run.json` says: network, data, settings, partitions, k.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        file = self.path / RUN
        if not file.exists():
            raise Damaged(
                f"{self.path} holds no run (no {RUN}); expected a folder that 'repscope analyze' or analyze() wrote"
            )
        self.description: dict[str, Any] = read_json(file)
        if self.description.get("format") != FORMAT:
            raise Damaged(
                f"{file} has the format {self.description.get('format')!r} and this version of repscope reads {FORMAT!r}; "
                "analyse again into another folder, or use the version that wrote it"
            )
        self._recordings: dict[str, Recording] = {}

    @property
    def name(self) -> str:
        """What to call the run: the name of its folder."""
        return self.path.resolve().name

    @property
    def title(self) -> str:
        """The network and the data set, for headings."""
        return f"{self.description['network']['name']} on {self.description['data']['name']}"

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that reproduce the run."""
        return dict(self.description["settings"])

    @property
    def partitions(self) -> tuple[str, ...]:
        """The parts of the data, training first where there is one."""
        return tuple(self.description["partitions"])

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """The layers, in the order in which they fire."""
        return tuple(layer.name for layer in self.recording(self.partitions[0]).layers)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes; empty without labels."""
        return self.recording(self.partitions[0]).class_names

    def recording(self, partition: str | None = None) -> Recording:
        """The recording of a partition; of the last one (validation, where there is one) by default.

        Raises
        ------
        NotFound
            If there is no such partition.
        """
        name = self._partition(partition)
        if name not in self._recordings:
            self._recordings[name] = Recording(self.path / name)
        return self._recordings[name]

    def k(self, partition: str | None = None) -> int:
        """Neighbours per sample in the graphs of a partition."""
        return int(self.description["k"][self._partition(partition)])

    def graph(self, layer: str, partition: str | None = None) -> "NeighborGraph":
        """The neighbour graph of a layer, read from disk or built."""
        return self.recording(partition).graph(layer, self.k(partition))

    @cached_property
    def table(self) -> ScoreTable:
        """All scores.

        Raises
        ------
        Damaged
            If the analysis was interrupted before the scores were written.
        """
        file = self.path / SCORES
        if not file.exists():
            raise Damaged(
                f"{self.path} has no {SCORES}: the analysis was interrupted; run the same analysis again, it goes on where it was"
            )
        return ScoreTable(read_scores(file))

    def scores(self, measure: str, partition: str | None = None) -> ScoreTable:
        """The scores of one measure, for one partition or for all.

        Raises
        ------
        NotFound
            If the run has no scores of that measure.
        """
        if partition is not None:
            self._partition(partition)
        found = self.table.select(measure=measure, partition=partition)
        if not found.rows:
            raise NotFound(
                f"the run {self.name!r} has no scores of {measure!r}; {nearest(measure, self.table.measures)}"
            )
        return found

    @cached_property
    def twin(self) -> "Run | None":
        """The same analysis of an untrained network, when there is one."""
        return Run(self.path / TWIN) if (self.path / TWIN / RUN).exists() else None

    def report(self, path: str | Path | None = None) -> Path:
        """Write the report, one offline HTML file, and say where it is."""
        from repscope.report import write_report

        return write_report(self, path)

    def _partition(self, partition: str | None) -> str:
        name = self.partitions[-1] if partition is None else partition
        if name not in self.partitions:
            raise NotFound(f"the run {self.name!r} has no partition {name!r}; {nearest(name, self.partitions)}")
        return name

    def __repr__(self) -> str:
        return (
            f"Run({str(self.path)!r}: {self.title}, {len(self.layers)} layers, partitions {', '.join(self.partitions)})"
        )
