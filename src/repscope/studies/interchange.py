"""Interchange: does one network's classifier understand another network's embeddings, after a linear map?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar, final

from repscope.core.errors import BadInput
from repscope.maps import MAPS
from repscope.networks import untrained
from repscope.networks._zoo import ZOO
from repscope.studies._across import AcrossNetworks
from repscope.studies._interchange import (
    EXACT,
    RANDOM,
    THROUGH,
    Member,
    counted_atlas,
    described,
    judged,
    looked_at,
    member,
)
from repscope.studies._interchange_figures import interchange_result
from repscope.studies._result import StudyResult
from repscope.studies._study import Workspace
from repscope.studies._unexplained import Unexplained

if TYPE_CHECKING:
    from repscope.data import DataSet


@final
@dataclass(frozen=True)
class Interchange(AcrossNetworks):
    """Hybrids of all pairs of networks: the embeddings of one, mapped, into the classifier of the other.

    Settings beside those of `AcrossNetworks`, and what these are here:

    Parameters
    ----------
    networks : tuple of str
        Addresses; two or more, each ending with a linear classifier.
    heads : mapping of str to str
        Names of the classifiers, by address, where they are not found by themselves.
    kinds : tuple of str
        Kinds of maps, the main one first; "through_logits" and "logit_exact" come from the classifiers.
    device : str or None
        Where the networks run and the products are taken.
    seed : int
        Of the order of the images, and of random weights.
    background : "first", "last" or None
        Which output is no class, for networks that have one more than there are classes.
    by_index : bool
        Whether output i is class i whatever the names, and classes beyond those of the data do not occur.
    control : str or None
        A network of which a twin with random weights takes part; the last by default.
    data_settings : mapping or None
        Settings of the data; of the embedded glyphs by default 400 of each class from another seed.
    train, validation : str
        Partitions: maps are fitted on the one, and judged on the other.
    """

    title: ClassVar[str] = "Interchanging networks"
    summary: ClassVar[str] = (
        "The embeddings of one network, mapped linearly into the space of another, go into that one's classifier: how often "
        "is the hybrid right, compared with the source alone? Maps are fitted without labels, on images that are not those "
        "on which they are judged."
    )
    reference: ClassVar[str] = (
        "D. McNeely-White, B. Sattelberg, N. Blanchard, R. Beveridge, Exploring the Interchangeability of CNN Embedding Spaces"
    )

    unseen: ClassVar[Mapping[str, Any]] = {"per_class": 400, "seed": 1}

    networks: tuple[str, ...] = tuple(f"repscope:{name}-glyphs" for name in ZOO)
    kinds: tuple[str, ...] = ("least_squares", "ridge", THROUGH, EXACT, "identity")
    background: str | None = None
    by_index: bool = False
    control: str | None = None
    train: str = "train"
    validation: str = "validation"

    def check_kind(self, kind: str) -> None:
        """One of those that are fitted, or that come from the classifiers."""
        if kind not in (THROUGH, EXACT) and not MAPS[kind].from_moments:
            raise BadInput(
                f"the kind of map {kind!r} needs the pairs themselves, and this study keeps their moments alone; expected some of "
                f"{', '.join([*(name for name in MAPS if MAPS[name].from_moments), THROUGH, EXACT])}"
            )

    def check(self) -> None:
        """Refuse, beside what all refuse, maps judged where they were fitted."""
        super().check()
        if self.background not in (None, "first", "last"):
            raise BadInput(f"background = {self.background!r}; expected 'first', 'last' or none")
        if self.train == self.validation:
            raise BadInput(f"train and validation are both {self.train!r}; expected two different parts of the data")

    def conduct(self, space: Workspace) -> StudyResult:
        """The atlas of the training images, then the other images through all hybrids."""
        data = self.opened_images()
        members = self._members(data)
        found = space.kept("hybrids", lambda: self._hybrids(space, members, data))
        return interchange_result(self, found)

    def _members(self, data: "DataSet") -> dict[str, Member]:
        out = {}
        for name, address in zip(self.short_names, self.networks, strict=True):
            out[name] = member(self.opened(address), data, self.heads.get(address), self.background, self.by_index)
        address = self.control or self.networks[-1]
        trained = self.opened(address)
        twin = replace(untrained(trained, 1 + self.seed), class_names=trained.class_names)
        out[RANDOM] = member(twin, data, self.heads.get(address), self.background, self.by_index)
        return out

    def _hybrids(self, space: Workspace, members: Mapping[str, Member], data: "DataSet") -> dict[str, Any]:
        atlas = counted_atlas(space, "atlas", members, data.partition(self.train), self.seed, self.batch, self.device)
        unexplained = Unexplained(atlas, [name for name in members if name != RANDOM])
        part = data.partition(self.validation)
        with TemporaryDirectory(prefix="looked-at-", dir=space.folder) as folder:
            space.say(f"{len(part)} other images through {len(members)} networks")
            looked = looked_at(members, part, self.batch, self.device, Path(folder), unexplained.see)
            found = judged(looked, atlas, members, self.kinds, space.say)
        exact = found[THROUGH].exact if THROUGH in found else {}
        return {
            "unexplained": unexplained.drawn(part),
            "names": list(members),
            "dimensions": {name: one.head.dimension for name, one in members.items()},
            "heads": {name: one.layer for name, one in members.items()},
            "classes": len(data.class_names),
            "pairs": len(atlas),
            "images": len(part),
            "hybrids": {kind: described(one, looked.labels, data.class_names) for kind, one in found.items()},
            "features": {
                kind: {f"{a}\t{b}": share for (a, b), share in one.features.items()} for kind, one in found.items()
            },
            "exact": {f"{a}\t{b}": facts for (a, b), facts in exact.items()},
        }


study = Interchange()
