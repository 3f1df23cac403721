"""What a finder is, and the two questions: what is found in a run, and what between two runs."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import ClassVar, Literal

from repscope.core.registry import Registry
from repscope.report.findings._evidence import Analysed, Between, Compared, ComparedSeveral, Evidence
from repscope.report.findings._finding import Finding


class Finder(ABC):
    """What every finder declares. A file of this folder defines one instance under the name `finder`."""

    kind: ClassVar[str]
    """The file's name; the key of its findings."""
    title: ClassVar[str]
    """Heading of its findings."""
    criterion: ClassVar[str]
    """In one sentence, by which rule it finds; shown with the finding."""
    order: ClassVar[int] = 100
    """Its place among the others, from first to last for a reader."""
    untrained: ClassVar[str] = "An untrained network does this too ({brief})."
    """What is added to a finding when the untrained network shows it at one of the same layers."""

    def say(
        self,
        sentence: str,
        layers: Sequence[str],
        partition: str | None,
        numbers: Mapping[str, float],
        *,
        brief: str = "",
        untrained: str = "",
        tone: Literal["note", "warning"] = "note",
    ) -> Finding:
        """A finding of this kind."""
        return Finding(
            self.kind, self.title, sentence, tuple(layers), partition, numbers, self.criterion, tone, brief, untrained
        )


class RunFinder(Finder):
    """Finds a phenomenon in one run."""

    @abstractmethod
    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """What is there; nothing where labels, partitions, layers or scores do not suffice."""


class ComparisonFinder(Finder):
    """Finds a phenomenon between two runs on the same samples."""

    @abstractmethod
    def find(self, between: Between) -> Sequence[Finding]:
        """What is there; nothing where layers, partitions or scores do not suffice."""


FINDERS: Registry[Finder] = Registry("repscope.report.findings", "finder", Finder)


def findings(run: Analysed) -> tuple[Finding, ...]:
    """What is found in a run, in words.

    Findings rest on intervals that hold together over all the places where a finder looks (99.9 %), and not on
    bare thresholds, so that noise has none. Where an untrained twin was analysed and shows the same, the sentence
    says so.

    Parameters
    ----------
    run : Run
        What `analyze` returns.

    Returns
    -------
    tuple of Finding
        In the order in which a reader wants them; empty where there is nothing to say.

    Examples
    --------
    >>> import tempfile
    >>> from repscope import analyze, load_data, load_network
    >>> network, data = load_network("repscope:resnet20-digits"), load_data("digits")
    >>> run = analyze(network, data, ["input", "pool"], tempfile.mkdtemp(), samples=200, partitions=["validation"])
    >>> findings(run)[0].title, findings(run)[0].layers
    ('Separability at the output', ('pool',))
    """
    evidence = Evidence(run)
    found: list[Finding] = []
    for finder in _in_order():
        if isinstance(finder, RunFinder):
            own = finder.find(evidence)
            same = finder.find(evidence.twin) if own and evidence.twin is not None else ()
            found += [_beside(finding, same, finder.untrained) for finding in own]
    return tuple(found)


def compare_findings(comparison: Compared | ComparedSeveral) -> tuple[Finding, ...]:
    """What is found between two runs on the same samples, or between each two of several, in words.

    Parameters
    ----------
    comparison : Comparison or Comparisons
        What `compare` returns.

    Returns
    -------
    tuple of Finding
        In the order in which a reader wants them; empty where there is nothing to say. Of several runs, pair by pair: a
        sentence says between which two, and a warning about one of them is said once.

    Examples
    --------
    >>> import tempfile
    >>> from repscope import analyze, compare, load_data, load_network
    >>> network, data = load_network("repscope:resnet20-digits"), load_data("digits")
    >>> run = analyze(network, data, ["input", "pool"], tempfile.mkdtemp(), samples=100, partitions=["validation"])
    >>> compare_findings(compare(run, run))  # a run does not differ from itself
    ()
    """
    if not isinstance(comparison, ComparedSeveral):
        return _found_between(Between(comparison))
    evidence = [Evidence(run) for run in comparison.runs]
    found: dict[tuple[str, str | None], Finding] = {}
    for (a, b), names, pair in zip(
        combinations(evidence, 2), combinations(comparison.names, 2), comparison.pairs, strict=True
    ):
        for finding in _found_between(Between(pair, (a, b), names)):
            where = "" if finding.tone == "warning" else f"between {names[0]} and {names[1]}: "
            told = replace(finding, sentence=where + finding.sentence)
            found.setdefault((told.sentence, told.partition), told)
    return tuple(found.values())


def _found_between(between: Between) -> tuple[Finding, ...]:
    return tuple(
        finding for finder in _in_order() if isinstance(finder, ComparisonFinder) for finding in finder.find(between)
    )


def _in_order() -> list[Finder]:
    return sorted((FINDERS[name] for name in FINDERS), key=lambda finder: finder.order)


def _beside(finding: Finding, untrained: Sequence[Finding], words: str) -> Finding:
    """The finding, with what its finder has said of the untrained network, or what it finds there at a shared layer."""
    shared = [other for other in untrained if set(other.layers) & set(finding.layers)]
    said = finding.untrained or (words.format(brief=shared[0].brief) if shared else "")
    return replace(finding, sentence=f"{finding.sentence}. {said}", untrained=said) if said else finding
