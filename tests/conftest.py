"""What all tests share: shapes and types of repscope's functions are checked while they run."""

import os
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "agg")

import jaxtyping
import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

import tests.typechecked  # noqa: F401 (the hook looks it up by name)
from tests.browser import browser, open_page  # noqa: F401 (fixtures for all)

SOURCE = Path(__file__).parents[1] / "src" / "repscope"
# The doors: people's settings come in here with any type, and tests send wrong ones in on purpose.
DOORS = {"cli", "data", "networks", "testing"}
# numba compiles functions as they stand.
COMPILED = {"loops", "reservoir_loops", "difference_loops"}


def module_names() -> list[str]:
    """The modules whose functions are checked."""
    files = [path.relative_to(SOURCE) for path in SOURCE.glob("*/**/*.py") if path.stem not in COMPILED]
    chosen = [f for f in files if f.parts[0] not in DOORS or f.stem.startswith("_")]
    return [
        "repscope." + ".".join(f.with_suffix("").parts) for f in chosen if f.stem != "__init__" and f.parts[0] != "cli"
    ]


install_import_hook(module_names(), "tests.typechecked.check")

# A machine that others use as well may take a second for what takes a millisecond.
settings.register_profile("repscope", deadline=None)
settings.load_profile("repscope")


@pytest.fixture
def unchecked():
    """No type checks: for tests that give wrong types on purpose, to see our own refusal."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
