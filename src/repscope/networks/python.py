"""Networks of one's own, from a function in a package or in a file."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from repscope.core.errors import BadInput, NotFound
from repscope.core.functions import load_function
from repscope.core.own_code import digest_code
from repscope.networks._evaluating import evaluate
from repscope.networks._network import Network
from repscope.networks._settings import height_and_width, numbers, whole_number
from repscope.networks._source import NetworkSource

if TYPE_CHECKING:
    from torch import nn

_OURS = ("size", "mean", "std", "seed")


@final
class Python(NetworkSource):
    """``PACKAGE.MODULE:FUNCTION`` or ``FILE.py:FUNCTION``.

    The function returns a `torch.nn.Module`; or a module and its preprocessing (from one image, a uint8 tensor
    (3, h, w), to a float tensor); or a whole `Network`. It is given all settings as keywords, of the following four
    those that it has parameters for.

    Settings
    --------
    size : int or (height, width)
        Pixels that the module takes, unless it has an attribute ``input_shape`` (channels, height, width).
    mean, std : numbers, default 0 and 1
        For modules without preprocessing: images are fitted to the size, scaled to 0..1, and normalised with these.
    seed : int, default 0
        Of torch's generator while the function runs.
    """

    usage = "PACKAGE.MODULE:FUNCTION or FILE.py:FUNCTION"
    summary = "a network of your own: a function that returns an nn.Module"

    def names(self) -> tuple[str, ...]:
        """They cannot be listed."""
        return ()

    def load(self, argument: str, weights: str | Path | None = None, **settings: Any) -> Network:
        """The network that the function at `argument` makes.

        Raises
        ------
        NotFound
            If there is no such file, package or function.
        BadInput
            If the function fails, returns something else, or the size of the input is not said; or the weights do
            not fit.
        """
        if ":" not in argument:
            raise NotFound(
                f"{argument!r} is no address of a network; expected repscope:NAME, timm:NAME, torchvision:NAME, "
                "PACKAGE.MODULE:FUNCTION or FILE.py:FUNCTION"
            )
        function = load_function(argument)
        seed = whole_number(settings, "seed", 0, argument, least=0)
        made = _call(function, argument, seed, settings)
        network = made if isinstance(made, Network) else _network(made, argument, settings)
        described: dict[str, Any] = {**network.settings, **settings, "source": _source_digest(function)}
        if weights == "random":
            from repscope.networks._untrained import reinitialise

            module, drawn = reinitialise(network.module, seed, argument)
            network = replace(network, module=module)
            described |= {"weights": "random", "seed": seed, **({"drawn": list(drawn)} if drawn else {})}
        elif weights is not None:
            from repscope.networks._weights import put_weights, read_weights

            described |= put_weights(network.module, read_weights(weights), argument)
        evaluate(network.module)
        return replace(network, name=argument, settings=described)


def _source_digest(function: Callable[..., Any]) -> str | None:
    """Digest of the file that defines the function, and of all of the user's own that it imports."""
    return digest_code([getattr(function, "__module__", "") or ""])


def _call(function: Callable[..., Any], address: str, seed: int, settings: Mapping[str, Any]) -> Any:
    """What the function returns when given the settings."""
    import torch

    wanted = inspect.signature(function).parameters
    given = {name: value for name, value in settings.items() if name not in _OURS or name in wanted}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            return function(**given)
        except Exception as error:  # whatever a user's function raises
            call = ", ".join(f"{name}={value!r}" for name, value in given.items())
            raise BadInput(f"{address}({call}) failed ({type(error).__name__}: {error})") from error


def _network(made: Any, address: str, settings: Mapping[str, Any]) -> Network:
    """The network made of a module, or of a module and its preprocessing."""
    from torch import nn

    from repscope.networks._preprocess import BatchPreprocess, FitNormalise, PerImage

    pair = made if isinstance(made, tuple) and len(made) == 2 else (made, None)
    module, transform = pair
    if not isinstance(module, nn.Module) or not (transform is None or callable(transform)):
        what = f"({', '.join(type(m).__name__ for m in made)})" if isinstance(made, tuple) else type(made).__name__
        raise BadInput(
            f"{address} returned {what}; expected a torch.nn.Module, a module and its preprocessing, or a repscope.Network"
        )
    shape = _input_shape(module, address, settings)
    preprocess: BatchPreprocess
    if transform is None:
        channels = (0.0,) * shape[0]
        mean = numbers(settings, "mean", channels, address)
        std = numbers(settings, "std", tuple(1.0 for _ in channels), address)
        preprocess = FitNormalise(shape[1], shape[2], mean, std)
    else:
        preprocess = transform if isinstance(transform, BatchPreprocess) else PerImage(transform)
    return Network(
        name=address,
        module=module,
        preprocess=preprocess,
        input_shape=shape,
        class_names=_class_names(module, address),
        settings={"preprocess": preprocess.describe()},
    )


def _class_names(module: "nn.Module", address: str) -> tuple[str, ...]:
    """Names of the outputs, if the module says them."""
    names = getattr(module, "class_names", ())
    if not isinstance(names, (tuple, list)) or not all(isinstance(name, str) for name in names):
        raise BadInput(
            f"{address} has class_names={str(names)[:80]}; expected a list of texts, one for each output, or no such attribute"
        )
    return tuple(names)


def _input_shape(module: "nn.Module", address: str, settings: Mapping[str, Any]) -> tuple[int, int, int]:
    """What the module takes, as it or the settings say it."""
    said = getattr(module, "input_shape", None)
    if "size" in settings:
        height, width = height_and_width(settings["size"], address)
        return (3 if said is None else int(said[0]), height, width)
    if said is None:
        raise BadInput(
            f"nothing says which images {address} takes; give its size in pixels (size=224 or size=[224, 160]), or give "
            "the module an attribute: self.input_shape = (3, 224, 224)"
        )
    shape = tuple(said) if isinstance(said, (tuple, list)) else ()
    if len(shape) != 3 or any(not isinstance(s, int) or s < 1 for s in shape):
        raise BadInput(f"{address} has input_shape={said!r}; expected (channels, height, width), such as (3, 224, 224)")
    return (shape[0], shape[1], shape[2])


source = Python()
