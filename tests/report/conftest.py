"""The runs that the tests of pages show."""

from pathlib import Path

import pytest

from repscope.report import write_report
from repscope.studies import Run
from tests.report.made_run import make_run


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two partitions, thirteen layers, ten classes."""
    return make_run(tmp_path_factory.mktemp("runs") / "made", {"train": 120, "validation": 90})


@pytest.fixture(scope="session")
def report(run: Run) -> Path:
    """Its page."""
    return write_report(run)


@pytest.fixture(scope="session")
def small_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with every part and little in it: axe looks at each element, and at what lies behind it."""
    layers = ("input", "stage1.0", "stage2.0", "stage3.0", "pool")
    return write_report(make_run(tmp_path_factory.mktemp("runs") / "small", {"train": 24, "validation": 20}, layers))
