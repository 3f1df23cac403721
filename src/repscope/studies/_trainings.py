"""Many trainings at a time: each in a process of its own on one core, since two on one core each end sooner than one after the
other on both; and a training on one core has the same bytes, however many run beside it, here or on the machines of an engine.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from repscope.core.engines import Needs
from repscope.core.errors import BadInput, Lost
from repscope.core.files import read_json
from repscope.core.threads import thread_count
from repscope.studies._study import Workspace

CHILD = """
import json, sys
from repscope.core.errors import RepscopeError
from repscope.core.progress import set_quiet
from repscope.training import train_by_name
set_quiet(True)
try:
    train_by_name(**json.load(sys.stdin))
except RepscopeError as error:
    sys.exit(f"{REFUSED}{error}")
"""
REFUSED = "repscope: "


@final
@dataclass(frozen=True)
class Job:
    """One training.

    Attributes
    ----------
    name : str
        Of the family; its file is NAME-SEED.safetensors.
    network, data : str
        Addresses.
    recipe : mapping
        Settings of `train_by_name`.
    seed : int
    """

    name: str
    network: str
    data: str
    recipe: Mapping[str, Any]
    seed: int

    def path(self, space: Workspace) -> Path:
        """Where the weights go."""
        return space.folder / "networks" / f"{self.name}-{self.seed}.safetensors"


def train_all(space: Workspace, jobs: Sequence[Job]) -> list[Path]:
    """The weights of all of them, in this order; those that are there are not trained again.

    Raises
    ------
    BadInput
        If a training refuses what it was given.
    Lost
        If a process of training ended by itself.
    """
    missing = [job for job in jobs if not job.path(space).exists()]
    (space.folder / "networks").mkdir(parents=True, exist_ok=True)
    on_gpu = any(str(job.recipe.get("device", "cpu")) != "cpu" for job in missing)
    if not space.engine.here:
        for job in missing:
            space.say(f"to be trained: {job.name}, seed {job.seed}")
        asked = [(str(Path.cwd()), _arguments(space, job)) for job in missing]
        needs = Needs(gpu=on_gpu, cores=None if on_gpu else 1)
        for _ in space.engine.run(train_there, asked, folder=space.folder, needs=needs):
            pass
    elif thread_count() == 1:  # alone on one core: a process of its own gains nothing
        for job in missing:
            _here(space, job)
    else:
        with ThreadPoolExecutor(1 if on_gpu else thread_count()) as pool:
            for done in [pool.submit(_apart, space, job) for job in missing]:
                done.result()
    return [job.path(space) for job in jobs]


def _arguments(space: Workspace, job: Job) -> dict[str, Any]:
    given = {"network": job.network, "data": job.data, "out": str(job.path(space)), "seed": job.seed}
    return {**given, **dict(job.recipe)}


def _here(space: Workspace, job: Job) -> None:
    from repscope.training import train_by_name

    space.say(f"training {job.name}, seed {job.seed}")
    train_by_name(**_arguments(space, job))


def _apart(space: Workspace, job: Job) -> None:
    training = f"training {job.name}, seed {job.seed}"
    space.say(training)
    child = f"REFUSED = {REFUSED!r}\n{CHILD}"
    done = subprocess.run(
        [sys.executable, "-c", child],
        input=json.dumps(_arguments(space, job)),
        env={**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stderr.strip()
    if done.returncode and said.startswith(REFUSED):
        raise BadInput(f"{training}: {said.removeprefix(REFUSED)}")
    if done.returncode:
        raise Lost(
            f"the process of {training} ended with {done.returncode}: {said[-500:] or 'without a word'}; "
            "the same study goes on with what is trained"
        )


def train_there(item: tuple[str, Mapping[str, Any]]) -> None:
    """Train in the worker of an engine, whose threads are those of one task: in which folder, and what `train_by_name` is given.

    Raises
    ------
    BadInput
        If the training refuses what it was given.
    """
    from repscope.training import train_by_name

    folder, given = item
    with chdir(folder):  # addresses may be relative to it
        try:
            train_by_name(**given)
        except BadInput as error:
            raise BadInput(f"training {Path(given['out']).stem}: {error}") from error


def accuracies(weights: Path) -> tuple[float, float]:
    """Of training and validation images, from the record beside the weights."""
    found = read_json(weights.with_suffix(".json"))["accuracies"]
    return found["train"], found["validation"]
