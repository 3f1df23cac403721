"""Features ready to use: a network, a layer, how it is described, what is done to that, and perhaps a classifier; the file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Float, Int

from repscope.core.digests import digest_json
from repscope.core.errors import BadInput, Damaged, Mismatch, NotFound, nearest
from repscope.core.files import read_tensors, write_tensors
from repscope.core.progress import progress
from repscope.maps import Embeddings
from repscope.maps._embeddings import checked
from repscope.transfer._choice import Choice
from repscope.transfer._described import Describing
from repscope.transfer._steps_file import read_steps, written_steps
from repscope.transfer.classifiers._linear import greatest

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from repscope.activations import LayerInfo
    from repscope.data import DataSet
    from repscope.networks import Network

FORMAT = "repscope.features.1"
BATCH = 64


@final
@dataclass(frozen=True)
class Opening:
    """How a network is opened again: what `load_network` is given.

    Attributes
    ----------
    address : str
    weights : str or None
    settings : mapping
    """

    address: str
    weights: str | None
    settings: Mapping[str, Any]


@final
@dataclass(frozen=True, eq=False)
class FeaturePipeline:
    """From images to vectors, and perhaps to classes.

    Attributes
    ----------
    choice : Choice
    network : Network
    steps : Pipeline
        Fitted.
    weight : (c or 1, d) float64 or None
        Of a linear classifier.
    bias : (c or 1,) float64 or None
    class_names : tuple of str
        What it tells apart.
    opening : Opening or None
        Where the network came from; without it `load` is to be given the network.
    """

    choice: Choice
    network: "Network"
    steps: "Pipeline"
    weight: Float[np.ndarray, "c d"] | None = None
    bias: Float[np.ndarray, " c"] | None = None
    class_names: tuple[str, ...] = ()
    opening: Opening | None = None

    @staticmethod
    def of(
        network: "Network", choice: Choice, steps: "Pipeline", model: Any = None, class_names: tuple[str, ...] = ()
    ) -> "FeaturePipeline":
        """From what was fitted; `model` has ``coef_`` and ``intercept_``."""
        if model is None:
            return FeaturePipeline(choice, network, steps)
        return FeaturePipeline(choice, network, steps, model.coef_, model.intercept_, class_names)

    def opened_by(self, opening: Opening) -> "FeaturePipeline":
        """The same, knowing where its network came from."""
        return replace(self, opening=opening)

    @cached_property
    def digest(self) -> str:
        """What identifies the vectors: weights of the network, the choice, what was fitted."""
        tensors, described = written_steps(self.steps)
        sums = {name: digest_json(array.tolist()) for name, array in tensors.items()}
        return digest_json([self._network_facts(), list(vars(self.choice).values()), described, sums])

    def embed(self, data: "DataSet", device: str | None = None) -> Embeddings:
        """One vector for each image.

        Parameters
        ----------
        data : DataSet
        device : str, optional
            Where the network runs.

        Returns
        -------
        Embeddings
            With the images' ids; their space bears the name of the choice and the digest of the pipeline.

        Raises
        ------
        BadInput
            If activations are not finite.
        """
        from repscope.activations import layer_points

        way = Describing(self._layer, tuple(self.network.input_shape), self.choice.descriptor)
        blocks = []
        with (
            layer_points(self.network, data, self._layer, "float32", BATCH, device) as points,
            progress("embedding", len(data), "images") as advance,
        ):
            for start in range(0, len(data), BATCH):
                rows = slice(start, min(start + BATCH, len(data)))
                blocks.append(self.steps.transform(way.of(points.rows(rows).numpy())))
                advance(rows.stop - rows.start)
        vectors = checked(np.concatenate(blocks), "the vectors")
        return Embeddings.of(vectors, f"{self.choice.network}/{self.choice.layer}", data.ids, self.digest)

    def classify(self, vectors: Float[np.ndarray, "n d"]) -> tuple[Int[np.ndarray, " n"], tuple[str, ...]]:
        """The class of each vector that `embed` gave, as an index, and the names of all classes.

        Raises
        ------
        BadInput
            If the choice has no linear classifier.
        """
        if self.weight is None or self.bias is None:
            raise BadInput(
                f"the features are for {self.choice.use}, without a linear classifier; choose with uses=['logistic'] to classify"
            )
        return greatest(vectors @ self.weight.T + self.bias), self.class_names

    @cached_property
    def _layer(self) -> "LayerInfo":
        from repscope.activations import network_layers

        known = {layer.name: layer for layer in network_layers(self.network)[0]}
        if self.choice.layer not in known:
            raise NotFound(
                f"{self.network.name!r} has no layer {self.choice.layer!r}; {nearest(self.choice.layer, known)}"
            )
        return known[self.choice.layer]

    def _network_facts(self) -> dict[str, Any]:
        told = self.network.describe()
        return {name: told[name] for name in ("name", "digest", "preprocess", "input_shape")}

    def save(self, path: str | Path) -> Path:
        """Write a file ``.safetensors`` that `load` reads, whole or not at all; the network's weights are not in it.

        Raises
        ------
        BadInput
            If the name ends otherwise.
        """
        import torch

        target = Path(path)
        if target.suffix != ".safetensors":
            raise BadInput(f"features would go to {str(target)!r}; expected a name that ends in .safetensors")
        arrays, steps = written_steps(self.steps)
        if self.weight is not None and self.bias is not None:
            arrays |= {"weight": self.weight, "bias": self.bias}
        told = {
            "choice": vars(self.choice),
            "network": self._network_facts(),
            "steps": steps,
            "class_names": list(self.class_names),
            "opening": None
            if self.opening is None
            else {**vars(self.opening), "settings": dict(self.opening.settings)},
        }
        tensors = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
        write_tensors(target, tensors, {"format": FORMAT, "features": json.dumps(told, sort_keys=True)})
        return target

    @staticmethod
    def load(path: str | Path, network: "Network | None" = None) -> "FeaturePipeline":
        """Read what `save` wrote; nothing in the file is executed.

        Parameters
        ----------
        path : path
        network : Network, optional
            By default it is opened from where it came.

        Raises
        ------
        NotFound
            If there is no such file.
        Damaged
            If it is not one, or was changed.
        BadInput
            If the file does not say where its network came from, and none was given.
        Mismatch
            If the network has other weights, or another preprocessing, than the one that the features were fitted on.

        Examples
        --------
        >>> import tempfile
        >>> from repscope import load_data, load_network
        >>> from repscope.transfer import postprocessing
        >>> network = load_network("repscope:resnet20-digits")
        >>> choice = Choice("mine", "pool", "flat", "l2", "retrieval")
        >>> made = FeaturePipeline.of(network, choice, postprocessing("l2").fit(np.zeros((2, 64))))
        >>> path = made.save(tempfile.mkdtemp() + "/mine.safetensors")
        >>> FeaturePipeline.load(path, network).embed(load_data("digits").balanced(5)).vectors.shape
        (5, 64)
        """
        path = Path(path)
        if not path.is_file():
            raise NotFound(f"there is no file {str(path)!r}; expected features that 'repscope transfer' wrote")
        tensors, metadata = read_tensors(path)
        if metadata.get("format") != FORMAT:
            raise Damaged(
                f"{path} is no file of features ({metadata.get('format')!r}); expected one that 'repscope transfer' wrote"
            )
        told = json.loads(metadata["features"])
        arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
        opening = None if told["opening"] is None else Opening(**told["opening"])
        found = FeaturePipeline(
            Choice(**told["choice"]),
            _opened(path, opening) if network is None else network,
            read_steps(told["steps"], arrays),
            arrays.get("weight"),
            arrays.get("bias"),
            tuple(told["class_names"]),
            opening,
        )
        for what in ("digest", "preprocess"):
            if found._network_facts()[what] != told["network"][what]:
                kind = "weights" if what == "digest" else "preprocessing"
                raise Mismatch(
                    f"{path} was fitted on {told['network']['name']!r} and the network {found.network.name!r} has other {kind}; give the "
                    "network that it was fitted on, or fit anew"
                )
        return found


def _opened(path: Path, opening: Opening | None) -> "Network":
    from repscope.networks import load_network

    if opening is None:
        raise BadInput(f"{path} does not say where its network came from; give the network")
    return load_network(opening.address, weights=opening.weights, **opening.settings)
