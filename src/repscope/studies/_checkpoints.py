"""Weights of one training at several epochs: trained here, or files of a training that is done."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from repscope.core.errors import BadInput
from repscope.core.files import write_tensors
from repscope.studies._study import Workspace

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network
    from repscope.training import Recipe


def check_checkpoints(files: Sequence[str], epochs: int, at: Sequence[int], weights: str | None) -> None:
    """Refuse trainings with nothing to follow.

    Raises
    ------
    BadInput
        If there is one checkpoint, an epoch that the training does not have, or weights to begin with beside checkpoints.
    """
    if len(files) == 1 or (not files and epochs < 1):
        raise BadInput("one checkpoint shows no change; give two files of weights or more, or epochs = 1 or more")
    if files and weights != "random":
        raise BadInput(f"weights = {weights!r} begin a training, and checkpoints are of one that is done; give one")
    odd = [number for number in at if not 0 <= number <= epochs]
    if odd and not files:
        raise BadInput(f"at = {list(at)} names epochs that the training does not have; expected 0 to {epochs}")


def checkpoint_files(
    space: Workspace,
    files: Sequence[str],
    at: Sequence[int],
    recipe: "Recipe",
    begin: "Callable[[], Network]",
    data: "DataSet",
) -> dict[str, Path]:
    """The weights of every checkpoint, by its name; trained here if there are no files, and kept in the study's folder.

    Parameters
    ----------
    space : Workspace
    files : sequence of str
        Of a training that was done before, in its order.
    at : sequence of int
        Epochs, 0 being the untrained network; all by default.
    recipe : Recipe
        Of the training.
    begin : callable
        The network with which it begins.
    data : DataSet
    """
    if files:
        return {f"checkpoint {i}": Path(file) for i, file in enumerate(files)}
    wanted = sorted(set(at)) or list(range(recipe.epochs + 1))
    paths = {number: space.folder / "networks" / f"epoch-{number}.safetensors" for number in wanted}
    if not all(path.exists() for path in paths.values()):
        from repscope.training import train

        space.say(f"training, {recipe.epochs} epochs")

        def keep(number: int, there: "Network") -> None:
            if number in paths:
                write_tensors(paths[number], {n: t.clone() for n, t in there.module.state_dict().items()}, {})

        train(begin(), data, recipe, each=keep)
    return {f"epoch {number}": path for number, path in paths.items()}
