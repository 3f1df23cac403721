"""What is needed to make the run again: settings, versions, digests."""

from collections.abc import Sequence
from typing import ClassVar, final

import yaml

from repscope.report._blocks import Block, Code, Facts
from repscope.report.panels._contract import Panel
from repscope.studies import Run


@final
class ReproducePanel(Panel):
    """Settings and versions."""

    title: ClassVar[str] = "To make it again"
    lead: ClassVar[str] = "The same inputs, settings and versions give the same numbers, to the last bit."
    order: ClassVar[int] = 60

    def blocks(self, run: Run) -> Sequence[Block]:
        """Settings as YAML, and what identifies network, data and software."""
        return [settings_of(run), provenance_of(run)]


def settings_of(run: Run, title: str = "Settings") -> Code:
    """The settings file of the command line, where it wrote one; else the settings that `analyze` kept."""
    file = run.path / "settings.yaml"
    if file.exists():
        return Code(title, file.read_text(encoding="utf8"))
    named = {"network": run.description["network"]["name"], "data": run.description["data"]["name"], **run.settings}
    return Code(title, yaml.safe_dump(named, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100))


def provenance_of(run: Run, title: str = "Identity") -> Facts:
    """Versions, and the digests of weights and samples."""
    manifest = run.recording(run.partitions[0]).manifest
    items = [("network", run.description["network"]["name"]), ("weights", run.description["network"]["digest"])]
    for partition in run.partitions:
        data = run.recording(partition).manifest["data"]
        items.append((f"{partition} samples", f"{data['digest']} ({run.recording(partition).n:,} images)"))
    items += [(f"{package} version", version) for package, version in manifest["versions"].items()]
    return Facts(tuple((term, str(value)) for term, value in items), title)


panel = ReproducePanel()
