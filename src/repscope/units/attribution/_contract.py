"""What a way of attributing a score to pixels is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float
from torch import Tensor, nn

from repscope.core.registry import Registry
from repscope.units._target import Given


@final
@dataclass(frozen=True)
class Attribution:
    """A way of attributing, with what people need to know of it.

    A file of this folder defines the function and one instance of this class, under the name `attribution`.

    Attributes
    ----------
    function : callable
    title, summary : str
    reference : str
        The paper.
    """

    function: Callable[..., Float[np.ndarray, "n c h w"]]
    title: str
    summary: str
    reference: str

    def __call__(
        self, module: nn.Module, images: Tensor, target: Given, **settings: Any
    ) -> Float[np.ndarray, "n c h w"]:
        """The map of each image."""
        return self.function(module, images, target, **settings)


ATTRIBUTIONS: Registry[Attribution] = Registry("repscope.units.attribution", "attribution", Attribution)
