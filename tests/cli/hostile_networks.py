"""Networks that are made to be difficult. `NETWORKS` lists them; images are 16 pixels wide, classes are three."""

import dataclasses
import sys
import warnings
from collections import OrderedDict, namedtuple

import torch
from torch import nn


def trunk(classes: int = 3) -> nn.Sequential:
    module = nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, classes)
    )
    module.input_shape = (3, 16, 16)
    return module


class Wrapped(nn.Module):
    """Holds a trunk."""

    input_shape = (3, 16, 16)

    def __init__(self):
        super().__init__()
        self.body = trunk()

    def forward(self, x):
        return self.body(x)


def returning(make):
    """A network whose body's logits go through a function before they are returned."""

    class Returning(Wrapped):
        def forward(self, x):
            return make(self.body(x), x)

    return Returning


def inner(make):
    """A network with a module in its middle that returns what the function makes, and a head beside it."""

    class Odd(nn.Module):
        def forward(self, x):
            return make(x)

    class Inner(Wrapped):
        def __init__(self):
            super().__init__()
            self.odd = Odd()

        def forward(self, x):
            self.odd(x)
            return self.body(x)

    return Inner


class KeywordOnly(Wrapped):
    def forward(self, *, pixel_values):
        return {"logits": self.body(pixel_values)}


class TakesDict(Wrapped):
    def forward(self, batch):
        return self.body(batch["image"])


class TakesList(Wrapped):
    def forward(self, images):
        assert isinstance(images, list)
        return torch.cat([self.body(i[None]) for i in images])


class OneByOne(Wrapped):
    def forward(self, images):
        return torch.cat([self.body(i[None]) for i in images])


class TwoArguments(Wrapped):
    def forward(self, x, mask):
        return self.body(x * mask)


class MethodTrain(Wrapped):
    def train(self, loader, epochs): ...


class Energy(Wrapped):
    def forward(self, x):
        with torch.enable_grad():
            x = x.detach().requires_grad_(True)
            (slope,) = torch.autograd.grad(self.body(x).sum(), x)
        return slope


class ToSparse(nn.Module):
    def forward(self, x):
        return x.flatten(1).to_sparse()


class Sparse(nn.Module):
    input_shape = (3, 16, 16)

    def __init__(self):
        super().__init__()
        self.sparse = ToSparse()
        self.head = nn.Linear(768, 3)

    def forward(self, x):
        return self.head(self.sparse(x).to_dense())


class Quantizable(nn.Module):
    input_shape = (3, 16, 16)

    def __init__(self):
        super().__init__()
        self.quantize = torch.ao.quantization.QuantStub()
        self.conv = nn.Conv2d(3, 8, 3)
        self.restore = torch.ao.quantization.DeQuantStub()

    def forward(self, x):
        return self.restore(self.conv(self.quantize(x)))


def quantized():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = Quantizable().eval()
        torch.backends.quantized.engine = "fbgemm"
        module.qconfig = torch.ao.quantization.get_default_qconfig("fbgemm")
        torch.ao.quantization.prepare(module, inplace=True)
        module(torch.rand(4, 3, 16, 16))
        return torch.ao.quantization.convert(module)


def lazy():
    return nn.Sequential(nn.LazyConv2d(8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LazyLinear(3))


def meta():
    with torch.device("meta"):
        return trunk()


def scripted():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.script(trunk())


def traced():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.trace(trunk().eval(), torch.zeros(2, 3, 16, 16))


class ScriptedInside(nn.Module):
    input_shape = (3, 16, 16)

    def __init__(self):
        super().__init__()
        self.body = scripted()
        self.head = nn.Linear(3, 3)

    def forward(self, x):
        return self.head(self.body(x))


def symbolic():
    return torch.fx.symbolic_trace(Wrapped())


def exported():
    return torch.export.export(trunk().eval(), (torch.zeros(2, 3, 16, 16),)).module()


def compiled():
    return torch.compile(trunk())


def parallel():
    return nn.DataParallel(trunk())


class PlainList(nn.Module):
    input_shape = (3, 16, 16)

    def __init__(self):
        super().__init__()
        self.steps = nn.ModuleList([nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()])
        self.heads = nn.ModuleDict({"a": nn.Linear(8, 3)})

    def forward(self, x):
        for step in self.steps:
            x = step(x)
        return self.heads["a"](x)


class Features(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3)

    def forward_features(self, x):
        return self.second(self.first(x).relu()).mean((2, 3))

    def forward(self, x):
        return self.forward_features(x)


class CallsFeatures(nn.Module):
    input_shape = (3, 16, 16)

    def __init__(self):
        super().__init__()
        self.backbone = Features()
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.backbone.forward_features(x))


class SequenceFirst(nn.Module):
    input_shape = (3, 16, 16)

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 8, stride=8)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2, enable_nested_tensor=False)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.encoder(self.patches(x).flatten(2).permute(2, 0, 1)).mean(0))


class Prototypes(nn.Module):
    input_shape = (3, 16, 16)

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.norm = nn.LayerNorm(8)
        self.prototypes = nn.Parameter(torch.randn(2, 8))

    def forward(self, x):
        return self.norm(self.encoder(x)) @ self.norm(self.prototypes).T


class NoParameters(nn.Module):
    input_shape = (3, 16, 16)

    def forward(self, x):
        return x.mean((2, 3))


