"""What a run of the benchmarks is told on the command line."""

import argparse
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

QUICK = 400
"""Samples of a quick run."""


@dataclass(frozen=True)
class Options:
    """Parameters
    ----------
    names : tuple of str
        Which benchmarks; all when empty.
    quick : bool
        Tiny data, one repetition: shows that the scripts work, and measures nothing.
    keep : bool
        Keep what is printed in `benchmarks/results/`.
    folder : Path, optional
        Where recorded activations are kept and found again; a temporary folder without it.
    samples : int, optional
        Instead of each benchmark's own number.
    seconds : float
        Time after which an engine is not run once more on the same points.
    engines : tuple of str
        Only engines that are called so, or begin so; all when empty.
    threads : int
        Of every engine and of the product they are compared with.
    rates : mapping of str to float
        Of machines that are not at hand, by name.
    """

    names: tuple[str, ...] = ()
    quick: bool = False
    keep: bool = False
    folder: Path | None = None
    samples: int | None = None
    seconds: float = 25.0
    engines: tuple[str, ...] = ()
    threads: int = 1
    rates: Mapping[str, float] = field(default_factory=dict)

    def size(self, usual: int) -> int:
        """Samples, where a benchmark usually takes so many."""
        return self.samples or (min(QUICK, usual) if self.quick else usual)

    @contextmanager
    def working_folder(self) -> Iterator[Path]:
        """The folder, or a temporary one."""
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            yield self.folder
            return
        with tempfile.TemporaryDirectory(prefix="repscope-bench-") as name:
            yield Path(name)


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def parse(arguments: Sequence[str]) -> Options:
    """The options in a command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time and peak memory, as tables.")
    parser.add_argument("names", nargs="*", help="benchmarks; all by default")
    parser.add_argument("--quick", action="store_true", help="tiny data: shows that the scripts work")
    parser.add_argument("--keep", action="store_true", help="keep the tables in benchmarks/results")
    parser.add_argument("--folder", type=Path, help="where recorded activations are kept and found again")
    parser.add_argument("--samples", type=int, help="samples, instead of each benchmark's own number")
    parser.add_argument(
        "--seconds", type=float, default=25.0, help="per engine and points; more gives more repetitions"
    )
    parser.add_argument("--engines", default="", help="only these, by name or its beginning, separated by commas")
    parser.add_argument("--threads", type=int, default=cores(), help="of every engine; all cores by default")
    parser.add_argument("--rate", dest="rates", action="append", default=[], metavar="NAME=VALUE", help="see imagenet")
    given = parser.parse_args(arguments)
    engines = tuple(part.strip() for part in given.engines.split(",") if part.strip())
    rates = {name: float(value) for name, _, value in (word.partition("=") for word in given.rates)}
    return Options(**{**vars(given), "names": tuple(given.names), "engines": engines, "rates": rates})
