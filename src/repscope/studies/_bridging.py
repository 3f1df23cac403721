"""Maps between embedding models, from files of embeddings or from networks and images: what `repscope bridge` and `map` do."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Int

from repscope.activations import embeddings
from repscope.core.errors import BadInput, Mismatch, NotFound
from repscope.core.files import read_text
from repscope.maps import MAPS, Embeddings, GramAtlas, LinearMap, MapEstimator, Migration, check_migration, read_store
from repscope.maps._embeddings import paired_by_id
from repscope.maps._migration import SIZES
from repscope.maps._stores import SUFFIXES

if TYPE_CHECKING:
    from repscope.data import DataSet


def is_store(address: str) -> bool:
    """Whether it is a file of embeddings, by its ending; else the address of a network.

    >>> is_store("old.npy"), is_store("timm:resnet18")
    (True, False)
    """
    return Path(address).suffix in SUFFIXES


def opened_embeddings(
    addresses: Sequence[str],
    data: "DataSet | None" = None,
    ids: Sequence[str | None] = (),
    names: Sequence[str | None] = (),
    batch: int = 128,
    device: str | None = None,
    weights: str | None = None,
    network_settings: Mapping[str, Any] | None = None,
    id_column: str | None = None,
    vector_column: str | None = None,
) -> list[Embeddings]:
    """Embeddings of several models, of the same samples: from files, or from networks and images.

    Raises
    ------
    BadInput
        If a network came without images.
    NotFound, Damaged, Mismatch
        If files cannot be read.
    """
    from repscope.networks import load_network

    wanted = [*ids, *[None] * (len(addresses) - len(ids))]
    called = [*names, *[None] * (len(addresses) - len(names))]
    networks = {
        address: load_network(address, weights=weights, **dict(network_settings or {}))
        for address in dict.fromkeys(addresses)
        if not is_store(address)
    }
    if networks and data is None:
        raise BadInput(f"{next(iter(networks))!r} is a network; give the images too: --data DATA")
    made: dict[str, Embeddings] = {}
    if networks and data is not None:
        blocks = [found for _, found in embeddings(networks, data, batch=batch, device=device)]
        for address, network in networks.items():
            matrix = np.concatenate([block[address] for block in blocks])
            made[address] = Embeddings.of(matrix, address, data.ids, network.digest)
    return [
        made[address]
        if address in made
        else read_store(address, called[i], wanted[i], id_column=id_column, vector_column=vector_column)
        for i, address in enumerate(addresses)
    ]


def applied(found: LinearMap, given: Embeddings, known: bool) -> Embeddings:
    """The embeddings, mapped: refused by their space where it is known, else by their looks.

    Raises
    ------
    Mismatch
        If they are not, or do not look like, those of the map's source.
    """
    if known:
        return found.apply(given)
    mapped = found.apply(given.vectors)
    return Embeddings.of(mapped, f"{found.source.name} → {found.target.name}", given.ids)


def kind_named(name: str, rank: int | None = None) -> MapEstimator:
    """A kind by its name, of a rank if one is given.

    Raises
    ------
    BadInput
        If the kind has no rank.
    """
    kind = MAPS[name]
    if rank is None:
        return kind
    if "rank" not in kind.get_params():
        raise BadInput(f"the kind {name!r} has no rank; reduced_rank and whitened have")
    changed: MapEstimator = type(kind)(**{**kind.get_params(), "rank": rank})
    return changed


def checked_migration(
    old: Embeddings,
    new: Embeddings,
    labels: Mapping[str, str] | None = None,
    relevance: Mapping[str, Sequence[str]] | None = None,
    index: int | None = None,
    queries: int = 500,
    k: int = 10,
    kind: MapEstimator | None = None,
    metric: str = "cosine",
    seed: int = 0,
    sizes: Sequence[int] = SIZES,
    candidates: int | None = None,
) -> Migration:
    """`check_migration` on samples divided at random into index, queries, and pairs to fit maps on.

    Parameters
    ----------
    old, new : Embeddings
        Of the same samples.
    labels : mapping of str to str, optional
        Of each sample: answers to a query are the samples in the index that have its label.
    relevance : mapping of str to sequence of str, optional
        Judgements; the samples that they name are queries and index.
    index, queries : int
        How many samples; the rest are pairs. Half of what is not asked for is index by default.
    k, kind, metric, seed, sizes, candidates
        As for `check_migration`.

    Raises
    ------
    BadInput
        If there are too few samples.
    """
    first, second = paired_by_id(old, new)
    parts = divided(first.ids, relevance, index, queries, seed)
    if labels is not None and relevance is None:
        mine: dict[str, list[str]] = {}
        for row in parts[0]:
            mine.setdefault(labels[first.ids[row]], []).append(first.ids[row])
        answered = [row for row in parts[1] if labels[first.ids[row]] in mine]
        parts = (parts[0], np.array(answered, dtype=np.int64), parts[2])
        relevance = {first.ids[row]: mine[labels[first.ids[row]]] for row in answered}
    chosen = [[side.at([first.ids[row] for row in rows]) for side in (first, second)] for rows in parts]
    (index_old, index_new), (queries_old, queries_new), (pairs_old, pairs_new) = chosen
    return check_migration(
        (index_old, index_new), (queries_old, queries_new), (pairs_old, pairs_new),
        relevance=relevance, kind=kind, k=k, sizes=sizes, candidates=candidates, metric=metric, seed=seed,
    )  # fmt: skip


def divided(
    ids: Sequence[str], relevance: Mapping[str, Sequence[str]] | None, index: int | None, queries: int, seed: int
) -> tuple[Int[np.ndarray, " i"], Int[np.ndarray, " q"], Int[np.ndarray, " p"]]:
    """Rows for the index, the queries and the pairs."""
    place = {name: row for row, name in enumerate(ids)}
    if relevance is not None:
        named_ = {one for rows in relevance.values() for one in rows}
        strange = [name for name in [*relevance, *named_] if name not in place]
        if strange:
            raise Mismatch(f"the judgements name {strange[0]!r}, which is not among the {len(ids)} embeddings")
        asked = np.array([place[name] for name in relevance], dtype=np.int64)
        answers = np.array(sorted(place[name] for name in named_ - set(relevance)), dtype=np.int64)
        free = np.random.default_rng(seed).permutation(
            np.setdiff1d(np.arange(len(ids)), np.concatenate([asked, answers]))
        )
        more = max(0, (index if index is not None else (len(answers) + len(free)) // 2) - len(answers))
        return np.sort(np.concatenate([answers, free[:more]])), asked, np.sort(free[more:])
    order = np.random.default_rng(seed).permutation(len(ids))
    count = index if index is not None else (len(ids) - queries) // 2
    if count < 1 or len(ids) - queries - count < 20:
        raise BadInput(
            f"{len(ids)} samples do not suffice for {queries} queries, an index of {max(count, 0)} and pairs; give more, or ask "
            "for fewer (--queries, --index)"
        )
    return np.sort(order[:count]), order[count : count + queries], np.sort(order[count + queries :])


def read_relevance(path: Path) -> dict[str, list[str]]:
    """Judgements from a JSON file: {query: [answers]}.

    Raises
    ------
    NotFound, BadInput
        If there is no such file, or it is something else.
    """
    if not path.is_file():
        raise NotFound(f"there is no file of judgements {str(path)!r}; expected JSON: {{query: [answers]}}")
    try:
        read = json.loads(read_text(path))
    except ValueError as error:
        raise BadInput(f"{path} is not JSON ({error}); expected {{query: [answers]}}") from error
    if not isinstance(read, dict) or not all(isinstance(rows, list) and rows for rows in read.values()):
        raise BadInput(
            f"{path} holds something else than judgements; expected {{query: [answers]}}, each with one or more answers"
        )
    return {str(name): [str(one) for one in rows] for name, rows in read.items()}


def all_maps(
    found: Sequence[Embeddings], out: Path, kind: MapEstimator, folds: int = 5
) -> list[tuple[LinearMap, float, Path]]:
    """The maps between all pairs, from one atlas, each with its R² on parts left out, in files.

    Raises
    ------
    Mismatch
        If samples differ, or two are of one name.
    """
    names = [one.space.name for one in found]
    if len(set(names)) < len(names):
        raise Mismatch(f"the embeddings are called {', '.join(names)}; expected different names (--name)")
    same = [paired_by_id(found[0], one)[1] for one in found]
    atlas = GramAtlas(
        {n: one.space.dimension for n, one in zip(names, same, strict=True)},
        folds,
        {o.space.name: o.space.digest for o in same},
    )
    for start in range(0, len(same[0]), 4096):
        rows = slice(start, start + 4096)
        atlas.update({n: one.vectors[rows] for n, one in zip(names, same, strict=True)}, same[0].ids[rows])
    out.mkdir(parents=True, exist_ok=True)
    answers = []
    for one in atlas.solve_all(kind):
        path = out / f"{_file(one.source.name)}--{_file(one.target.name)}.safetensors"
        one.save(path)
        answers.append((one, left_out_share(atlas, one.source.name, one.target.name, kind), path))
    atlas.save(out / "atlas")
    return answers


def left_out_share(atlas: GramAtlas, source: str, target: str, kind: MapEstimator) -> float:
    """R² of every fold by the map of the others."""
    whole, parts = atlas.moments(source, target), atlas.parts(source, target)
    error = 0.0
    for number, part in enumerate(parts):
        others = [one for i, one in enumerate(parts) if i != number]
        solution = kind.solve(whole - part, others if kind.parts else ())
        error += part.error(solution.weight, solution.bias)
    return 1 - error / whole.y.spread


def _file(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name)
