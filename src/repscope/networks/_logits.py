"""Which of a network's outputs is the class: one rule for everything that asks for classes.

A single tensor (images, classes) is it. Of several outputs it is the one called ``logits``, the only one of two axes, or the one
that the last linear module of the pass gives. Anything else is refused, with the outputs there are.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, final

from repscope.core.errors import BadInput, nearest
from repscope.networks._forward import forward

if TYPE_CHECKING:
    from torch import Tensor, nn

NAME = "logits"


@final
class ClassOutput:
    """The logits of a network for a batch, found by the rule above in the first pass that it is asked for.

    Parameters
    ----------
    module : torch.nn.Module
    name : str, optional
        Which output, such as ``[1]`` or ``[logits]``, where the rule does not find it.
    who : str
        What the network is called, for errors.

    Examples
    --------
    >>> import torch
    >>> class Both(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.head = torch.nn.Linear(4, 3)
    ...     def forward(self, x):
    ...         embedding = x.mean((2, 3))
    ...         return embedding, self.head(embedding)
    >>> ClassOutput(Both())(torch.rand(2, 4, 5, 5)).shape
    torch.Size([2, 3])
    """

    def __init__(self, module: "nn.Module", name: str | None = None, who: str = "") -> None:
        self._module = module
        self._name = name
        self._who = f"the network {who!r}" if who else "the network"

    def __call__(self, images: "Tensor") -> "Tensor":
        """The logits (images, classes).

        Raises
        ------
        BadInput
            If there are none, or several outputs may be.
        """
        answer = forward(self._module, images)
        outputs = tensors_of(answer)
        if self._name is None:
            self._name = self._find(outputs, images)
        if self._name not in outputs:
            raise BadInput(f"{self._who} gives no output {self._name!r}; {nearest(self._name, outputs)}")
        logits = outputs[self._name]
        if logits.ndim != 2 or len(logits) != len(images) or not logits.is_floating_point():
            raise BadInput(
                f"{self._who} gives {_shapes({self._name: logits})} for {len(images)} images; expected a logit for each class (images, "
                "classes): name a (layer, unit), or wrap the network in a module that returns its logits"
            )
        return logits

    def count(self, images: "Tensor") -> int:
        """How many classes there are."""
        import torch

        with torch.no_grad():
            return int(self(images[:1]).shape[1])

    def _find(self, outputs: "Mapping[str, Tensor]", images: "Tensor") -> str:
        if len(outputs) == 1:
            return next(iter(outputs))
        flat = [name for name, tensor in outputs.items() if tensor.ndim == 2 and len(tensor) == len(images)]
        named = [name for name in flat if name.strip("[]") == NAME]
        if len(named) == 1 or len(flat) == 1:
            return (named or flat)[0]
        found = self._last_linear(flat, images)
        if found is None:
            raise BadInput(
                f"{self._who} gives {_shapes(outputs) or 'no tensors'}, and which of them are the logits cannot be told; wrap the network in a module "
                "that returns its logits, or name a (layer, unit)"
            )
        return found

    def _last_linear(self, names: "list[str]", images: "Tensor") -> str | None:
        """The output that the linear module which is called last gives; None if two are the same, or none is."""
        import torch

        given: list[torch.Tensor] = []
        handles = [
            part.register_forward_hook(lambda _m, _i, output: given.append(output.detach().clone()))
            for part in self._module.modules()
            if isinstance(part, torch.nn.Linear)
            or (isinstance(part, torch.nn.Conv2d) and part.kernel_size == (1, 1) and part.groups == 1)
        ]
        try:
            with torch.no_grad():
                outputs = tensors_of(forward(self._module, images[:2]))
        finally:
            for handle in handles:
                handle.remove()
        for value in reversed(given):
            same = [
                n
                for n in names
                if outputs[n].numel() == value.numel() and torch.equal(outputs[n].flatten(), value.flatten())
            ]
            if same:
                return same[0] if len(same) == 1 else None
        return None


def check_class(index: Any, count: int) -> int:
    """The index of a class, if the network has it.

    Raises
    ------
    BadInput
        If it is no whole number from 0 to the number of classes less one.

    Examples
    --------
    >>> check_class(2, 3)
    2
    """
    import operator

    try:
        number = -1 if isinstance(index, bool) else operator.index(index)
    except TypeError:
        number = -1
    if not 0 <= number < count:
        raise BadInput(f"the class {index!r} was asked for; the network has {count}, 0 to {count - 1}")
    return number


def tensors_of(value: Any) -> "dict[str, Tensor]":
    """The tensors in what a module returned, by suffix: those of tuples and lists, mappings, and objects with fields."""
    import torch

    if isinstance(value, torch.Tensor):
        return {"": value}
    items: Any
    if isinstance(value, Mapping):
        items = value.items()
    elif isinstance(value, tuple | list):
        names = getattr(value, "_fields", range(len(value)))
        items = zip(names, value, strict=True)
    elif is_dataclass(value) and not isinstance(value, type):
        items = ((field.name, getattr(value, field.name)) for field in fields(value))
    elif hasattr(value, "__dict__"):
        items = ((key, inner) for key, inner in vars(value).items() if isinstance(inner, torch.Tensor))
    else:
        return {}
    return {f"[{key}]{suffix}": tensor for key, inner in items for suffix, tensor in tensors_of(inner).items()}


def _shapes(outputs: "Mapping[str, Tensor]") -> str:
    return ", ".join(f"{name or 'a tensor'} {tuple(tensor.shape)}" for name, tensor in list(outputs.items())[:5])
