"""The network: a module ready to run, with its preprocessing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from jaxtyping import Float

from repscope.core.digests import digest, digest_weights
from repscope.core.errors import BadInput
from repscope.networks._drawing import draw_from
from repscope.networks._evaluating import require_weights
from repscope.networks._identity import describe_callable, describe_module

if TYPE_CHECKING:
    import torch

Preprocess = Callable[[Sequence["torch.Tensor"]], "Float[torch.Tensor, 'batch channels height width']"]
"""From images (3, height, width), uint8 or float in 0..1, of any sizes, to the batch that the network takes."""


@final
@dataclass(frozen=True, eq=False)
class Network:
    """An `nn.Module` ready to run.

    Parameters
    ----------
    name : str
        The address it was loaded from, for example ``"repscope:resnet20-digits"``.
    module : torch.nn.Module
        In evaluation mode.
    preprocess : callable
        From a list of images to the batch that the module takes. Preprocessing belongs to the network.
    input_shape : (channels, height, width)
        What the module takes, one image.
    class_names : tuple of str
        Names of the outputs, when they are known.
    settings : mapping
        The parameters that made it, preprocessing included; JSON.
    seed_forward : int, optional
        For a network, or a preprocessing, that draws at random: its random numbers are drawn from this seed and the place
        of the batch in the data set, so that every pass gives the same outputs. Without it such a network is refused.
    """

    name: str
    module: "torch.nn.Module"
    preprocess: Preprocess
    input_shape: tuple[int, int, int]
    class_names: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed_forward: int | None = None

    def __post_init__(self) -> None:
        seed = self.seed_forward
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or seed < 0):
            raise BadInput(
                f"the network {self.name!r} was given seed_forward={seed!r}; expected a whole number of at least 0"
            )

    @property
    def digest(self) -> str:
        """Digest of all weights and buffers, as they are now."""
        require_weights(self.module)
        return digest_weights(self.module)

    @property
    def parameters(self) -> int:
        """Number of parameters."""
        return sum(p.numel() for p in self.module.parameters())

    def _preprocess_digest(self) -> str:
        """What preprocessing makes of two fixed images, one of the size that the module takes and one of another.

        A size that it cannot take says nothing: images of the data set may all have the other. Where it takes neither, its code
        names it.
        """
        import torch

        parts: list[bytes | memoryview] = []
        for height, width in (self.input_shape[1:], (24, 32)):
            ramp = torch.arange(3 * height * width, dtype=torch.int64).remainder(256).to(torch.uint8)
            try:
                with draw_from(0):
                    made = self.preprocess([ramp.reshape(3, height, width)])
                values = made.detach().double().mul(1000).round().to(torch.int64)
            except Exception:  # whatever a stranger's transform raises; on the images of the data set it is said
                continue
            parts += [str(tuple(made.shape)).encode(), values.contiguous().cpu().numpy().data]
        return digest(parts or [describe_callable(self.preprocess).encode()])

    def describe(self) -> dict[str, Any]:
        """What identifies the network: name, settings, digests of weights, structure, code and preprocessing."""
        return {
            "name": self.name,
            "settings": dict(self.settings),
            "digest": self.digest,
            **describe_module(self.module),
            "preprocess": self._preprocess_digest(),
            "parameters": self.parameters,
            "input_shape": list(self.input_shape),
            **({} if self.seed_forward is None else {"seed_forward": self.seed_forward}),
        }
