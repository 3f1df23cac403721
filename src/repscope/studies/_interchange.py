"""What networks with one another's classifiers see: one pass over the training images, one over the others.

training images ──► embeddings of all networks ──► atlas ──► one map after the other, of every kind, for every pair
other images    ──► embeddings, kept in files ──► map ──► the target's classifier ──► right or wrong
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Bool, Float, Int

from repscope.activations import embeddings
from repscope.core.errors import BadInput, Mismatch
from repscope.core.files import take_space
from repscope.maps import GramAtlas, LinearMap, Ridge, logit_exact, through_logits
from repscope.networks import Head, head_of
from repscope.studies._study import Workspace

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network

RANDOM = "random weights"
SHUFFLED = "shuffled pairs"
LABELS = "labels"
THROUGH, EXACT = "through_logits", "logit_exact"
ROWS = 4096
"""Embeddings that are classified at a time."""
BETWEEN_SAVES = 300
"""Seconds of embedding that an interruption may cost."""


@final
@dataclass(frozen=True, eq=False)
class Member:
    """A network that takes part.

    Attributes
    ----------
    network : Network
    layer : str
        Its head.
    head : Head
        With its outputs in the order of the data's classes.
    """

    network: "Network"
    layer: str
    head: Head


def member(network: "Network", data: "DataSet", layer: str | None, background: str | None, by_index: bool) -> Member:
    """A network with its head, the outputs brought into the order of the data's classes.

    Raises
    ------
    Mismatch
        If outputs and classes cannot be brought together; the message says what to set.
    """
    head = head_of(network, layer)
    names, classes = network.class_names, data.class_names
    if names and not by_index:
        place = {name: i for i, name in enumerate(names)}
        strange = [name for name in classes if name not in place]
        if strange:
            raise Mismatch(
                f"{network.name!r} has no output for {len(strange)} classes of {data.name!r}, such as {strange[0]!r}; it knows "
                f"{', '.join(names[:10])}. If the order is the same under other names, set by_index=true"
            )
        rows = np.array([place[name] for name in classes])
    else:
        apart = background is not None and head.classes != len(classes)
        first = int(apart and background == "first")
        count = head.classes - apart
        if count != len(classes) and not (by_index and count > len(classes)):
            raise Mismatch(
                f"{network.name!r} has {head.classes} outputs without names and {data.name!r} {len(classes)} classes; set "
                "background=first or last if one output is none of them, or by_index=true if output i is class i and the rest "
                "do not occur"
            )
        rows = first + np.arange(len(classes))
    return Member(network, head.layer, Head(head.layer, head.weight[rows], head.bias[rows]))


def counted_atlas(
    space: Workspace,
    name: str,
    members: Mapping[str, Member],
    data: "DataSet",
    seed: int,
    batch: int,
    device: str | None,
    folds: int = 5,
) -> GramAtlas:
    """The moments of all embeddings, of the labels, and of the first network's in a wrong order; kept, and gone on with.

    The images come in a random order, so that neighbours in a batch have nothing to do with each other.
    """
    folder = space.folder / name
    first = next(iter(members))
    dims = {key: one.head.dimension for key, one in members.items()}
    dims |= {SHUFFLED: dims[first], LABELS: len(data.class_names)}
    if (folder / "atlas.json").exists():
        atlas = GramAtlas.load(folder, scratch=space.folder, device=device)
        if {key: one.dimension for key, one in atlas.spaces.items()} != dims:
            raise Mismatch(f"{folder} holds the moments of other networks; delete it, they are counted again")
    else:
        digests = {key: one.network.digest for key, one in members.items()}
        atlas = GramAtlas(dims, folds, digests, scratch=space.folder, device=device)
    shuffled = data.subset(np.random.default_rng(seed).permutation(len(data)))
    left = shuffled.subset(np.flatnonzero(atlas.missing(shuffled.ids))) if atlas.missing(shuffled.ids).any() else None
    if left is not None:
        space.say(f"{name}: {len(left)} images through {len(members)} networks")
        labels = _labels(left)
        since, at = time.monotonic(), 0
        networks = {key: one.network for key, one in members.items()}
        for ids, found in embeddings(networks, left, {k: m.layer for k, m in members.items()}, batch, device):
            hot = np.eye(len(data.class_names))[labels[at : at + len(ids)]]
            atlas.update({**found, SHUFFLED: np.roll(found[first], 1, axis=0), LABELS: hot}, ids)
            at += len(ids)
            if time.monotonic() - since > BETWEEN_SAVES:
                atlas.save(folder)
                since = time.monotonic()
        atlas.save(folder)
    return atlas


@final
@dataclass(frozen=True, eq=False)
class Looked:
    """The other images, as every network sees them.

    Attributes
    ----------
    labels : (n,) int
    embeddings : mapping of str to (n, d) float32
        In files.
    moments : GramAtlas
        Of these embeddings.
    """

    labels: Int[np.ndarray, " n"]
    embeddings: Mapping[str, Float[np.ndarray, "n _"]]
    moments: GramAtlas

    def right(self, name: str, classifier: Head) -> Bool[np.ndarray, " n"]:
        """Which of the images a classifier names rightly from one network's embeddings."""
        seen = self.embeddings[name]
        answers = [classifier.logits(seen[at : at + ROWS]).argmax(axis=1) for at in range(0, len(seen), ROWS)]
        right: Bool[np.ndarray, " n"] = np.concatenate(answers) == self.labels
        return right


