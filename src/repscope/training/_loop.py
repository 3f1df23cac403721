"""The training loop: plain stochastic gradient descent, in one function that can be read from top to bottom."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import final

import torch
from jaxtyping import Int, Shaped

from repscope.core.errors import BadInput, RepscopeError
from repscope.core.progress import Advance, progress
from repscope.data import DataSet
from repscope.networks import Network
from repscope.networks._evaluating import evaluate
from repscope.networks._forward import failure, floating_dtype
from repscope.training._accuracy import share_right
from repscope.training._augment import augment_batch
from repscope.training._distributed import World, join
from repscope.training._keeper import Keeper, checked_checkpoints
from repscope.training._label_noise import noisy_labels
from repscope.training._losses import criterion
from repscope.training._parts import freeze, hold_still
from repscope.training._preparation import (
    as_floats,
    class_labels,
    in_memory,
    optimiser_of,
    prepared,
    stacked_images,
    trainable_copy,
)
from repscope.training._recipe import Recipe
from repscope.training._result import Epoch, Training
from repscope.training._state import Running

LOOK = 50
"""Steps after which a GPU is asked for its losses; asked at every step, it would wait for the answer."""


@final
class Diverged(Exception):
    """The loss or the weights are no longer numbers."""


def train(
    network: Network,
    data: DataSet,
    recipe: Recipe | None = None,
    out: str | Path | None = None,
    command: str = "",
    device: str = "cpu",
    each: Callable[[int, Network], object] | None = None,
    *,
    checkpoints: Sequence[int] = (),
    fresh: bool = False,
    say: Callable[[str], object] | None = None,
) -> Training:
    """Train a copy of a network to tell the classes of a data set apart.

    Interrupt it and call it again with the same `out`: it goes on after the last epoch that was complete, on the CPU to the same
    bytes.

    Parameters
    ----------
    network : Network
        Left as it is; its weights are where the training starts.
    data : DataSet
        Trained on is its partition ``"train"``, or everything if it has none; ``"validation"`` is only looked at.
    recipe : Recipe, optional
        How.
    out : str or Path, optional
        Where the weights go (safetensors, with a record of the training in the header). Until then the state of the training lies
        beside it.
    command : str
        The command line that did it, for the record.
    device : str
        ``"cpu"``, ``"cuda"`` …; on the CPU, the same seed, number of threads and versions give the same bytes.
    each : function of int and Network, optional
        Called after every epoch with its number and the network as it is then, and with 0 before the first. What it draws at random
        does not touch the training. A training that goes on calls it again for the epoch from which it goes on.
    checkpoints : sequence of int, optional
        Epochs after which the weights are written too, to NAME-epoch-001.safetensors and so on.
    fresh : bool
        Whether to begin anew where an interrupted training has left its state.
    say : function of str, optional
        Is told when the training goes on where another was interrupted.

    Returns
    -------
    Training

    Raises
    ------
    BadInput
        If labels are missing or all the same, the network has fewer outputs than the data have classes, or the loss or the weights
        stop being numbers: the last good weights are then kept beside `out`.
    Mismatch
        If an interrupted training with the same `out` was begun with other settings.
    Damaged
        If its state is not whole.

    Examples
    --------
    >>> from repscope.data import load_data
    >>> from repscope.networks import load_network
    >>> digits = load_data("digits").balanced(60)
    >>> done = train(load_network("repscope:resnet20"), digits, Recipe(epochs=1, batch=20))
    >>> sorted(done.accuracies), done.network.name
    (['train', 'validation'], 'repscope:resnet20 (trained on digits)')
    """
    recipe = recipe or Recipe()
    checkpoints = checked_checkpoints(checkpoints, recipe.epochs, out)
    world = join(device, recipe.batch)
    if world.size > 1 and recipe.loss != "softmax":
        raise BadInput(
            f"the loss {recipe.loss!r} was asked of {world.size} processes; expected 'softmax', or one process: they share gradients "
            "only, not what a loss learns of the batch"
        )
    parts = {name: data.partition(name) for name in ("train", "validation") if name in data.partitions}
    parts.setdefault("train", data)
    truth = class_labels(parts["train"])
    taught = noisy_labels(truth, len(data.class_names), recipe.label_noise, recipe.noise, recipe.seed)
    labels = torch.from_numpy(taught).to(world.device)
    images = stacked_images(parts["train"], network)
    looked_at = in_memory(parts["validation"]) if "validation" in parts else None
    trained = trainable_copy(network, parts["train"], world.device)
    still = freeze(trained.module, recipe.frozen)
    if recipe.label_noise:
        parts["train_noisy"] = replace(parts["train"], labels=taught)
    keeper = Keeper(None if out is None else Path(out), network, data, recipe, command, world, checkpoints)
    on_gpu = [torch.device(world.device)] if world.device.startswith("cuda") else []
    with torch.random.fork_rng(on_gpu), criterion(recipe.loss, trained, labels.device) as measured:
        torch.manual_seed(recipe.seed)
        generator = torch.Generator().manual_seed(recipe.seed)
        optimiser = optimiser_of(trained.module, recipe)
        running = Running(trained, optimiser, generator, measured, world.device)
        history = keeper.resumed(running, fresh, say)
        _tell(each, len(history), trained, world, on_gpu)
        stepped: Callable[[torch.Tensor], torch.Tensor] = world.parallel(trained.module)
        if recipe.compile:
            stepped = torch.compile(stepped)
        done = len(history) * len(images)
        with progress("training", recipe.epochs * len(images), "images", done) as advance:
            for number in range(len(history) + 1, recipe.epochs + 1):
                try:
                    loss, right = _one_epoch(running, stepped, still, images, labels, recipe, number, world, advance)
                except Diverged as error:
                    raise BadInput(
                        f"the training diverged: {error}; lower the learning rate (it is {recipe.learning_rate:g}); "
                        + keeper.last_good(history, trained)
                    ) from error
                validation = None if looked_at is None else _accuracy(trained, looked_at, world)
                history.append(Epoch(number, float(optimiser.param_groups[0]["lr"]), loss, right, validation))
                keeper.keep(history, trained, running)
                _tell(each, number, trained, world, on_gpu)
    trained.module.to(memory_format=torch.contiguous_format).requires_grad_(True)
    accuracies = {name: _accuracy(trained, part, world) for name, part in parts.items()}
    trained.module.to("cpu")
    result = Training(
        network=replace(trained),  # a fresh one: digests of weights are remembered by the object
        accuracies=accuracies,
        history=tuple(history),
        path=keeper.out,
    )
    keeper.finish(result)
    return result


def _one_epoch(
    running: Running,
    stepped: Callable[[torch.Tensor], torch.Tensor],
    still: Sequence[torch.nn.Module],
    images: Shaped[torch.Tensor, "n 3 h w"],
    labels: Int[torch.Tensor, " n"],
    recipe: Recipe,
    number: int,
    world: World,
    advance: Advance,
) -> tuple[float, float]:
    """Mean loss and accuracy of one pass over the images, in random order; each process takes its share of every batch."""
    network, optimiser, generator = running.network, running.optimiser, running.generator
    kind = floating_dtype(network.module)
    evaluate(network.module, False)
    hold_still(still)
    order = torch.randperm(len(images), generator=generator)
    batches = [rows for rows in torch.split(order, recipe.batch) if len(rows) == min(recipe.batch, len(images))]
    share = world.share(len(batches[0]))
    every = LOOK if labels.device.type == "cuda" else 1
    losses, right, seen = 0.0, 0.0, 0
    unread: list[torch.Tensor] = []
    for step, rows in enumerate(batches, 1):
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate_at((number - 1 + step / len(batches)) / recipe.epochs)
        mine = rows[share]
        chosen = images[mine].to(labels.device)
        if recipe.augment is not None:
            chosen = augment_batch(as_floats(chosen), recipe.augment, generator, (share.start, len(rows)))
        inputs = prepared(network, chosen).to(labels.device, kind, memory_format=torch.channels_last)
        with torch.autocast(labels.device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16"):
            try:
                scores = stepped(inputs)
            except Exception as error:  # whatever a stranger's module raises
                raise failure(error, inputs, network.name) from error
        if not isinstance(scores, torch.Tensor) or scores.ndim != 2:
            what = tuple(scores.shape) if isinstance(scores, torch.Tensor) else type(scores).__name__
            raise BadInput(
                f"the network {network.name!r} gives {what} in training mode; expected a score for each class (images, classes): wrap it in a module "
                "that returns its logits"
            )
        scores = scores.float()
        loss = running.measured(scores, labels[mine]) * (len(mine) / len(rows))
        optimiser.zero_grad()
        try:
            (loss * world.size).backward()  # type: ignore[no-untyped-call]  # gradients are averaged over the processes
        except RuntimeError as error:
            raise _no_gradient(error, inputs, network.name) from error
        optimiser.step()
        unread.append(torch.stack([loss.detach(), (scores.argmax(1) == labels[mine]).sum().float()]))
        if step % every == 0 or step == len(batches):
            for i, (one_loss, one_right) in enumerate(
                world.summed(torch.stack(unread)).tolist(), step - len(unread) + 1
            ):
                if not math.isfinite(one_loss):
                    raise Diverged(f"the loss became {one_loss} in epoch {number}, step {i}")
                losses += one_loss
                right += one_right
            seen += len(unread) * len(rows)
            advance(
                len(unread) * len(rows),
                f"epoch {number}/{recipe.epochs}, loss {losses / step:.3f}, accuracy {100 * right / seen:.1f} %",
            )
            unread.clear()
    evaluate(network.module)
    if not all(bool(torch.isfinite(t).all()) for t in network.module.state_dict().values() if t.is_floating_point()):
        raise Diverged(f"the weights became infinite at the end of epoch {number}")
    return losses / len(batches), right / seen


def _accuracy(network: Network, data: DataSet, world: World) -> float:
    """Share of the images that are named rightly, by all processes together with the first one's running statistics."""
    world.as_the_first(list(network.module.buffers()))
    mine = range(len(data))[world.share(len(data))]
    if world.size == 1:
        return share_right(network, data)
    right = share_right(network, data.subset(mine)) * len(mine) if mine else 0.0
    return round(float(world.summed(torch.tensor(right, device=world.device)))) / len(data)


def _tell(
    each: Callable[[int, Network], object] | None,
    number: int,
    network: Network,
    world: World,
    on_gpu: list[torch.device],
) -> None:
    """Let the caller look at the network; what it draws at random is no part of the training."""
    if each is not None and world.first:
        with torch.random.fork_rng(on_gpu):
            each(number, network)


def _no_gradient(error: RuntimeError, images: torch.Tensor, name: str) -> RepscopeError:
    """The sentence for a backward pass that failed."""
    if isinstance(error, torch.cuda.OutOfMemoryError):
        return failure(error, images, name)
    return BadInput(
        f"the gradient of the loss does not reach the weights of the network {name!r} ({' '.join(str(error).split())[:200]}); "
        "expected outputs that depend on the weights by differentiable steps: no detach(), no argmax, nothing changed in place "
        "that is needed again"
    )
