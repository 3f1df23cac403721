"""Ray's tasks; and its actors, where a worker holds something that every task needs.

A worker that ends is started again and its task repeated. Nothing is sent back but what tasks return: what they make
lies in files that all machines see.
"""

import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, final

from repscope._version import __version__
from repscope.core.engines._engine import Engine, Needs
from repscope.core.engines._layout import Machine, lay_out
from repscope.core.engines._ray_pools import RETRIES, Actors, Pool, Tasks
from repscope.core.errors import Lost, Mismatch
from repscope.core.optional import optional

PATIENCE = 15.0
"""Seconds after which a new file must be seen on all machines: network file systems look anew only now and then."""


@final
class Ray(Engine):
    """The cluster that RAY_ADDRESS names, one that this process is connected to, or one of this machine's cores.

    Parameters
    ----------
    workers : int, optional
        Tasks at a time; by default one per GPU, eight cores, or as many cores as a task can use.
    """

    here: ClassVar[bool] = False

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # read when ray is imported
        self._ray: Any = optional("ray", "--engine ray", "ray")
        self._started = False
        self._seen: set[Path] = set()

    def run(
        self,
        work: Callable[..., Any],
        items: Sequence[Any],
        *,
        folder: Path,
        prepare: Callable[[], Any] | None = None,
        needs: Needs = Needs(),
        done: Callable[[int], object] = lambda number: None,
    ) -> Iterator[Any]:
        """Call `work` for every item, in workers; `prepare` in each worker once.

        Raises
        ------
        Lost
            If workers end again and again.
        Mismatch
            If a machine does not see the folder, or has other versions.
        OutOfSpace, BadInput
            If no machine has what a task needs, or work cannot be sent to workers.
        """
        if not items:
            return
        self._connect()
        self._check(Path(folder).resolve())
        room = lay_out([self._machine(node) for node in self._nodes()], self._workers, needs)
        layout = replace(room, workers=min(room.workers, len(items)))
        pool: Pool = Tasks(self._ray, work, layout, needs)
        if prepare is not None:
            pool = Actors(self._ray, work, prepare, layout, needs)
        try:
            yield from self._in_order(pool, items, layout.workers, done)
        except self._ray.exceptions.RayTaskError as error:
            cause = error.cause
            raise (cause if isinstance(cause, Exception) else error) from error
        except self._ray.exceptions.RayError as error:
            raise Lost(
                f"a worker ended while it did the same work again and again ({str(error).strip().splitlines()[0]}); "
                "the usual reason is memory: fewer workers, a smaller batch or less --memory; what was written is kept, "
                "the same command goes on from there"
            ) from error

    def close(self) -> None:
        """Leave the cluster; end it, if this engine started it."""
        if self._started:
            self._ray.shutdown()
            self._started = False

    def _connect(self) -> None:
        if self._ray.is_initialized():
            return
        if os.environ.get("RAY_ADDRESS"):
            self._ray.init(log_to_driver=False, logging_level=logging.ERROR)
        else:
            cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
            self._ray.init(
                address="local",
                num_cpus=cores,
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        self._started = True
        # Ray tells of workers that end on standard output, which belongs to what a command prints
        import_module("ray._private.worker")._worker_logs_enabled = False  # type: ignore[attr-defined]

    def _nodes(self) -> list[dict[str, Any]]:
        return [node for node in self._ray.nodes() if node["Alive"]]

    def _machine(self, node: dict[str, Any]) -> Machine:
        has = node["Resources"]
        return Machine(int(has.get("CPU", 0)), int(has.get("GPU", 0)), int(has.get("memory", 0)))

    def _check(self, folder: Path) -> None:
        """Refuse machines that do not see the folder, or would compute something else."""
        if folder in self._seen:
            return
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        folder.mkdir(parents=True, exist_ok=True)
        token, expected = folder / f".token-{secrets.token_hex(8)}", {"sees": secrets.token_hex(8), **_versions()}
        token.write_text(expected["sees"])
        try:
            look = self._ray.remote(num_cpus=0, max_retries=RETRIES)(_look)
            asked = {
                node["NodeManagerAddress"]: look.options(
                    scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
                ).remote(str(token), PATIENCE)
                for node in self._nodes()
            }
            for address, answer in asked.items():
                _compare(address, folder, self._ray.get(answer), expected)
        finally:
            token.unlink(missing_ok=True)
        self._seen.add(folder)

    def _in_order(self, pool: Pool, items: Sequence[Any], width: int, done: Callable[[int], object]) -> Iterator[Any]:
        """At most so many tasks at a time; a result waits until those before it are given back."""
        running: dict[Any, int] = {}
        ready: dict[int, Any] = {}
        begun = 0
        try:
            for number in range(len(items)):
                while number not in ready:
                    while begun < len(items) and len(running) < width:
                        running[pool.start(items[begun])] = begun
                        begun += 1
                    (ended,), _ = self._ray.wait(list(running), num_returns=1)
                    which = running.pop(ended)
                    ready[which] = self._ray.get(ended)
                    pool.ended(ended)
                    done(which)
                yield ready.pop(number)
        finally:
            pool.close(list(running))


def _versions() -> dict[str, str]:
    import numpy
    import torch

    return {"repscope": __version__, "torch": torch.__version__, "numpy": numpy.__version__}


def _look(token: str, patience: float) -> dict[str, str]:
    """What a machine sees."""
    path, until = Path(token), time.monotonic() + patience
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.2)
    return {"sees": path.read_text() if path.exists() else "", **_versions()}


def _compare(address: str, folder: Path, seen: dict[str, str], expected: dict[str, str]) -> None:
    if seen["sees"] != expected["sees"]:
        raise Mismatch(
            f"the machine {address} of the cluster does not see {folder}, where all write; choose a folder on a disk "
            "that all machines share under the same path"
        )
    other = [f"{name} {seen[name]}, here {expected[name]}" for name in expected if seen[name] != expected[name]]
    if other:
        raise Mismatch(
            f"the machine {address} of the cluster has {'; '.join(other)}; install the same versions on all, or results "
            "would depend on who computed them"
        )
