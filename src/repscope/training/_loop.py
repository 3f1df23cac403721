"""The training loop: plain stochastic gradient descent, in one function that can be read from top to bottom."""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Int, Shaped

from repscope.core.errors import BadInput
from repscope.core.progress import progress
from repscope.data import DataSet
from repscope.networks import Network
from repscope.training._accuracy import class_scores, share_right
from repscope.training._losses import criterion
from repscope.training._recipe import Recipe
from repscope.training._record import append_log, record_of, save
from repscope.training._result import Epoch, Training


def train(
    network: Network,
    data: DataSet,
    recipe: Recipe | None = None,
    out: str | Path | None = None,
    command: str = "",
    device: str = "cpu",
    each: Callable[[int, Network], object] | None = None,
) -> Training:
    """Train a copy of a network to tell the classes of a data set apart.

    Parameters
    ----------
    network : Network
        Left as it is; its weights are where the training starts.
    data : DataSet
        Trained on is its partition ``"train"``, or everything if it has none; ``"validation"`` is only looked at.
    recipe : Recipe, optional
        How.
    out : str or Path, optional
        Where the weights go (safetensors, with a record of the training in the header).
    command : str
        The command line that did it, for the record.
    device : str
        ``"cpu"``, ``"cuda"`` …; on the CPU, the same seed, number of threads and versions give the same bytes.
    each : function of int and Network, optional
        Called after every epoch with its number and the network as it is then, and with 0 before the first.

    Returns
    -------
    Training

    Raises
    ------
    BadInput
        If labels are missing or all the same, the network has fewer outputs than the data have classes, or the loss
        stops being a number.

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
    parts = {name: data.partition(name) for name in ("train", "validation") if name in data.partitions}
    parts.setdefault("train", data)
    labels = torch.from_numpy(_labels(parts["train"])).to(device)
    images = _stacked(parts["train"], network)
    trained = _copy(network, parts["train"], device)
    history: list[Epoch] = []
    with torch.random.fork_rng(), progress("training", recipe.epochs * len(images), "images") as advance:
        torch.manual_seed(recipe.seed)
        generator = torch.Generator().manual_seed(recipe.seed)
        optimiser = _optimiser(trained.module, recipe)
        if each is not None:
            each(0, trained)
        with criterion(recipe.loss, trained, labels.device) as measured:
            for number in range(1, recipe.epochs + 1):
                loss, right = _one_epoch(
                    trained, images, labels, recipe, number, optimiser, generator, measured, advance
                )
                validation = share_right(trained, parts["validation"]) if "validation" in parts else None
                if each is not None:
                    each(number, trained)
                history.append(Epoch(number, float(optimiser.param_groups[0]["lr"]), loss, right, validation))
                append_log(out, history)
    trained.module.to("cpu").to(memory_format=torch.contiguous_format)
    done = Training(
        network=replace(trained),  # a fresh one: digests of weights are remembered by the object
        accuracies={name: share_right(trained, part) for name, part in parts.items()},
        history=tuple(history),
        path=None if out is None else Path(out),
    )
    if out is not None:
        save(Path(out), done, record_of(done, network, data, recipe, command))
    return done


def _one_epoch(
    network: Network,
    images: Shaped[torch.Tensor, "n 3 h w"],
    labels: Int[torch.Tensor, " n"],
    recipe: Recipe,
    number: int,
    optimiser: torch.optim.Optimizer,
    generator: torch.Generator,
    measured: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    advance: Any,
) -> tuple[float, float]:
    """Mean loss and accuracy of one pass over the images, in random order."""
    from repscope.training._augment import augment_batch

    network.module.train()
    order = torch.randperm(len(images), generator=generator)
    batches = [rows for rows in torch.split(order, recipe.batch) if len(rows) == min(recipe.batch, len(images))]
    losses, right = 0.0, 0
    for step, rows in enumerate(batches, 1):
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate_at((number - 1 + step / len(batches)) / recipe.epochs)
        chosen = images[rows]
        if recipe.augment is not None:
            chosen = augment_batch(_floats(chosen), recipe.augment, generator)
        inputs = network.preprocess(chosen.unbind()).to(labels.device, memory_format=torch.channels_last)
        with torch.autocast(labels.device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16"):
            scores = network.module(inputs)
        scores = scores.float()
        loss = measured(scores, labels[rows])
        if not torch.isfinite(loss):
            raise BadInput(
                f"the training diverged: the loss became {float(loss.detach())} in epoch {number}, step {step}; "
                f"lower the learning rate (it is {recipe.learning_rate:g})"
            )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses += float(loss.detach())
        right += int((scores.argmax(1) == labels[rows]).sum())
        advance(len(rows))
    network.module.eval()
    return losses / len(batches), right / sum(len(rows) for rows in batches)


def _copy(network: Network, data: DataSet, device: str) -> Network:
    """A copy to be trained, after a look at whether it has an output for every class."""
    outputs = class_scores(network, [data.image(0)]).shape[1]
    if outputs < len(data.class_names):
        raise BadInput(
            f"the network {network.name!r} has {outputs} outputs and {data.name!r} has {len(data.class_names)} classes; "
            f"load it with classes={len(data.class_names)}"
        )
    # channels last: a quarter faster on the CPU
    module = copy.deepcopy(network.module).to(device).to(memory_format=torch.channels_last)
    return replace(
        network,
        name=f"{network.name} (trained on {data.name})",
        module=module,
        class_names=data.class_names if outputs == len(data.class_names) else (),
        settings={**network.settings, "weights": "trained", "trained_from": network.settings.get("weights", "given")},
    )


def _labels(data: DataSet) -> Int[np.ndarray, " n"]:
    if data.labels is None or len(np.unique(data.labels)) < 2:
        what = "no labels" if data.labels is None else "images of one class only"
        raise BadInput(f"the data set {data.name!r} has {what}; training needs at least two classes")
    return data.labels.astype(np.int64)


def _stacked(data: DataSet, network: Network) -> Shaped[torch.Tensor, "n 3 h w"]:
    """All images as one tensor; images of several sizes are first fitted to the network's input."""
    from repscope.networks._preprocess import fit

    images = list(data)
    if len({(image.shape, image.dtype) for image in images}) > 1:
        images = [fit(image, *network.input_shape[1:]) for image in images]
    return torch.stack(images)


def _floats(images: Shaped[torch.Tensor, "n 3 h w"]) -> Shaped[torch.Tensor, "n 3 h w"]:
    return images if images.is_floating_point() else images.float() / 255


def _optimiser(module: torch.nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Nesterov's momentum; weight decay spares vectors, that is biases and batch norms."""
    groups: dict[bool, list[torch.nn.Parameter]] = {True: [], False: []}
    for parameter in module.parameters():
        if parameter.requires_grad:
            groups[parameter.ndim > 1].append(parameter)
    return torch.optim.SGD(
        [
            {"params": groups[True], "weight_decay": recipe.weight_decay},
            {"params": groups[False], "weight_decay": 0.0},
        ],
        lr=recipe.rate_at(0),
        momentum=recipe.momentum,
        nesterov=True,
    )
