"""The finding: one phenomenon, said in words with its numbers and the criterion by which it was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, final


@final
@dataclass(frozen=True)
class Finding:
    """What was found.

    Attributes
    ----------
    kind : str
        Short key, the name of the finder's file, for example ``"overfitting"``.
    title : str
        Heading of two to four words.
    sentence : str
        The finding in plain words, with its numbers.
    layers : tuple of str
        The layers it is about, in their order.
    partition : str or None
        The part of the data it was seen in.
    numbers : mapping of str to float
        The numbers of the sentence, unrounded.
    criterion : str
        By which rule it was found, in one sentence.
    tone : "note" or "warning"
        Whether something may be wrong.
    brief : str
        The numbers alone, for use inside another sentence.
    untrained : str
        What an untrained network of the same architecture shows, as a sentence; empty if it does not show the
        same, or if none was analysed. `sentence` ends with it.

    Examples
    --------
    >>> found = Finding("example", "An example", "NNCS rises.", ("a", "b"), "train", {"rise": 0.5}, "It must rise.")
    >>> found.tone, found.as_dict()["numbers"]
    ('note', {'rise': 0.5})
    """

    kind: str
    title: str
    sentence: str
    layers: tuple[str, ...]
    partition: str | None
    numbers: Mapping[str, float]
    criterion: str
    tone: Literal["note", "warning"] = "note"
    brief: str = ""
    untrained: str = field(default="")

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "kind": self.kind,
            "title": self.title,
            "sentence": self.sentence,
            "layers": list(self.layers),
            "partition": self.partition,
            "numbers": {name: float(value) for name, value in self.numbers.items()},
            "criterion": self.criterion,
            "tone": self.tone,
            "untrained": self.untrained,
        }
