"""What redundant layers and overfitting suggest: proposals with a reason and the command that tests them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, final

from repscope.report.advice._building import train
from repscope.report.findings import Finding
from repscope.studies import published

ABLATION = "augmentation_ablation_cifar10"
NAMES = {
    "translate": "translate",
    "rotation": "rotation",
    "horizontal flip": "flip",
    "colour jitter": "jitter",
    "grayscale": "grayscale",
    "blur": "blur",
}
"""The published augmentations, by the names of `repscope train --augmentation`."""
CHARACTERS = "not where mirrored images change their class, as characters do"
_BLOCK = re.compile(r"^stage(\d+)\.(\d+)$")


@final
@dataclass(frozen=True)
class Proposal:
    """Something to try.

    Attributes
    ----------
    kind : str
        ``"window"``, ``"remove"`` or ``"augment"``.
    sentence : str
        What to try.
    why : str
        What the run shows.
    test : str
        The command that tells whether it helps.
    """

    kind: str
    sentence: str
    why: str
    test: str

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return asdict(self)


def removals(
    found: Sequence[Finding], address: str, settings: Mapping[str, Any], blocks: Sequence[int]
) -> list[Proposal]:
    """For each run of blocks of one stage that keep each other's neighbours, a network without all but the first.

    Parameters
    ----------
    found : sequence of Finding
        Of the run.
    address, settings
        Of the network's design.
    blocks : sequence of int
        How many blocks each stage has.
    """
    proposals = []
    for finding in found:
        if finding.kind != "redundant_layers":
            continue
        within: dict[int, list[str]] = {}
        for layer in finding.layers:
            if named := _BLOCK.match(layer):
                within.setdefault(int(named.group(1)), []).append(layer)
        for stage, layers in within.items():
            # the first of them does what the others keep; a stage's first block changes the shape and stays
            spare = layers[1:]
            left = [count - len(spare) * (number == stage) for number, count in enumerate(blocks, 1)]
            if spare:
                without = f"a network with {left} blocks in its stages, without {' and '.join(spare)}"
                proposals.append(
                    Proposal("remove", without, finding.sentence, train(address, {**settings, "blocks": left}))
                )
    return proposals


def augmentations(found: Sequence[Finding], address: str, settings: Mapping[str, Any]) -> list[Proposal]:
    """Where training and validation part: the published augmentations, by what each gave on CIFAR10."""
    finding = next((f for f in found if f.kind == "overfitting"), None)
    if finding is None:
        return []
    rows = {row["augmentation"]: float(row["mean_accuracy"]) for row in published(ABLATION)}
    gains = sorted(((rows[name] - rows["none"], name) for name in NAMES), reverse=True)
    proposals = []
    for gain, name in gains:
        word = NAMES[name]
        but = f"; {CHARACTERS}" if word == "flip" else ""
        sentence = f"train with {name} ({gain:+.1f} points alone on CIFAR10, as published{but})"
        proposals.append(
            Proposal("augment", sentence, finding.sentence, f"{train(address, settings)} --augmentation {word}")
        )
    return proposals
