"""The layers of a network: which there are, how they are called, and which a pattern chooses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, final

from repscope.activations._pooling import MARK, Pooling
from repscope.core.errors import BadInput, NotFound, nearest

if TYPE_CHECKING:
    import torch

INPUT = "input"
"""The layer that is the image itself."""
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
    """

    name: str
    shape: tuple[int, ...]
    kind: str = ""
    parameters: int = 0
    pooling: Pooling | None = None
    exponent: int = 0

    @property
    def source(self) -> str:
        """Name of the layer that is pooled; its own if none is."""
        return self.name.partition(MARK)[0]

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
        fields: dict[str, Any] = {
            "name": self.name,
            "shape": list(self.shape),
            "kind": self.kind,
            "parameters": self.parameters,
        }
        if self.pooling is not None:
            fields["pooling"] = {
                "kind": self.pooling.kind,
                "scale": self.pooling.scale,
                "axes": list(self.pooling.axes),
            }
        if self.exponent:
            fields["exponent"] = self.exponent
        return fields

    @staticmethod
    def from_dict(fields: dict[str, Any]) -> "LayerInfo":
        """What `as_dict` wrote."""
        pooled = fields.get("pooling")
        pooling = None if pooled is None else Pooling(pooled["kind"], pooled["scale"], tuple(pooled["axes"]))
        exponent = int(fields.get("exponent", 0))
        return LayerInfo(
            fields["name"], tuple(fields["shape"]), fields["kind"], fields["parameters"], pooling, exponent
        )


def module_name(layer: str) -> str:
    """The module's qualified name in a layer's name.

    >>> module_name("stage1.relu:1[0]")
    'stage1.relu'
    """
    return layer.partition("[")[0].partition(":")[0]


def calls_of(layers: Iterable[str]) -> dict[str, int]:
    """How often each module is called in a pass, by the names of its layers.

    >>> calls_of(["input", "relu:0", "relu:1", "head"])
    {'input': 1, 'relu': 2, 'head': 1}
    """
    calls: dict[str, int] = {}
    for name in layers:
        number = name.partition("[")[0].partition(":")[2]
        module = module_name(name)
        calls[module] = max(calls.get(module, 1), int(number or 0) + 1)
    return calls


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


def usual_layers(module: "torch.nn.Module", names: Iterable[str]) -> tuple[str, ...]:
    """The layers that people look at: the input, and the outputs of blocks rather than of each operation.

    Sequences of blocks are opened, and modules that hold a stack of like blocks; blocks themselves are not.
    Dropout and identity are passed over.

    Examples
    --------
    >>> from repscope.networks import load_network
    >>> network = load_network("repscope:resnet20", weights="random")
    >>> known = [layer.name for layer in network_layers(network)[0]]
    >>> usual_layers(network.module, known)[:4]
    ('input', 'neck', 'stage1.0', 'stage1.1')
    """
    import torch

    idle = (torch.nn.Identity, torch.nn.Dropout, torch.nn.Dropout2d)
    chosen = {INPUT}

    def visit(prefix: str, owner: torch.nn.Module) -> None:
        for name, child in owner.named_children():
            full = f"{prefix}{name}"
            opens = _is_sequence(child) and any(list(inner.children()) for inner in child.children())
            opens = opens or any(_is_stack(inner) for inner in child.children())
            if opens:
                visit(f"{full}.", child)
            elif not isinstance(child, idle):
                chosen.add(full)

    visit("", module)
    return tuple(n for n in names if module_name(n) in chosen)


def _is_sequence(module: "torch.nn.Module") -> bool:
    import torch

    return isinstance(module, (torch.nn.Sequential, torch.nn.ModuleList, torch.nn.ModuleDict))


def _is_stack(module: "torch.nn.Module") -> bool:
    """A sequence of at least two blocks of one class that are made of more than single operations."""
    blocks = list(module.children())
    deep = all(any(list(part.children()) for part in block.children()) for block in blocks)
    return _is_sequence(module) and len(blocks) > 1 and len({type(block) for block in blocks}) == 1 and deep


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
    if isinstance(value, dict):
        items: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, (tuple, list)):
        items = enumerate(value)
    else:
        return {}
    return {f"[{key}]{suffix}": tensor for key, inner in items for suffix, tensor in outputs_of(inner).items()}


def network_layers(network: Any) -> tuple[tuple[LayerInfo, ...], tuple[str, ...]]:
    """All layers of a network in the order in which they fire, and the modules that never fire.

    One image of zeros goes through the network. A layer whose output has no sample axis of its own (its first
    axis is not the batch) is left out.

    Parameters
    ----------
    network : Network

    Returns
    -------
    layers : tuple of LayerInfo
        ``input`` first, then every module output.
    silent : tuple of str
        Modules that did not fire: unused, or used only through their parameters.

    Examples
    --------
    >>> from repscope.networks import load_network
    >>> layers, silent = network_layers(load_network("repscope:resnet20", weights="random"))
    >>> layers[0].name, layers[-1].shape
    ('input', (10,))
    """
    import torch

    from repscope.activations._hooks import watch
    from repscope.networks._drawing import draw_from
    from repscope.networks._evaluating import evaluating
    from repscope.networks._forward import forward

    module: torch.nn.Module = network.module
    odd = [name for name, _ in module.named_modules() if any(mark in name for mark in (":", "[", MARK))]
    if odd:
        raise BadInput(
            f"the module name {odd[0]!r} has a ':', a '[' or a '{MARK}', which stand for calls, outputs and scales; "
            "rename the module"
        )
    modules = dict(module.named_modules())
    counts = {name: sum(p.numel() for p in m.parameters()) for name, m in modules.items()}
    found: dict[str, LayerInfo] = {}
    everywhere = [n for n in modules if n]
    with draw_from(0), torch.no_grad(), evaluating(module) as device, watch(module, everywhere, keep=None) as seen:
        # two images, so that an axis of length two tells the batch from an axis that happens to be one long
        image = torch.zeros((3, *network.input_shape[1:]), dtype=torch.uint8)
        forward(module, network.preprocess([image, image]).to(device), network.name)
    for name, tensor_shape in seen.shapes.items():
        if tensor_shape[:1] == (2,):
            owner = module_name(name)
            found[name] = LayerInfo(name, tuple(tensor_shape[1:]), type(modules[owner]).__name__, counts[owner])
    first = LayerInfo(INPUT, network.input_shape, "image", 0)
    silent = tuple(n for n in modules if n and n not in seen.fired and not _is_container(modules[n]))
    return (first, *found.values()), silent


def _is_container(module: "torch.nn.Module") -> bool:
    import torch

    return isinstance(
        module, (torch.nn.ModuleList, torch.nn.ModuleDict, torch.nn.ParameterList, torch.nn.ParameterDict)
    )