def looked_at(
    members: Mapping[str, Member],
    data: "DataSet",
    batch: int,
    device: str | None,
    folder: Path,
    see: Callable[[Mapping[str, Float[np.ndarray, "b _"]]], None],
) -> Looked:
    """The other images through all networks, their embeddings in files of a folder; `see` is shown these too."""
    dims = {name: one.head.dimension for name, one in members.items()}
    kept = {name: _on_disk(folder / f"{number}.npy", (len(data), d)) for number, (name, d) in enumerate(dims.items())}
    moments = GramAtlas(dims, folds=2, scratch=folder, device=device)
    networks = {key: one.network for key, one in members.items()}
    at = 0
    for ids, found in embeddings(networks, data, {k: m.layer for k, m in members.items()}, batch, device):
        for name, rows in found.items():
            kept[name][at : at + len(ids)] = rows
        at += len(ids)
        moments.update(found, ids)
        see(found)
    return Looked(_labels(data), kept, moments)


def _on_disk(path: Path, shape: tuple[int, int]) -> Float[np.memmap, "n d"]:
    """An array in a file, whose space is taken."""
    made: Float[np.memmap, "n d"] = np.lib.format.open_memmap(path, "w+", np.float32, shape)
    with path.open("r+b") as file:
        take_space(file, path.stat().st_size, f"{shape[0]} embeddings of {shape[1]} numbers")
    return made


@final
@dataclass(frozen=True, eq=False)
class Judged:
    """What the hybrids of one kind are worth.

    Attributes
    ----------
    right : {(source, target): (n,) bool}
        Which of the other images each names rightly. With source = target the networks themselves; (source, LABELS) is a linear
        probe.
    features : {(source, target): float}
        R²: the share of the target's variance that the map explains on images that it has not seen.
    exact : {(source, target): list}
        Of maps through the logits: whether they are exact, rank, smallest singular value, directions that are missing.
    """

    right: dict[tuple[str, str], Bool[np.ndarray, " n"]]
    features: dict[tuple[str, str], float]
    exact: dict[tuple[str, str], list[Any]]


def judged(
    looked: Looked, atlas: GramAtlas, members: Mapping[str, Member], kinds: Sequence[str], say: Callable[[str], None]
) -> dict[str, Judged]:
    """All hybrids of all kinds on the other images, beside the networks themselves and linear probes.

    Between large networks the maps take gigabytes together: one is made, used and let go of after the other. What is taken apart of a
    source, which takes longest, serves all its maps.
    """
    first = next(iter(members))
    found = {kind: Judged({}, {}, {}) for kind in kinds}
    for a, source in members.items():
        say(f"hybrids of {a}")
        probe = atlas.solve(a, LABELS, Ridge("cv"))
        own = {
            (a, a): looked.right(a, source.head),
            (a, LABELS): looked.right(a, Head(source.layer, probe.weight, probe.bias)),
        }
        for one in found.values():
            one.right.update(own)
        for b in [name for name in members if name != a] + [SHUFFLED] * (a != first):
            solved = cache(partial(atlas.solve, a, b))
            for kind, one in found.items():
                if b == SHUFFLED and kind in (THROUGH, EXACT):  # these look at heads, not at pairs of images
                    continue
                map_ = _map(solved, atlas, members, kind, a, b)
                classifier = members[first if b == SHUFFLED else b].head.after(map_.weight, map_.bias)
                one.right[a, b] = looked.right(a, classifier)
                if b != SHUFFLED:
                    one.features[a, b] = _explained_share(looked.moments, map_, a, b)
                if kind == THROUGH:
                    one.exact[a, b] = [map_.exact, map_.rank, map_.smallest_singular_value, map_.facts["missing"]]
        atlas.forget(a)
        looked.moments.forget(a)
    return found


def _map(
    solved: Callable[[str], LinearMap], atlas: GramAtlas, members: Mapping[str, Member], kind: str, a: str, b: str
) -> LinearMap:
    """The map of a kind from one network to another; `solved` remembers those that were asked of the atlas."""
    if kind not in (THROUGH, EXACT):
        return solved(kind)
    ours, theirs = members[a].head, members[b].head
    both = (ours.weight, ours.bias, theirs.weight, theirs.bias)
    if kind == THROUGH:
        return through_logits(*both, source=atlas.spaces[a], target=atlas.spaces[b])
    return logit_exact(solved("ridge"), *both)


def _labels(data: "DataSet") -> Int[np.ndarray, " n"]:
    if data.labels is None:
        raise BadInput(f"the data set {data.name!r} has no labels; the accuracy of hybrids needs them")
    return data.labels


def _explained_share(atlas: GramAtlas, found: LinearMap, source: str, target: str) -> float:
    """R² of a map on other images."""
    import torch

    moments = atlas.moments(source, target)
    error = moments.error(torch.from_numpy(found.weight), torch.from_numpy(found.bias))
    return 1 - error / moments.y.spread if moments.y.spread > 0 else float("nan")


def described(judged: Judged, labels: Int[np.ndarray, " n"], class_names: Sequence[str]) -> dict[str, Any]:
    """Numbers of every hybrid, as JSON holds them: accuracies, and the classes that gain and lose most."""
    out: dict[str, Any] = {}
    for (a, b), right in judged.right.items():
        own = judged.right[a, a]
        gained, lost = (right & ~own).astype(int), (own & ~right).astype(int)
        change = np.bincount(labels, gained - lost, minlength=len(class_names)).astype(int)
        order = np.argsort(change, kind="stable")
        out[f"{a}\t{b}"] = {
            "n": len(right),
            "right": int(right.sum()),
            "gained": int(gained.sum()),
            "lost": int(lost.sum()),
            "gain": [[class_names[i], int(change[i])] for i in order[::-1][:3] if change[i] > 0],
            "lose": [[class_names[i], int(change[i])] for i in order[:3] if change[i] < 0],
        }
    return out
