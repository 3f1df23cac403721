"""The same training from several seeds: one network each, and what they reach on average."""

import json
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from repscope.core.errors import BadInput, Mismatch
from repscope.core.sameness import differences
from repscope.networks import Network
from repscope.training._command import Named, by_name, checked_name
from repscope.training._recipe_file import load_recipe
from repscope.training._record import begun_with
from repscope.training._result import Epoch, Training

if TYPE_CHECKING:
    import pandas as pd


@final
@dataclass(frozen=True, eq=False)
class SeedTrainings:
    """Trainings that differ in nothing but the seed.

    Attributes
    ----------
    trainings : mapping of int to Training
        By seed.
    """

    trainings: Mapping[int, Training]

    @property
    def accuracies(self) -> dict[str, tuple[float, ...]]:
        """By partition, one for each seed."""
        done = list(self.trainings.values())
        return {name: tuple(training.accuracies[name] for training in done) for name in done[0].accuracies}

    def mean(self, partition: str) -> float:
        """Of the accuracies."""
        return statistics.mean(self.accuracies[partition])

    def deviation(self, partition: str) -> float:
        """Standard deviation of the accuracies over seeds (divided by one less than their number)."""
        return statistics.stdev(self.accuracies[partition])

    def frame(self) -> "pd.DataFrame":
        """One row per seed (needs pandas)."""
        from repscope.core.optional import optional

        pandas = optional("pandas", "SeedTrainings.frame()", "frame")
        rows = [{"seed": seed, **done.accuracies} for seed, done in self.trainings.items()]
        frame: pd.DataFrame = pandas.DataFrame(rows)
        return frame


def seed_path(out: Path, seed: int) -> Path:
    """Where the weights of one seed lie.

    >>> seed_path(Path("mine.safetensors"), 3).name
    'mine-3.safetensors'
    """
    return out.with_name(f"{out.with_suffix('').name}-{seed}.safetensors")


def train_seeds(
    network: str,
    data: str,
    out: str | Path,
    seeds: int,
    *,
    seed: int | None = None,
    fresh: bool = False,
    device: str = "cpu",
    each_of: Callable[[Path], Callable[[int, Network], object]] | None = None,
    say: Callable[[str], object] | None = None,
    **settings: Any,
) -> SeedTrainings:
    """Train with several seeds, of the weights too, each to its own file; what is there already is not trained again.

    Parameters
    ----------
    network, data, out
        As for `train_by_name`; the files are NAME-0.safetensors and so on, by the seed.
    seeds : int
        How many.
    seed : int, optional
        The first one; by default that of the recipe, 0 if it does not say.
    fresh : bool
        Whether to train those anew that are there.
    each_of : function of Path, optional
        What `train` is to call after every epoch, by the weights file of the seed.
    device, say, **settings
        As for `train_by_name`.

    Raises
    ------
    BadInput
        If fewer than two seeds are asked for.
    Mismatch
        If one of the files is there, and its record says that it was trained with other settings.
    """
    if seeds < 2:
        raise BadInput(f"seeds={seeds} cannot be used; expected two or more, of which there is a mean and a deviation")
    name, checkpoints, done = checked_name(out), settings.get("checkpoints", ()), {}
    recipe = settings.get("recipe")
    first = seed if seed is not None else 0 if recipe is None else load_recipe(recipe).seed
    for number in range(first, first + seeds):
        path = seed_path(name, number)
        named = by_name(network, data, seed=number, **settings)
        there = None if fresh else _done(path, named)
        if there is None:
            if say is not None:
                say(f"training with seed {number}, to {path}")
            each = None if each_of is None else each_of(path)
            there = named.train(path, device=device, checkpoints=checkpoints, each=each, fresh=fresh, say=say)
        elif say is not None:
            say(f"seed {number} is trained already: {path}")
        done[number] = there
    return SeedTrainings(done)


def _done(path: Path, named: Named) -> Training | None:
    """The training that left this file, if it is there and is the one that was asked for."""
    from repscope.networks._weights import put_weights, read_weights

    if not path.exists():
        return None
    weights = read_weights(path)
    record = dict(weights.record)
    names = tuple(record.get("network", {}).get("class_names", ()))
    now = json.loads(json.dumps(begun_with(named.network, named.data, named.recipe, names), default=str))
    found = differences({key: record.get(key) for key in now}, now)
    if found:
        shown = "; ".join(found[:6]) + (f"; and {len(found) - 6} more" if len(found) > 6 else "")
        raise Mismatch(
            f"{path} is there already, and was trained with other settings ({shown}); give another file to write, or train anew with "
            "--fresh (fresh=True)"
        )
    put_weights(named.network.module, weights, named.network.name)
    history = tuple(Epoch(**epoch) for epoch in record["history"])
    return Training(named.network, record["accuracies"], history, path)
