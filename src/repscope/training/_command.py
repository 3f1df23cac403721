"""Training by addresses: what `repscope train` does."""

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, final

from repscope.core.errors import BadInput
from repscope.data import DataSet, load_data
from repscope.networks import NETWORK_SOURCES, Network, load_network
from repscope.training._augmentation import Augmentation
from repscope.training._loop import train
from repscope.training._parts import transplanted
from repscope.training._recipe import Recipe
from repscope.training._recipe_file import load_recipe
from repscope.training._result import Training

OPTIONS = ("epochs", "learning_rate", "batch", "loss", "precision", "seed")
"""Of the recipe, that always stand in the command."""

FURTHER = ("warm_up", "last_rate", "momentum", "weight_decay", "nesterov", "label_noise", "noise", "frozen", "compile")
"""Of the recipe, that stand in the command where they are not what they would be without."""


def train_by_name(
    network: str,
    data: str,
    out: str | Path,
    *,
    recipe: str | Path | None = None,
    augment: bool = False,
    augmentation: Sequence[str] = (),
    weights: str | Path = "random",
    copied: str = "",
    device: str = "cpu",
    network_settings: Mapping[str, Any] | None = None,
    data_settings: Mapping[str, Any] | None = None,
    checkpoints: Sequence[int] = (),
    each: Callable[[int, Network], object] | None = None,
    fresh: bool = False,
    say: Callable[[str], object] | None = None,
    **changes: Any,
) -> Training:
    """Load a network and a data set by their addresses, train, and write the weights.

    Parameters
    ----------
    network, data : str
        Addresses, as for `load_network` and `load_data`. Where the source lets choose, the network gets as many
        outputs as the data have classes.
    out : str or Path
        The weights file, NAME.safetensors.
    recipe : str or Path, optional
        A recipe's name or YAML file (`load_recipe`).
    augment : bool
        Whether with all augmentations that suit characters: with the usual `Augmentation`, which does not mirror.
    augmentation : sequence of str
        Or with those of these names (`Augmentation.only`), ``"all"`` of them, or ``"none"`` of the recipe's.
    weights : str or Path
        What to start from: ``"random"`` or a file.
    copied : str
        Glob patterns over the names of modules, separated by commas: these alone start from the file, the others from random weights.
    device : str
        Where to compute.
    network_settings, data_settings : mapping, optional
        Settings of the two sources.
    checkpoints, each, fresh, say
        As for `train`.
    **changes
        Of the `Recipe`, which win over those of `recipe`: epochs, learning_rate, batch, loss, precision, seed …; None
        changes nothing. The seed is that of random weights, too.

    Returns
    -------
    Training

    Raises
    ------
    BadInput
        If `out` is not a safetensors file, both `augment` and `augmentation` are given, or something is to be copied from no file.
    """
    named = by_name(
        network, data, recipe=recipe, augment=augment, augmentation=augmentation, weights=weights, copied=copied,
        network_settings=network_settings, data_settings=data_settings, checkpoints=checkpoints, **changes,
    )  # fmt: skip
    return named.train(checked_name(out), device=device, checkpoints=checkpoints, each=each, fresh=fresh, say=say)


@final
@dataclass(frozen=True, eq=False)
class Named:
    """A training whose parts have been loaded by their addresses.

    Attributes
    ----------
    network, data, recipe
        What is trained, on what, and how.
    words : tuple of str
        The command that does it, without the file to write.
    """

    network: Network
    data: DataSet
    recipe: Recipe
    words: tuple[str, ...]

    def train(self, out: Path, **options: Any) -> Training:
        """Do it; options as for `train`."""
        command = shlex.join([*self.words, "--out", out.name])
        return train(self.network, self.data, self.recipe, out, command, **options)


def checked_name(out: str | Path) -> Path:
    """The weights file.

    Raises
    ------
    BadInput
        If it is not called NAME.safetensors.
    """
    if Path(out).suffix != ".safetensors":
        raise BadInput(f"the weights would go to {str(out)!r}; expected a name that ends in .safetensors")
    return Path(out)


def by_name(
    network: str,
    data: str,
    *,
    recipe: str | Path | None = None,
    augment: bool = False,
    augmentation: Sequence[str] = (),
    weights: str | Path = "random",
    copied: str = "",
    network_settings: Mapping[str, Any] | None = None,
    data_settings: Mapping[str, Any] | None = None,
    checkpoints: Sequence[int] = (),
    **changes: Any,
) -> Named:
    """Load what is to be trained, and write the command down that does it."""
    how = _recipe(recipe, augment, augmentation, changes)
    images = load_data(data, **(data_settings or {}))
    settings: dict[str, Any] = {"seed": how.seed, **(network_settings or {})}
    word = network.partition(":")[0]
    if word in NETWORK_SOURCES and NETWORK_SOURCES[word].takes_classes:
        settings.setdefault("classes", len(images.class_names))
    options = [(_flag(name), str(getattr(how, name))) for name in OPTIONS]
    if weights != "random":
        options.append(("--weights", str(weights)))
    for option, chosen in (("--network-set", network_settings), ("--data-set", data_settings)):
        options += [(option, f"{name}={json.dumps(value)}") for name, value in (chosen or {}).items()]
    words = ["repscope", "train", network, data, *(part for pair in options for part in pair)]
    words += _further(how, Recipe() if recipe is None else load_recipe(recipe))
    words += [] if recipe is None else ["--recipe", str(recipe)]
    words += [
        *(["--augment"] if augment else []),
        *(part for name in augmentation for part in ("--augmentation", name)),
    ]
    words += ["--copied", copied] if copied else []
    words += ["--checkpoints", ",".join(map(str, checkpoints))] if checkpoints else []
    return Named(_begun(network, weights, copied, settings), images, how, tuple(words))


def _begun(network: str, weights: str | Path, copied: str, settings: Mapping[str, Any]) -> Network:
    """The network that the training begins with."""
    if not copied:
        return load_network(network, weights=weights, **settings)
    if weights == "random":
        raise BadInput(f"copied = {copied!r} came without a file to copy from; give it as weights")
    return transplanted(load_network(network, weights="random", **settings), weights, copied)


def _recipe(name: str | Path | None, augment: bool, augmentation: Sequence[str], changes: Mapping[str, Any]) -> Recipe:
    if augment and augmentation:
        raise BadInput(
            f"augment (--augment) and augmentation={list(augmentation)} were given; expected one: the first are all that suit "
            "characters, the second are chosen by name"
        )
    given = {key: value for key, value in changes.items() if value is not None}
    if augment:
        given["augment"] = Augmentation()
    elif augmentation:
        given["augment"] = None if list(augmentation) == ["none"] else Augmentation.only(*augmentation)
    return Recipe(**given) if name is None else load_recipe(name, **given)


def _further(how: Recipe, usual: Recipe) -> list[str]:
    """Options of what differs from the usual."""
    kinds = {field.name: field.type for field in fields(Recipe)}
    words: list[str] = []
    for name in FURTHER:
        value = getattr(how, name)
        if value == getattr(usual, name):
            continue
        if kinds[name] is bool:
            words.append(_flag(name) if value else f"--no-{name}")
        else:
            words += [_flag(name), str(value)]
    return words


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
