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

from repscope.activations import Recording, Scale, checked_scales
from repscope.core.errors import Damaged, NotFound, nearest
from repscope.core.files import read_json
from repscope.studies._scoring import read_scores
from repscope.studies._table import ScoreRow, ScoreTable

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

    def graph(
        self, layer: str, partition: str | None = None, *, scale: Scale = 1, pooling: str | None = None
    ) -> "NeighborGraph":
        """The neighbour graph of a layer, at a scale, read from disk or built.

        Raises
        ------
        BadInput
            If the layer was not recorded, or not at that scale.
        """
        recording = self.recording(partition)
        return recording.graph(recording.at_scale(layer, scale, pooling).name, self.k(partition))

    @cached_property
    def _rows(self) -> tuple[ScoreRow, ...]:
        file = self.path / SCORES
        if not file.exists():
            raise Damaged(
                f"{self.path} has no {SCORES}: the analysis was interrupted; run the same analysis again, it goes on where it was"
            )
        return read_scores(file)

    @cached_property
    def table(self) -> ScoreTable:
        """All scores of the layers as they are; `scores` has those at other scales.

        Raises
        ------
        Damaged
            If the analysis was interrupted before the scores were written.
        """
        plain = {layer.name for recording in map(self.recording, self.partitions) for layer in recording.layers}
        return ScoreTable(tuple(r for r in self._rows if r.layer in plain and (r.other is None or r.other in plain)))

    @property
    def scales(self) -> tuple[Scale, ...]:
        """Sides of the windows over which layers were pooled; 1 is no pooling."""
        return self.recording().scales

    @property
    def poolings(self) -> tuple[str, ...]:
        """How they were pooled; empty without other scales."""
        return self.recording().poolings

    def scores(
        self,
        measure: str,
        partition: str | None = None,
        *,
        scale: Scale = 1,
        pooling: str | None = None,
        unpooled_rows: bool = False,
    ) -> ScoreTable:
        """The scores of one measure, for one partition or for all, at one scale.

        Parameters
        ----------
        measure : str
        partition : str, optional
        scale : int or "global"
            Side of the windows over which layers were pooled (MS-RRA); 1 for the layers as they are.
        pooling : {"average", "max"}, optional
            The first kind that was recorded by default.
        unpooled_rows : bool
            Of a measure of pairs: rows are the layers as they are, columns the pooled ones; else both are pooled.

        Raises
        ------
        NotFound
            If the run has no scores of that measure.
        BadInput
            If it was not analysed at that scale.

        Examples
        --------
        >>> import tempfile
        >>> from repscope import analyze, load_data, load_network
        >>> network, data, folder = load_network("repscope:resnet20-digits"), load_data("digits"), tempfile.mkdtemp()
        >>> part = dict(samples=100, partitions=["validation"], scales=(1, 2, "global"), pooling="average")
        >>> run = analyze(network, data, ["input", "stage3.2"], folder, **part)
        >>> [round(s.value, 2) for s in run.scores("class_similarity", scale="global").curve()]
        [0.09, 0.99]
        """
        if partition is not None:
            self._partition(partition)
        wanted = [partition] if partition is not None else list(self.partitions)
        found = {(r.partition, r.layer, r.other): r for r in self._rows if r.score.measure == measure}
        if not found:
            names = tuple(dict.fromkeys(r.score.measure for r in self._rows))
            raise NotFound(f"the run {self.name!r} has no scores of {measure!r}; {nearest(measure, names)}")
        rows = []
        for name in wanted:
            recording = self.recording(name)
            plain = [layer.name for layer in recording.layers]
            kind = None if str(scale) == "1" else pooling or (recording.poolings or ("average",))[0]
            pooled = {layer: recording.at_scale(layer, scale, kind).name for layer in plain}
            first = {layer: layer for layer in plain} if unpooled_rows else pooled
            for layer in plain:
                for other in (None, *plain):
                    row = found.get((name, first[layer], None if other is None else pooled[other]))
                    if row is not None:
                        rows.append(ScoreRow(name, layer, other, row.score, checked_scales([scale])[-1], kind))
        return ScoreTable(tuple(rows))

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
