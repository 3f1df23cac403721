"""The classification models of the package torchvision."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, final

from repscope.core.errors import NotFound, nearest
from repscope.networks._network import Network
from repscope.networks._settings import only_known, whole_number
from repscope.networks._source import NetworkSource


@final
class Torchvision(NetworkSource):
    """``torchvision:NAME``, with torchvision's best pretrained weights unless others are asked for.

    Settings
    --------
    classes : int, default 1000
        Outputs; with pretrained weights there are always 1000.
    seed : int, default 0
        Of random weights.

    The preprocessing is the one that belongs to the pretrained weights, whatever weights there are.
    """

    usage = "torchvision:NAME"
    summary = "classification models of the package torchvision, pretrained where its weights can be fetched"
    takes_classes = True

    def names(self) -> tuple[str, ...]:
        """All classification models."""
        from torchvision import models

        return tuple(models.list_models(module=models))

    def load(self, argument: str, weights: str | Path | None = None, **settings: Any) -> Network:
        """The network called `argument`.

        Raises
        ------
        NotFound
            If there is no such model, or its pretrained weights cannot be fetched.
        BadInput
            If a setting is not understood, or the weights do not fit.
        """
        import torch
        from torchvision import models

        from repscope.networks._preprocess import PerImage
        from repscope.networks._weights import put_weights, read_weights

        address = f"torchvision:{argument}"
        if argument not in (known := self.names()):
            raise NotFound(f"there is no network {address!r}; {nearest(argument, known)}")
        only_known(settings, ("classes", "seed"), address)
        seed = whole_number(settings, "seed", 0, address, least=0)
        classes = whole_number(settings, "classes", 1000, address)
        best = models.get_model_weights(argument).DEFAULT
        options: dict[str, Any] = {"num_classes": classes}
        if argument in ("googlenet", "inception_v3"):
            options["init_weights"] = True  # unasked, these two warn; their auxiliary outputs are for training only
            options["aux_logits"] = True
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            module = models.get_model(argument, weights=None, **options).eval()
        made: dict[str, Any] = {"weights": "random", "seed": seed}
        if weights is None:
            module.load_state_dict(_fetched(best, address))
            made = {"weights": f"pretrained, {best.name}"}
        elif weights != "random":
            made = put_weights(module, read_weights(weights), address)
        transform = best.transforms()
        side = transform.crop_size[0]
        preprocess = PerImage(transform, takes="pil")
        return Network(
            name=address,
            module=module,
            preprocess=preprocess,
            input_shape=(3, side, side),
            class_names=_told_apart(best.meta["categories"]) if weights is None else (),
            settings={**made, "classes": classes, "preprocess": preprocess.describe()},
        )


def _fetched(best: Any, address: str) -> dict[str, Any]:
    """The pretrained state dict, from torch's cache or the internet."""
    try:
        state: dict[str, Any] = best.get_state_dict(progress=False, check_hash=True)
        return state
    except (OSError, RuntimeError) as error:  # no connection; a file whose hash is not the announced one
        raise NotFound(
            f"the pretrained weights of {address!r} could not be fetched ({type(error).__name__}: {error}); connect to "
            "the internet once, or give weights='random' or a file (weights='FILE.safetensors')"
        ) from error


def _told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """The names, numbered where several classes share one (ImageNet has two cranes, the bird and the machine)."""
    return tuple(f"{name} ({i})" if names.count(name) > 1 else name for i, name in enumerate(names))


source = Torchvision()
