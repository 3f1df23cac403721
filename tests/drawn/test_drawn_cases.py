"""Cases of the generator: a few always, many on demand."""

import pytest

from tests.drawn.session import checks, run_seeds, table

FAST = {"measures of layers": 4, "measures of pairs": 6, "graphs": 6, "maps": 6, "verification": 4, "stores": 4, "rankings": 6,
        "recordings": 2}  # fmt: skip
"""Cases of each kind that take a few seconds together; runs and command lines are drawn by the slow test."""


def seeds_of(name: str, count: int, start: int = 0) -> range:
    """The first seeds of a kind of check."""
    names = list(checks())
    return range(start + names.index(name), start + names.index(name) + count * len(names), len(names))


@pytest.mark.parametrize("name", FAST)
def test_first_cases(name):
    counts, findings = run_seeds(seeds_of(name, FAST[name]))
    assert not findings, "\n".join(map(str, findings))
    assert counts[f"{name} | cases"] >= 1, "\n".join(table(counts))


@pytest.mark.slow
@pytest.mark.parametrize("name", list(checks()))
def test_many_cases(name):
    count = 12 if name in ("runs", "commands") else 60
    _, findings = run_seeds(seeds_of(name, count, start=10_000_000))
    assert not findings, "\n".join(map(str, findings))