class Grows(Wrapped):
    def forward(self, x):
        self.add_module(f"extra{len(self._modules)}", nn.Linear(3, 3))
        return self.body(x)


class Magic(Wrapped):
    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError:
            return lambda *_: None


class Counts(Wrapped):
    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x):
        self.seen += 1
        return self.body(x) * self.seen


class TwoDevices(Wrapped):
    def forward(self, x):
        return self.body(x.to("meta"))


class WantsColor(Wrapped):
    input_shape = (4, 16, 16)


def deep():
    module = nn.Sequential(nn.Flatten())
    for _ in range(3000):
        module = nn.Sequential(module)
    return module


def odd_names():
    return nn.Sequential(
        OrderedDict([("a:b", nn.Conv2d(3, 8, 3)), ("flat", nn.Flatten()), ("head", nn.Linear(1568, 3))])
    )


def foreign_names():
    return nn.Sequential(OrderedDict([("层 one/../*", nn.Conv2d(3, 8, 3)), ("[", nn.Flatten()), ("", nn.ReLU())]))


def raising(error):
    def fail(_out, _x):
        raise error

    return returning(fail)


Pair = namedtuple("Pair", "logits embedding")  # as people write them


@dataclasses.dataclass
class Answer:
    """What some libraries return."""

    logits: torch.Tensor
    text: str = ""


NETWORKS = {
    "plain": Wrapped,
    "half": lambda: trunk().half(),
    "bfloat16": lambda: trunk().bfloat16(),
    "double": lambda: trunk().double(),
    "keyword_only": KeywordOnly,
    "takes_dict": TakesDict,
    "takes_list": TakesList,
    "one_by_one": OneByOne,
    "two_arguments": TwoArguments,
    "method_train": MethodTrain,
    "energy": Energy,
    "sparse": Sparse,
    "quantized": quantized,
    "lazy": lazy,
    "meta": meta,
    "scripted": scripted,
    "traced": traced,
    "scripted_inside": ScriptedInside,
    "symbolic": symbolic,
    "exported": exported,
    "compiled": compiled,
    "parallel": parallel,
    "plain_list": PlainList,
    "calls_features": CallsFeatures,
    "sequence_first": SequenceFirst,
    "prototypes": Prototypes,
    "no_parameters": NoParameters,
    "grows": Grows,
    "magic": Magic,
    "counts": Counts,
    "two_devices": TwoDevices,
    "four_channels": WantsColor,
    "deep": deep,
    "odd_names": odd_names,
    "foreign_names": foreign_names,
    "broken_size": lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(10, 3)),
    "batch_statistics": lambda: nn.Sequential(nn.BatchNorm2d(3, track_running_stats=False), *trunk()),
    "random": lambda: returning(lambda out, _: out + torch.rand_like(out))(),
    "in_place": lambda: returning(lambda out, x: out + x.zero_().sum())(),
    "gives_pair": lambda: returning(lambda out, x: Pair(out, x.flatten(1)))(),
    "gives_embedding_first": lambda: returning(lambda out, x: (x.flatten(1), out))(),
    "gives_dict": lambda: returning(lambda out, _: {"loss": None, "logits": out})(),
    "gives_dataclass": lambda: returning(lambda out, _: Answer(out))(),
    "gives_none": lambda: returning(lambda *_: None)(),
    "gives_text": lambda: returning(lambda *_: "cat")(),
    "gives_generator": lambda: returning(lambda out, _: (row for row in out))(),
    "gives_scalar": lambda: returning(lambda out, _: out.sum())(),
    "gives_nan": lambda: returning(lambda out, _: out * float("nan"))(),
    "gives_classes": lambda: returning(lambda out, _: out.argmax(1))(),
    "gives_truth": lambda: returning(lambda out, _: out > 0)(),
    "gives_complex": lambda: returning(lambda out, _: torch.complex(out, out))(),
    "gives_fewer": lambda: returning(lambda out, _: out[1:])(),
    "gives_empty": lambda: returning(lambda out, _: out[:, :0])(),
    "inner_text": lambda: inner(lambda _: "text")(),
    "inner_complex": lambda: inner(torch.fft.fft2)(),
    "inner_truth": lambda: inner(lambda x: x > 0)(),
    "inner_scalar": lambda: inner(torch.sum)(),
    "inner_nested": lambda: inner(lambda x: torch.nested.nested_tensor(list(x)))(),
    "inner_nan": lambda: inner(lambda x: x * float("nan"))(),
    "raises": lambda: raising(ValueError("line one\nline two"))(),
    "raises_key": lambda: raising(KeyError("x"))(),
    "raises_without_words": lambda: raising(StopIteration())(),
    "interrupted": lambda: raising(KeyboardInterrupt())(),
    "leaves": lambda: raising(SystemExit(0))(),
    "prints": lambda: returning(lambda out, _: (print("hello", file=sys.stderr), out)[1])(),
    "no_module": lambda: 3,
    "a_class": lambda: Wrapped,
    "fails_to_build": lambda: 1 / 0,
}


def network(kind: str, classes: int = 3):
    """The network of this kind, as the command line names it: FILE.py:network with --network-set kind=KIND."""
    usual = trunk.__defaults__
    trunk.__defaults__ = (classes,)
    try:
        return NETWORKS[kind]()
    finally:
        trunk.__defaults__ = usual


globals().update(NETWORKS)  # each by its own name too, for commands that take no settings of a network
