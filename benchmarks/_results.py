"""Tables kept in `benchmarks/results/`, one file per kind of machine, one section per benchmark."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from benchmarks._measure import processor
from benchmarks._options import cores

FOLDER = Path(__file__).parent / "results"
FAMILIES = ("xeon", "epyc", "ryzen", "threadripper", "core", "neoverse", "apple")


def file_name() -> str:
    """The file of this kind of machine, such as `2-core-xeon.md`."""
    words = re.findall(r"[a-z0-9]+", processor().lower())
    family = next((word for word in words if word in FAMILIES), "-".join(words[:3]) or "machine")
    return f"{cores()}-core-{family}.md"


def with_section(text: str, name: str, section: str) -> str:
    """The file's text with the section of that name new, the others as they were, in alphabetical order."""
    parts = re.split(r"^## ", text, flags=re.MULTILINE)
    sections = {part.split("\n", 1)[0].strip(): part.split("\n", 1)[1].strip() for part in parts[1:] if "\n" in part}
    sections[name] = section.strip()
    return "\n\n".join(f"## {key}\n\n{sections[key]}" for key in sorted(sections)) + "\n"


class _Both:
    """A stream that also remembers what is written to it."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return self.stream.write(text)

    def flush(self) -> None:
        self.stream.flush()


@contextmanager
def kept(name: str, keep: bool, folder: Path = FOLDER) -> Iterator[None]:
    """What the body prints, also as that section of this machine's file; only if the body succeeds."""
    if not keep:
        yield
        return
    both = _Both(sys.stdout)
    sys.stdout = both  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.stdout = both.stream
    path = folder / file_name()
    before = path.read_text(encoding="utf8") if path.exists() else ""
    section = re.sub(rf"^\s*## {re.escape(name)}\n", "", both.text)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(with_section(before, name, section), encoding="utf8")
