"""What studies have in common that train variants of one network: several seeds of each, all else the same."""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.networks import Cost, cost, load_network
from repscope.studies._families import check_recipe
from repscope.studies._plan import check_layers, check_part
from repscope.studies._study import Study, Workspace
from repscope.studies._trainings import Job, accuracies, train_all

if TYPE_CHECKING:
    from repscope.data import DataSet

Variants = Mapping[str, Mapping[str, Any]]
"""Names, and what each variant adds to the recipe that all have in common."""


@dataclass(frozen=True)
class TrainedAlike(Study):
    """Trainings that differ in what the study asks about, and in the seed.

    Parameters
    ----------
    network : str
        Address.
    network_settings : mapping
        Of all networks, such as the size of the images.
    seeds, first_seed : int
        Trainings of each; three or more for intervals that say anything.
    recipe : mapping
        Of all trainings: epochs, learning_rate, batch, augment, precision, device.
    """

    chosen: ClassVar[tuple[str, ...]] = ("network_settings", "data_settings")
    """What the recipe may not say, because the study does."""

    _: KW_ONLY
    network: str = "repscope:resnet20"
    network_settings: Mapping[str, Any] = field(default_factory=dict)
    seeds: int = 3
    first_seed: int = 0
    recipe: Mapping[str, Any] = field(default_factory=lambda: {"epochs": 10, "batch": 32})

    def check(self) -> None:
        """Refuse recipes that say what the study chooses."""
        check_recipe(self.recipe, "common")
        odd = sorted(set(self.chosen) & set(self.recipe))
        if odd:
            raise BadInput(f"the common recipe has {', '.join(odd)}, which the study chooses; leave that out of it")
        if self.seeds < 1:
            raise BadInput(f"seeds = {self.seeds}; expected one or more, three for intervals")

    def check_looks(
        self, data: "DataSet", partition: str, samples: int | None, layers: Sequence[str], k: int | None = None
    ) -> None:
        """Refuse what could only be found impossible after all trainings: samples, neighbors, layers."""
        check_part(data, partition, samples, k)
        check_layers(self.network, self.network_settings, len(data.class_names), layers)

    @property
    def all_seeds(self) -> range:
        """Of the trainings of each variant."""
        return range(self.first_seed, self.first_seed + self.seeds)

    def trained(
        self, space: Workspace, variants: Variants, data: str, data_settings: Mapping[str, Any], prefix: str = ""
    ) -> dict[str, list[Path]]:
        """The weights of every variant, by seed; what is there is not trained again.

        Parameters
        ----------
        space : Workspace
        variants : mapping of str to mapping
            What each adds to the recipe; its ``network_settings`` to those of all.
        data : str
            Address.
        data_settings : mapping
        prefix : str
            Of the names of files.
        """
        asked = [
            (seed, name) for seed in self.all_seeds for name in variants
        ]  # seed by seed, so that all are there early
        jobs = [
            Job(prefix + _in_files(name), self.network, data, self._recipe(variants[name], data_settings), seed)
            for seed, name in asked
        ]
        found: dict[str, list[Path]] = {name: [] for name in variants}
        for (_, name), path in zip(asked, train_all(space, jobs), strict=True):
            found[name].append(path)
        return found

    def _recipe(self, variant: Mapping[str, Any], data_settings: Mapping[str, Any]) -> dict[str, Any]:
        network = {**self.network_settings, **variant.get("network_settings", {})}
        return {**self.recipe, **variant, "network_settings": network, "data_settings": dict(data_settings)}

    def cost_of(self, variant: Mapping[str, Any], classes: int) -> Cost:
        """Parameters and operations of a variant's network."""
        settings = {"classes": classes, **self.network_settings, **variant.get("network_settings", {})}
        return cost(load_network(self.network, weights="random", **settings))


def accuracies_of(
    files: Mapping[str, list[Path]], partition: str = "validation"
) -> dict[str, Float[np.ndarray, " seeds"]]:
    """Of every variant, by seed."""
    which = ("train", "validation").index(partition)
    return {name: np.array([accuracies(path)[which] for path in paths]) for name, paths in files.items()}


def _in_files(name: str) -> str:
    """The name of a variant in file names.

    >>> _in_files("√2 wide")
    'sqrt2-wide'
    """
    return name.replace("√", "sqrt").replace(" ", "-")
