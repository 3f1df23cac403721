"""Verification: do two networks that have seen other identities agree on who is the same, through a linear map?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.activations import embeddings
from repscope.core.errors import BadInput, Mismatch
from repscope.core.files import read_tensors, write_tensors
from repscope.data import Pairs, draw_pairs, read_pairs, write_pairs
from repscope.data._pairs import file_numbers
from repscope.maps import MAPS, MapEstimator, Ridge, Verification, verify
from repscope.networks import head_of
from repscope.studies._across import AcrossNetworks
from repscope.studies._result import StudyResult
from repscope.studies._study import Workspace
from repscope.studies._verification_figures import verification_result

if TYPE_CHECKING:
    from repscope.data import DataSet

RATES = (1e-3, 1e-2)
"""False accept rates at which the true accept rate is said."""

PRINT = {
    "rotation": 5, "shear": 0.1, "shift": 0.06, "scale": 0.1, "contrast": 0.5, "noise": 0.04, "texture": False,
}  # fmt: skip
"""The scenes in which `experiments/zoo/train` shows the alphabets: characters that stand straight, as faces that are aligned."""


@final
@dataclass(frozen=True)
class VerificationStudy(AcrossNetworks):
    """Pairs of images of the same identity or not, told apart by the distance of one network's embedding, mapped, from another's.

    Settings beside those of `AcrossNetworks`, and what these are here:

    Parameters
    ----------
    networks : tuple of str
        Addresses; two or more. What goes into their classifier is the embedding.
    kinds : tuple of str
        Kinds of maps, the main one first; "paper" is ridge of strength 1 without an intercept.
    seed : int
        Of drawn pairs and of the bootstrap.
    data : str
        Address of images, best of identities that no network was trained on; whether classes of a network have their names is said.
    data_settings : mapping or None
        Its settings; of the embedded glyphs by default 20 of each character of the third alphabet, in the print of the first two.
    pairs : str or None
        A file in the format of LFW's pairs.txt; pairs are drawn if there is none.
    folds, each : int
        Of drawn pairs: how many folds, and how many matched, and mismatched, pairs in each.
    """

    title: ClassVar[str] = "Verification across networks"
    summary: ClassVar[str] = (
        "Are two images of the same identity? Told by the distance of one network's embedding of the first, mapped linearly, "
        "from another network's embedding of the second; maps are fitted on matched pairs of other identities."
    )
    reference: ClassVar[str] = (
        "D. McNeely-White, B. Sattelberg, N. Blanchard, R. Beveridge, Exploring the Interchangeability of CNN Embedding Spaces"
    )

    unseen: ClassVar[Mapping[str, Any]] = {"alphabet": "open", "per_class": 20, "validation": 0, **PRINT}

    networks: tuple[str, ...] = tuple(
        f"repscope:{name}-{alphabet}" for name in ("inception_resnet", "resnet_v1") for alphabet in ("first", "second")
    )
    kinds: tuple[str, ...] = ("paper", "ridge", "identity")
    pairs: str | None = None
    folds: int = 10
    each: int = 300

    def check_kind(self, kind: str) -> None:
        """The papers' ridge, or one of those that are fitted."""
        _ = kind_of(kind)

    def conduct(self, space: Workspace) -> StudyResult:
        """Embeddings of all images of the pairs, then every network against every other."""
        data = self.opened_images()
        pairs = self._pairs(space, data)
        rows = pairs.rows(data)
        found = self._embedded(space, data.subset(np.unique(rows)))
        place = np.searchsorted(np.unique(rows), rows)
        names = list(found)
        results: dict[str, Any] = {}
        for kind in self.kinds:
            for a in names:
                for b in names:
                    if a == b and kind != self.kinds[0]:
                        continue
                    step = f"{kind} {a} {b}".replace("/", "_").replace(":", "_")
                    results[f"{kind}\t{a}\t{b}"] = space.kept(
                        step,
                        lambda kind=kind, a=a, b=b: self._measured(  # type: ignore[misc]
                            space, kind, a, b, found[a][place[:, 0]], found[b][place[:, 1]], pairs
                        ),
                    )
        dimensions = {name: int(x.shape[1]) for name, x in found.items()}
        return verification_result(
            self,
            names,
            dimensions,
            results,
            int(pairs.same.sum()),
            len(pairs),
            whether_seen(
                {
                    name: self.opened(address).class_names
                    for name, address in zip(self.short_names, self.networks, strict=True)
                },
                np.unique(pairs.identities).tolist(),
            ),
        )

    def _pairs(self, space: Workspace, data: "DataSet") -> Pairs:
        """Those of the file, or drawn, and then written beside the study's results."""
        if self.pairs is not None:
            return read_pairs(self.pairs)
        if data.labels is None:
            raise BadInput(f"the data set {data.name!r} has no labels to draw pairs by; give a pairs file (pairs=…)")
        path, numbers = space.folder / "pairs.txt", file_numbers(data)
        if not path.exists():
            write_pairs(draw_pairs(data.labels, data.class_names, self.folds, self.each, self.seed, numbers), path)
        return read_pairs(path, by_position=numbers is None)

    def _embedded(self, space: Workspace, data: "DataSet") -> dict[str, Float[np.ndarray, "n d"]]:
        """The embeddings of all networks, in a file that is whole or not there."""
        path = space.folder / "embeddings.safetensors"
        names = self.short_names
        networks = {name: self.opened(address) for name, address in zip(names, self.networks, strict=True)}
        images = data.describe()
        about = {
            name: f"{n.digest} {images['digest']} {images['contents']} {images.get('images', '')}"
            for name, n in networks.items()
        }
        if path.exists():
            tensors, before = read_tensors(path)
            if before != about:
                raise Mismatch(f"{path} holds embeddings of other networks or images; delete it, they are made again")
            return {name: tensors[name].numpy() for name in names}
        space.say(f"{len(data)} images through {len(networks)} networks")
        layers = {n: self.heads.get(a) or head_of(networks[n]).layer for n, a in zip(names, self.networks, strict=True)}
        blocks = [found for _, found in embeddings(networks, data, layers, self.batch, self.device)]
        found = {name: np.concatenate([block[name] for block in blocks]) for name in names}
        import torch

        write_tensors(path, {name: torch.from_numpy(x) for name, x in found.items()}, about)
        return found

    def _measured(
        self,
        space: Workspace,
        kind: str,
        a: str,
        b: str,
        first: Float[np.ndarray, "m d"],
        second: Float[np.ndarray, "m e"],
        pairs: Pairs,
    ) -> dict[str, Any]:
        space.say(f"{a} → {b}" + ("" if a == b else f", {kind}"))
        out: dict[str, Any] = {}
        for protocol in ("paper", "cross-fitted"):
            map_ = None if a == b else kind_of(kind)
            found = verify(first, second, pairs.same, pairs.folds, map_, protocol, pairs.identities, self.seed)
            out[protocol] = numbers(found)
        return out


