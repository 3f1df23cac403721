"""What all tests share: shapes and types of repscope's functions are checked while they run."""

import os
import pkgutil
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "agg")

import jaxtyping
import pytest
from jaxtyping import install_import_hook

import tests.typechecked  # noqa: F401 (the hook looks it up by name)

SOURCE = Path(__file__).parents[1] / "src" / "repscope"
# The doors: people's settings come in here with any type, and tests send wrong ones in on purpose.
DOORS = {"cli", "data", "networks", "testing"}
# numba compiles functions as they stand.
COMPILED = {"repscope.neighbors._loops", "repscope.neighbors._reservoir_loops", "repscope.neighbors._difference_loops"}

checked = [
    f"repscope.{floor.name}.{module.name}"
    for floor in sorted(SOURCE.iterdir())
    if floor.is_dir()
    for module in pkgutil.iter_modules([str(floor)])
    if floor.name not in DOORS or module.name.startswith("_")
]
install_import_hook(
    [name for name in checked if name not in COMPILED and ".cli." not in name], "tests.typechecked.check"
)


@pytest.fixture
def unchecked():
    """No type checks: for tests that give wrong types on purpose, to see our own refusal."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
