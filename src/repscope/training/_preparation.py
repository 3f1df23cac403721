"""What the loop begins with: images and labels as tensors, a copy of the network to be trained, its optimiser."""

import copy
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped

from repscope.core.errors import BadInput
from repscope.data import DataSet
from repscope.networks import FitNormalise, Network
from repscope.networks._forward import floating_dtype
from repscope.training._accuracy import class_scores
from repscope.training._recipe import Recipe


def class_labels(data: DataSet) -> Int[np.ndarray, " n"]:
    """The labels, of two classes or more.

    Raises
    ------
    BadInput
        If there are none, or all are the same.
    """
    if data.labels is None or len(np.unique(data.labels)) < 2:
        what = "no labels" if data.labels is None else "images of one class only"
        raise BadInput(f"the data set {data.name!r} has {what}; training needs at least two classes")
    return data.labels.astype(np.int64)


def stacked_images(data: DataSet, network: Network) -> Shaped[torch.Tensor, "n 3 h w"]:
    """All images as one tensor; images of several sizes are first fitted to the network's input."""
    from repscope.networks._preprocess import fit

    images = list(data)
    if len({(image.shape, image.dtype) for image in images}) > 1:
        images = [fit(image, *network.input_shape[1:]) for image in images]
    return torch.stack(images)


def in_memory(data: DataSet) -> DataSet:
    """The same images, read once; images of several sizes are left where they are, because fitted ones would be others."""
    images = list(data)
    same = len({(image.shape, image.dtype) for image in images}) == 1
    return replace(data, images=torch.stack(images)) if same else data


def as_floats(images: Shaped[torch.Tensor, "n 3 h w"]) -> Float[torch.Tensor, "n 3 h w"]:
    """With values in 0..1."""
    return images if images.is_floating_point() else images.float() / 255


def prepared(network: Network, images: Shaped[torch.Tensor, "batch 3 h w"]) -> Float[torch.Tensor, "batch c h2 w2"]:
    """The network's own preprocessing of a batch of images of one size; at once, where none has to be fitted."""
    how = network.preprocess
    if not isinstance(how, FitNormalise) or images.shape[2:] != (how.height, how.width) or len(how.mean) != 3:
        return how(images.unbind())
    mean, std = (images.new_tensor(values, dtype=torch.float32)[:, None, None] for values in (how.mean, how.std))
    return (as_floats(images) - mean) / std


def trainable_copy(network: Network, data: DataSet, device: str) -> Network:
    """A copy to be trained, after a look at whether it has an output for every class.

    Raises
    ------
    BadInput
        If it has fewer, or its weights cannot be trained.
    """
    outputs = class_scores(network, [data.image(0)]).shape[1]
    if outputs < len(data.class_names):
        raise BadInput(
            f"the network {network.name!r} has {outputs} outputs and {data.name!r} has {len(data.class_names)} classes; "
            f"load it with classes={len(data.class_names)}"
        )
    copied = copy.deepcopy(network.module)
    if not all(parameter.is_leaf for parameter in copied.parameters()):
        raise BadInput(
            f"the weights of {network.name!r} cannot be trained in a copy (of a TorchScript module they are no leaves of the "
            "graph); give the Python module that it was made of"
        )
    # channels last: a quarter faster on the CPU
    module = copied.to(device).to(memory_format=torch.channels_last)
    if floating_dtype(module).itemsize < 4:  # steps of a usual learning rate are lost in 16 bits
        module = module.float()
    return replace(
        network,
        name=f"{network.name} (trained on {data.name})",
        module=module,
        class_names=data.class_names if outputs == len(data.class_names) else (),
        settings={**network.settings, "weights": "trained", "trained_from": network.settings.get("weights", "given")},
    )


def optimiser_of(module: torch.nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Stochastic gradient descent with momentum; weight decay spares vectors, that is biases and batch norms."""
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
        nesterov=recipe.nesterov,
    )
