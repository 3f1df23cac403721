"""A layer: what it is, how it is called, and which layers a pattern chooses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, final

from repscope.activations._batch_axis import BatchAxis
from repscope.activations._pooling import Pooling
from repscope.core.errors import BadInput, NotFound, nearest

if TYPE_CHECKING:
    import torch

INPUT = "input"
"""The name of the raw image as a layer."""


@final
@dataclass(frozen=True)
class LayerInfo:
    """A layer, as one image meets it.

    Attributes
    ----------
    name : str
        Qualified name of the module; with ``:0``, ``:1`` … when the module is called several times in a pass,
        and with ``[0]`` or ``[key]`` when it returns several tensors. ``input`` is the image.
    shape : tuple of int
        Shape of its output for one image.
    kind : str
        Class of the module.
    parameters : int
        Parameters in the module and those inside it.
    pooling : Pooling or None
        What is done to the output before it is kept; the name then ends in ``@average2`` or the like, and the shape is
        what is left.
    exponent : int
        Stored in float16, the activations are divided by 2 to this power, so that they fit; they are read as they were.
    batch : BatchAxis or None
        Where the images are in the module's output, if not in its first axis.
    calls : int
        How often the module is called in a pass, whether or not its other calls are layers.
    """

    name: str
    shape: tuple[int, ...]
    kind: str = ""
    parameters: int = 0
    pooling: Pooling | None = None
    exponent: int = 0
    batch: BatchAxis | None = field(default=None, repr=False)
    calls: int = field(default=1, repr=False, compare=False)

    @property
    def source(self) -> str:
        """Name of the layer that is pooled; its own if none is."""
        return self.name if self.pooling is None else self.name.removesuffix(self.pooling.suffix)

    def pooled(self, pooling: Pooling) -> "LayerInfo":
        """The layer, pooled.

        >>> LayerInfo("conv", (16, 8, 8)).pooled(Pooling("max", 4, (1, 2)))
        LayerInfo(name='conv@max4', shape=(16, 2, 2), kind='', parameters=0, pooling=Pooling(kind='max', scale=4, axes=(1, 2)), exponent=0)
        """
        return replace(self, name=self.name + pooling.suffix, shape=pooling.shape(self.shape), pooling=pooling)

    def scaled(self, exponent: int) -> "LayerInfo":
        """The layer, divided by a power of two where it is stored in float16."""
        return replace(self, exponent=exponent)

    @property
    def features(self) -> int:
        """Number of features, the product of the shape."""
        product = 1
        for side in self.shape:
            product *= side
        return product

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        known: dict[str, Any] = {
            "name": self.name,
            "shape": list(self.shape),
            "kind": self.kind,
            "parameters": self.parameters,
        }
        if self.pooling is not None:
            known["pooling"] = {
                "kind": self.pooling.kind,
                "scale": self.pooling.scale,
                "axes": list(self.pooling.axes),
            }
        if self.exponent:
            known["exponent"] = self.exponent
        if self.batch is not None:
            known["batch"] = self.batch.as_dict()
        return known

    @staticmethod
    def from_dict(known: dict[str, Any]) -> "LayerInfo":
        """What `as_dict` wrote."""
        pooled = known.get("pooling")
        pooling = None if pooled is None else Pooling(pooled["kind"], pooled["scale"], tuple(pooled["axes"]))
        batch = known.get("batch")
        return LayerInfo(
            known["name"],
            tuple(known["shape"]),
            known["kind"],
            known["parameters"],
            pooling,
            int(known.get("exponent", 0)),
            None if batch is None else BatchAxis.from_dict(batch),
        )


def module_name(layer: str) -> str:
    """The module's qualified name in a layer's name.

    >>> module_name("stage1.relu:1[0]")
    'stage1.relu'
    """
    return layer.partition("[")[0].partition(":")[0]


def calls_of(layers: "Iterable[LayerInfo]") -> dict[str, int]:
    """How often each module is called in a pass, by its name.

    >>> calls_of([LayerInfo("input", (3, 8, 8)), LayerInfo("norm:1", (8,), calls=2)])
    {'input': 1, 'norm': 2}
    """
    return {module_name(layer.name): layer.calls for layer in layers}


def axes_of(layers: "Iterable[LayerInfo]") -> dict[str, BatchAxis]:
    """Where the images are in the outputs of layers that do not have them in their first axis."""
    return {layer.source: layer.batch for layer in layers if layer.batch is not None}


def choose_layers(patterns: str | Sequence[str], names: Iterable[str], silent: Iterable[str] = ()) -> tuple[str, ...]:
    """The names, in their order, that match any of the glob patterns; a leading ``!`` takes names out again.

    ``*`` matches any run of characters, dots included. A module's name stands for all its calls and outputs.
    A pattern may match `silent` modules, which never fire and are not layers; one that matches nothing is an error.

    Raises
    ------
    NotFound
        If a pattern matches nothing, with the nearest names.

    Examples
    --------
    >>> choose_layers(["stage?.0", "input"], ["input", "neck", "stage1.0", "stage1.0.conv1", "stage2.0"])
    ('input', 'stage1.0', 'stage2.0')
    >>> choose_layers("relu", ["conv", "relu:0", "relu:1"])
    ('relu:0', 'relu:1')
    """
    wanted = [patterns] if isinstance(patterns, str) else list(patterns)
    known, quiet = list(names), list(silent)
    if not wanted:
        raise BadInput("no layer patterns were given; expected at least one, for example '*' for all layers")
    chosen: set[str] = set()
    for pattern in wanted:
        bare = pattern.removeprefix("!")
        hits = {n for n in known if matches(n, bare)}
        if not hits and not any(matches(n, bare) for n in quiet):
            raise NotFound(f"no layer matches {pattern!r}; {nearest(bare, known)}")
        chosen = chosen - hits if pattern.startswith("!") else chosen | hits
    if not chosen:
        raise NotFound(f"the layer patterns {wanted} leave nothing that fires; {nearest(wanted[0], known)}")
    return tuple(n for n in known if n in chosen)


def matches(name: str, pattern: str) -> bool:
    """Whether a layer's name, or the name of its module, is meant by a pattern."""
    return pattern in (name, module_name(name)) or fnmatchcase(name, pattern)


def outputs_of(value: Any) -> dict[str, "torch.Tensor"]:
    """The tensors in what a module returned, by suffix: ``""`` for a tensor, ``"[0]"``, ``"[key]"`` for the rest.

    >>> sorted(outputs_of({"a": __import__("torch").zeros(1), "b": (None, 3)}))
    ['[a]']
    """
    import torch

    if isinstance(value, torch.Tensor):
        return {"": value}
    if isinstance(value, Mapping):
        items: Iterable[tuple[Any, Any]] = value.items()
    elif is_dataclass(value) and not isinstance(value, type):
        items = ((part.name, getattr(value, part.name, None)) for part in fields(value))
    elif isinstance(value, (tuple, list)):
        items = enumerate(value)
    else:
        return {}
    return {f"[{key}]{suffix}": tensor for key, inner in items for suffix, tensor in outputs_of(inner).items()}