def whether_seen(classes: Mapping[str, Sequence[str]], identities: Sequence[str]) -> str:
    """Whether identities are among the classes that networks were trained on, as far as their names tell.

    Parameters
    ----------
    classes : mapping of str to sequence of str
        Of each network the names of its outputs; empty where they are not known.
    identities : sequence of str

    Examples
    --------
    >>> whether_seen({"a": ("A", "B"), "b": ("B", "C")}, ["D", "E"])
    'None of the 2 identities is a class of one of the networks, by its name.'
    >>> whether_seen({"a": ("A", "B"), "b": ()}, ["B", "C"])
    '1 of the 2 identities are classes of a by their names, such as B: it may have been trained on these images. The classes of b are not known, so whether it was trained on these identities was not checked.'
    """
    said = []
    unknown = [name for name, names in classes.items() if not names]
    for name, names in classes.items():
        if both := sorted(set(names) & set(identities)):
            said.append(
                f"{len(both)} of the {len(identities)} identities are classes of {name} by their names, such as {both[0]}: it may have been "
                "trained on these images."
            )
    if not said and len(unknown) < len(classes):
        which = "one of the networks" if not unknown else " or ".join(name for name in classes if name not in unknown)
        said.append(f"None of the {len(identities)} identities is a class of {which}, by its name.")
    if unknown:
        said.append(
            f"The classes of {' and '.join(unknown)} are not known, so whether {'it was' if len(unknown) == 1 else 'they were'} trained on "
            "these identities was not checked."
        )
    return " ".join(said)


def kind_of(name: str) -> MapEstimator:
    """A kind by its name; "paper" is the papers' ridge.

    >>> kind_of("paper")
    Ridge(intercept=False)
    """
    return Ridge(1.0, intercept=False) if name == "paper" else MAPS[name]


def numbers(found: Verification) -> dict[str, Any]:
    """What is kept of a verification, as JSON holds it."""
    others = int((~found.same).sum())
    rates = {}
    for far in RATES:
        if far * others >= 1:
            rates[f"{far:g}"] = [found.tar_at_far(far), *found.tar_interval(far)]
    return {
        "accuracy": [found.accuracy, *found.interval],
        "deviation": found.deviation,
        "thresholds": found.thresholds.tolist(),
        "rates": rates,
        "equal_error": [found.equal_error_rate, *found.equal_error_interval],
        "method": found.interval_method,
        "notes": list(found.notes),
    }


study = VerificationStudy()
