"""A case: one seed, one check, and what came of it. A session: many cases, counted, and their findings."""

import hashlib
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from repscope.core.errors import RepscopeError

COMMAND = "python -m tests.drawn --seed"


class Difference(AssertionError):
    """The answer is not the right one."""


@dataclass
class Draw:
    """What a case draws from, and where it counts what it did."""

    seed: int
    generator: np.random.Generator
    folder: Path
    counts: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    def one_of(self, *values: Any) -> Any:
        return values[int(self.generator.integers(len(values)))]

    def chance(self, p: float) -> bool:
        return bool(self.generator.random() < p)

    def number(self, low: int, high: int) -> int:
        """From low to high, both possible."""
        return int(self.generator.integers(low, high + 1))

    def tell(self, text: str) -> None:
        """Something that a finding needs to be understood."""
        self.told.append(text)

    def agree(self, what: str, value: float, expected: float, tolerance: float) -> None:
        """Raise if a number is not the expected one; a tolerance that allows everything is counted as no check."""
        if not tolerance <= 0.02 * max(1.0, abs(expected)):
            self.counts[f"{what}: undecidable"] += 1
            return
        self.counts[what] += 1
        if not abs(float(value) - float(expected)) <= tolerance:
            raise Difference(f"{what} is {float(value)!r}, expected {float(expected)!r} ± {float(tolerance):.3g}")

    def equal(self, what: str, value: Any, expected: Any) -> None:
        """Raise if arrays, or anything else, are not equal."""
        self.counts[what] += 1
        same = (
            np.array_equal(value, expected, equal_nan=np.asarray(value).dtype.kind == "f")
            if isinstance(value, np.ndarray) or isinstance(expected, np.ndarray)
            else value == expected
        )
        if not same:
            raise Difference(f"{what} is {_short(value)}, expected {_short(expected)}")

    def true(self, what: str, holds: object, text: str = "") -> None:
        self.counts[what] += 1
        if not holds:
            raise Difference(f"{what}: {text or 'does not hold'}")

    def answer(self, what: str, function: Callable[[], Any], may_refuse: bool = True) -> Any:
        """What a function answers; None for a sentence, which is counted."""
        try:
            return function()
        except RepscopeError as error:
            if not may_refuse:
                raise Difference(f"{what} is defined, and was refused: {error}") from error
            self.counts[f"{what}: refused"] += 1
            self.tell(f"{what} refused: {error}")
            return None


def _short(value: Any) -> str:
    return np.array2string(value, threshold=20) if isinstance(value, np.ndarray) else repr(value)[:500]


@dataclass(frozen=True)
class Finding:
    """A case that was not as it should be."""

    seed: int
    check: str
    text: str

    def __str__(self) -> str:
        return f"seed {self.seed}, {self.check}: {self.text}\n  again: {COMMAND} {self.seed}"


Check = Callable[[Draw], None]


def checks() -> dict[str, Check]:
    """All checks by name, in a fixed order: a seed's remainder says which one it is of."""
    from tests.drawn import (
        check_commands,
        check_graphs,
        check_maps,
        check_measures,
        check_recordings,
        check_runs,
        check_stores,
    )

    return {
        "measures of layers": check_measures.layer_measures,
        "measures of pairs": check_measures.pair_measures,
        "graphs": check_graphs.graphs,
        "recordings": check_recordings.recordings,
        "maps": check_maps.maps,
        "runs": check_runs.runs,
        "verification": check_maps.verification,
        "stores": check_stores.stores,
        "commands": check_commands.commands,
        "rankings": check_maps.rankings,
    }


def run_seed(seed: int, counts: Counter[str] | None = None, told: list[str] | None = None) -> Finding | None:
    """Run the case of a seed; None if all is well."""
    names = checks()
    name = list(names)[seed % len(names)]
    stamp = int.from_bytes(hashlib.sha256(f"{name} {seed}".encode()).digest()[:8], "little")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", RuntimeWarning)  # numpy's invalid values are nobody's business but ours
        draw = Draw(seed, np.random.default_rng(stamp), Path(folder))
        text = None
        try:
            names[name](draw)
            draw.counts["cases"] += 1
        except RepscopeError as error:
            draw.counts["cases refused"] += 1
            draw.tell(f"refused: {error}")
        except Difference as error:
            text = str(error)
        except Exception:
            text = "no sentence but " + traceback.format_exc(limit=-6)
    if counts is not None:
        counts.update({f"{name} | {key}": count for key, count in draw.counts.items()})
    if told is not None:
        told += draw.told
    return None if text is None else Finding(seed, name, "\n  ".join([*draw.told, text]))


def run_seeds(seeds: Iterable[int], minutes: float | None = None) -> tuple[Counter[str], list[Finding]]:
    """Run cases until seeds or time are over; findings are printed as they come."""
    counts: Counter[str] = Counter()
    findings: list[Finding] = []
    end = time.monotonic() + 60 * minutes if minutes is not None else None
    for seed in seeds:
        if end is not None and time.monotonic() > end:
            break
        finding = run_seed(seed, counts)
        if finding is not None:
            findings.append(finding)
            counts[f"{finding.check} | FINDINGS"] += 1
            print(finding, flush=True)
    return counts, findings


def table(counts: Counter[str]) -> Iterator[str]:
    """Counts by kind of check, as lines."""
    yield f"{'check':20} {'what':44} {'count':>8}"
    for key in sorted(counts):
        check, _, what = key.partition(" | ")
        yield f"{check:20} {what:44} {counts[key]:8,}"
