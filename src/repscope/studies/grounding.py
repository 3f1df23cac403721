"""Grounding: which measures of similarity tell networks apart that are known to differ?"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar, final

from repscope.activations import planned_layers
from repscope.core.errors import BadInput
from repscope.core.numbers import shown
from repscope.measures import MEASURES, PairMeasure, Score
from repscope.measures._interval import wilson
from repscope.studies._grounding_tests import closeness, closer, correlation, in_order, same_layer, summed, told_apart
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._run import Run
from repscope.studies._study import Study, Workspace
from repscope.studies._subjects import analyzed, opened_data, opened_network
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.studies._trainings import Job, train_all
from repscope.studies._view import RecordedLayer

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network

LEFT_OUT = ("hsic",)
"""Its size depends on the size of activations: it does not claim to compare pairs."""

TESTS = {
    "labels": "networks trained on the true labels are closer to each other than to those trained on shuffled ones",
    "augmentation": "with augmentation and without are two families: on average of both, networks of one are closer than those of two",
    "augmentation_each": "networks of either recipe, with augmentation or without, are closer to each other than to those of the other",
    "accuracy": "the farther two networks, the more their accuracies differ",
    "order": "within a network, of three layers the outer two are the farthest apart",
    "same_layer": "of all layers of another training, the closest to a layer is the same one",
}


@final
@dataclass(frozen=True)
class Grounding(Study):
    """Networks that are known to differ, and every measure of pairs.

    Parameters
    ----------
    network, data : str
        Addresses; the data set has training and validation images.
    network_settings : mapping
        Settings of the network; it has as many classes as the data if these do not say otherwise.
    data_settings : mapping
        Those of the data set.
    measures : tuple of str
        Measures of pairs; all by default.
    seeds : int
        Trainings of each kind, two or more; the test of augmentation needs four.
    epochs : int
        Of each training.
    lengths : tuple of int
        Epochs of further trainings, for the test of accuracies.
    layer : str
        At which networks are compared.
    samples : int
        Validation images.
    """

    title: ClassVar[str] = "Which measures can be trusted"
    summary: ClassVar[str] = (
        "Networks whose difference is known: trained on true and on shuffled labels, with and without augmentation, long and short; "
        "and layers whose order is known. Every measure is asked to find these differences."
    )
    reference: ClassVar[str] = (
        "F. Ding et al., NeurIPS 2021; M. Klabunde et al., ReSi, ICLR 2025; S. Kornblith et al., ICML 2019 (same layer)"
    )

    network: str = "repscope:resnet20"
    data: str = "digits"
    _: KW_ONLY
    network_settings: Mapping[str, Any] = field(default_factory=dict)
    data_settings: Mapping[str, Any] = field(default_factory=dict)
    measures: tuple[str, ...] = ()
    seeds: int = 4
    epochs: int = 12
    lengths: tuple[int, ...] = (2, 4, 6, 8)
    layer: str = "pool"
    samples: int = 200

    def check(self) -> None:
        """Refuse families without a pair."""
        if self.seeds < 2:
            raise BadInput(f"seeds = {self.seeds}; expected two or more, to compare trainings of one kind")
        for name in self.measures:
            if not isinstance(MEASURES[name], PairMeasure):
                raise BadInput(f"the measure {name!r} is of single layers; grounding needs measures of pairs")

    def conduct(self, space: Workspace) -> StudyResult:
        """Train, record, and ask every measure."""
        data = opened_data(self.data, self.data_settings)
        untrained = self._network(data, "random")
        blocks = [layer.name for layer in planned_layers(untrained)[0]]
        if self.layer not in blocks:
            raise BadInput(f"the network has no layer {self.layer!r} among its blocks; known: {', '.join(blocks)}")
        wanted = [(kind, self.epochs) for kind in ("plain", "shuffled", "augmented") for _ in range(self.seeds)]
        wanted += [("short", epochs) for epochs in self.lengths]
        # no two have a seed in common: networks that begin with the same weights stay alike, whatever comes after
        jobs = []
        for seed, (kind, epochs) in enumerate(wanted):
            name = f"{kind}-{epochs if kind == 'short' else seed % self.seeds}"
            jobs.append(Job(name, self.network, self.data, self._recipe(kind, epochs), seed))
        files = {job.name: str(file) for job, file in zip(jobs, train_all(space, jobs), strict=True)}
        runs: dict[str, Run] = {}
        for name, file in files.items():
            network = self._network(data, file)
            runs[name] = analyzed(
                space, name, network, data, None, partitions=["validation"], samples=self.samples, until="recording"
            )
        accuracy = space.kept("accuracies", lambda: self._accuracies(files))
        found = {}
        for name in self._names():
            space.say(f"asking {name}")
            found[name] = space.kept(f"measure-{name}", partial(self._asked, name, runs, accuracy))
        return self._result(found, accuracy)

    def _network(self, data: "DataSet", weights: str, **settings: Any) -> "Network":
        """The network with these weights and as many classes as the data, where its settings do not say otherwise."""
        return opened_network(
            self.network, weights, {"classes": len(data.class_names), **self.network_settings, **settings}
        )

    def _names(self) -> list[str]:
        given = list(self.measures)
        pairs = [name for name in MEASURES if isinstance(MEASURES[name], PairMeasure) and name not in LEFT_OUT]
        return given or pairs

    def _recipe(self, kind: str, epochs: int) -> dict[str, Any]:
        """How networks of a kind are trained."""
        special: dict[str, Any] = {
            "shuffled": {"label_noise": 1.0, "noise": "shuffled"},
            "augmented": {"augment": True},
        }
        settings = {"network_settings": dict(self.network_settings), "data_settings": dict(self.data_settings)}
        return {"epochs": epochs, **settings, **special.get(kind, {})}

    def _accuracies(self, files: Mapping[str, str]) -> dict[str, float]:
        """On the validation images with their true labels."""
        from repscope.training import accuracy

        data = opened_data(self.data, self.data_settings)
        part = data.partition("validation")
        return {name: float(accuracy(self._network(data, file), part)) for name, file in files.items()}

    def _asked(self, name: str, runs: dict[str, Run], accuracy: dict[str, float]) -> dict[str, Any]:
        measure = MEASURES[name]
        assert isinstance(measure, PairMeasure)
        sign = 1.0 if measure.higher_means_closer else -1.0
        views = {key: RecordedLayer(run.recording(), self.layer, run.k()) for key, run in runs.items()}
        close = closeness(measure, list(views.values()), list(views.values()), sign)
        place = {key: i for i, key in enumerate(views)}
        families = {
            kind: [place[key] for key in views if key.startswith(f"{kind}-")]
            for kind in ("plain", "shuffled", "augmented")
        }
        plain = [key for key in runs if key.startswith("plain-")]
        layers = [RecordedLayer(runs[key].recording(), x, runs[key].k()) for key in plain for x in runs[key].layers]
        depth = len(layers) // len(plain)
        # by network and layer, twice; all in one call, in which each layer is taken apart once
        blocks = closeness(measure, layers, layers, sign).reshape(len(plain), depth, len(plain), depth)
        orders = [in_order(blocks[i, :, i]) for i in range(len(plain))]
        same = [same_layer(blocks[i, :, j]) for i, j in combinations(range(len(plain)), 2)]
        trained = [place[key] for key in views if not key.startswith("shuffled-")]
        return {
            "labels": closer(close, families["plain"], families["shuffled"]),
            "augmentation": told_apart(close, families["plain"], families["augmented"]),
            "augmentation_each": summed(
                [
                    closer(close, families["plain"], families["augmented"]),
                    closer(close, families["augmented"], families["plain"]),
                ]
            ),
            "accuracy": correlation(close, [accuracy[key] for key in views], trained),
            "order": summed(orders),
            "same_layer": summed(same),
        }

    def _result(self, found: dict[str, dict[str, Any]], accuracy: dict[str, float]) -> StudyResult:
        rows = []
        for name, answers in found.items():
            cells: list[Any] = [MEASURES[name].symbol]
            for test in TESTS:
                cells.append(_said(answers[test]))
            cells.append(sum(answers[test]["passed"] for test in TESTS if answers[test]["value"] is not None))
            cells.append(sum(answers[test]["value"] is not None for test in TESTS))
            rows.append(tuple(cells))
        table = [
            ScoreRow(test, MEASURES[name].symbol, None, _score(answers[test]))
            for test in TESTS
            for name, answers in found.items()
            if answers[test]["value"] is not None
        ]
        figure = StudyFigure(
            "tests",
            "What every measure finds",
            "Share of comparisons that come out right (of the test of accuracies, the rank correlation; of augmentation, the share of other "
            "divisions that are less clear); 0.5 is chance for labels and augmentation.",
            ScoreTable(tuple(table)),
            axis="measure",
        )
        nets = tuple((name, value) for name, value in accuracy.items())
        tables = (
            StudyTable("grounding", "Tests by measure", ("measure", *TESTS, "passed", "of"), tuple(rows)),
            StudyTable("tests", "What is tested", ("test", "what must hold"), tuple(TESTS.items())),
            StudyTable("networks", "The networks", ("network", "validation accuracy"), nets),
        )
        return StudyResult(self.title, self.summary, self._sentences(found), (figure,), tables)

    def _sentences(self, found: dict[str, dict[str, Any]]) -> tuple[str, ...]:
        said = []
        for test, what in TESTS.items():
            known = {n: a[test] for n, a in found.items() if a[test]["value"] is not None}
            passed = [MEASURES[n].symbol for n, a in known.items() if a["passed"]]
            failed = [MEASURES[n].symbol for n, a in known.items() if not a["passed"]]
            unknown = [MEASURES[n].symbol for n in found if n not in known]
            text = f"{what[0].upper()}{what[1:]}: found by {', '.join(passed) or 'none'}"
            text += f"; not by {', '.join(failed)}" if failed else ""
            said.append(text + (f"; no answer from {', '.join(unknown)}." if unknown else "."))
        return tuple(said)


def _score(answer: dict[str, Any]) -> Score:
    value = float(answer["value"])
    if "p" in answer:
        return Score("share_found", value, (value, value), "none", 0.0, details={"p": answer["p"]})
    return Score("share_found", value, wilson(value, answer["of"]), "analytic, Wilson, comparisons as independent")


def _said(answer: dict[str, Any]) -> str:
    if answer["value"] is None:
        return "no answer"
    mark = "passed" if answer["passed"] else "failed"
    return f"{shown(answer['value'], '.2f')} {mark}" + (f" (p = {answer['p']:.2g})" if "p" in answer else "")


study = Grounding()
