"""What networks with one another's classifiers see: one pass over the training images, one over the others.

training images ──► embeddings of all networks ──► atlas ──► maps of every kind, for every pair
other images    ──► embeddings ──► map ──► the target's classifier ──► right or wrong, for every pair
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Bool, Float, Int

from repscope.activations import embeddings
from repscope.core.errors import BadInput, Mismatch
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


def maps_of(atlas: GramAtlas, members: Mapping[str, Member], kind: str) -> dict[tuple[str, str], LinearMap]:
    """The maps of a kind between all pairs, the controls among them where they are fitted."""
    names = list(members)
    pairs = [(a, b) for a in names for b in names if a != b]
    if kind in (THROUGH, EXACT):
        heads = {name: one.head for name, one in members.items()}
        spaces = atlas.spaces
        found = {}
        for a, b in pairs:
            both = (heads[a].weight, heads[a].bias, heads[b].weight, heads[b].bias)
            if kind == THROUGH:
                found[a, b] = through_logits(*both, source=spaces[a], target=spaces[b])
            else:
                found[a, b] = logit_exact(atlas.solve(a, b, Ridge("cv")), *both)
        return found
    wanted = [*pairs, *((a, SHUFFLED) for a in names[1:])]
    return {(one.source.name, one.target.name): one for one in atlas.solve_all(kind, wanted)}


@final
@dataclass(frozen=True, eq=False)
class Seen:
    """Which of the other images each hybrid names rightly.

    Attributes
    ----------
    labels : (n,) int
    right : {(source, target): (n,) bool}
        With source = target the networks themselves; (source, LABELS) is a linear probe.
    """

    labels: Int[np.ndarray, " n"]
    right: dict[tuple[str, str], Bool[np.ndarray, " n"]]


def seen(
    members: Mapping[str, Member],
    maps: Mapping[str, Mapping[tuple[str, str], LinearMap]],
    probes: Mapping[str, LinearMap],
    data: "DataSet",
    batch: int,
    device: str | None,
    see: Callable[[Mapping[str, Float[np.ndarray, "b _"]]], None],
) -> tuple[dict[str, Seen], GramAtlas]:
    """The other images through all hybrids of all kinds, and the moments of their embeddings; `see` is shown these too."""
    first = next(iter(members))
    labels = _labels(data)
    composed = {
        kind: {
            (a, b): members[first if b == SHUFFLED else b].head.after(m.weight, m.bias) for (a, b), m in found.items()
        }
        for kind, found in maps.items()
    }
    right: dict[str, dict[tuple[str, str], list[Bool[np.ndarray, " _"]]]] = {kind: {} for kind in maps}
    atlas = GramAtlas({name: one.head.dimension for name, one in members.items()}, folds=2)
    networks = {key: one.network for key, one in members.items()}
    at = 0
    for ids, found in embeddings(networks, data, {k: m.layer for k, m in members.items()}, batch, device):
        truth = labels[at : at + len(ids)]
        at += len(ids)
        atlas.update(found, ids)
        see(found)
        for kind, classifiers in composed.items():
            for name in members:
                _note(right[kind], (name, name), members[name].head.logits(found[name]), truth)
                _note(right[kind], (name, LABELS), probes[name].apply(found[name]), truth)
            for (a, b), classifier in classifiers.items():
                _note(right[kind], (a, b), classifier.logits(found[a]), truth)
    joined = {kind: {pair: np.concatenate(parts) for pair, parts in by.items()} for kind, by in right.items()}
    return {kind: Seen(labels, by) for kind, by in joined.items()}, atlas


def _note(
    right: dict[tuple[str, str], list[Bool[np.ndarray, " _"]]],
    pair: tuple[str, str],
    answers: Float[np.ndarray, "b classes"],
    truth: Int[np.ndarray, " b"],
) -> None:
    right.setdefault(pair, []).append(answers.argmax(axis=1) == truth)


def _labels(data: "DataSet") -> Int[np.ndarray, " n"]:
    if data.labels is None:
        raise BadInput(f"the data set {data.name!r} has no labels; the accuracy of hybrids needs them")
    return data.labels


def explained_share(atlas: GramAtlas, found: LinearMap, source: str, target: str) -> float:
    """R²: the share of the target's variance on images that the map has not seen."""
    import torch

    moments = atlas.moments(source, target)
    error = moments.error(torch.from_numpy(found.weight), torch.from_numpy(found.bias))
    return 1 - error / moments.y.spread if moments.y.spread > 0 else float("nan")


def described(seen: Seen, class_names: Sequence[str]) -> dict[str, Any]:
    """Numbers of every hybrid, as JSON holds them: accuracies, and the classes that gain and lose most."""
    out: dict[str, Any] = {}
    n = len(seen.labels)
    for (a, b), right in seen.right.items():
        own = seen.right[a, a]
        gained, lost = (right & ~own).astype(int), (own & ~right).astype(int)
        change = np.bincount(seen.labels, gained - lost, minlength=len(class_names)).astype(int)
        order = np.argsort(change, kind="stable")
        out[f"{a}\t{b}"] = {
            "n": n,
            "right": int(right.sum()),
            "gained": int(gained.sum()),
            "lost": int(lost.sum()),
            "gain": [[class_names[i], int(change[i])] for i in order[::-1][:3] if change[i] > 0],
            "lose": [[class_names[i], int(change[i])] for i in order[:3] if change[i] < 0],
        }
    return out
