"""The atlas: one pass over many embedding spaces, and from it every map between any two.

blocks of rows ──► by fold ──► Σ X Xᵀ of all spaces at once, per fold ──► Moments of any pair, whole and in parts
                                                                      ──► least squares, ridge, Procrustes, …
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from repscope.core.blocks import parse_bytes
from repscope.core.errors import BadInput, Mismatch, NotFound, nearest
from repscope.maps._atlas_file import read_state, write_state
from repscope.maps._embeddings import checked
from repscope.maps._estimator import MAPS, MapEstimator, named
from repscope.maps._linear_map import LinearMap
from repscope.maps._moments import Moments, Side, about_mean
from repscope.maps._space import Profile, Space
from repscope.maps._tile_rows import TileRows

LEAST = 256
"""Rows that are multiplied together, at the least."""

WAITING = 2**31
"""Bytes of rows that wait to be multiplied together, at the most: half of it where they are float32."""


@final
class GramAtlas:
    """Moments of several embedding spaces of the same samples, added up in one pass, divided into folds.

    Parameters
    ----------
    dims : mapping of str to int
        Names of the spaces, and their dimensions.
    folds : int
        Parts that the samples are divided into, by their ids (or groups), whatever their order: what is chosen by
        cross-validation is chosen exactly, from the moments of the parts.
    digests : mapping of str to str, optional
        What identifies the networks; maps then refuse embeddings of others.
    memory : str
        How much of the moments may be in memory; beyond it they lie in a temporary file in `scratch`.
    scratch : path, optional
        A folder for that file; the system's own by default.
    device : str, optional
        Where products are taken.

    Raises
    ------
    BadInput
        If there are fewer than two spaces or folds.

    Notes
    -----
    The moments of D dimensions in all take 4 D² bytes a fold: 9 GB for ten networks of 21,408 dimensions and five
    folds, of which one fold is worked on at a time.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(200, 3))
    >>> atlas = GramAtlas({"a": 3, "b": 2})
    >>> atlas.update({"a": x, "b": x[:, :2] * 2}, ids=[str(i) for i in range(200)])
    >>> bool(np.allclose(atlas.solve("a", "b", "least_squares").weight, [[2, 0, 0], [0, 2, 0]]))
    True
    """

    def __init__(
        self,
        dims: Mapping[str, int],
        folds: int = 5,
        digests: Mapping[str, str] | None = None,
        memory: str | int = "4GiB",
        scratch: str | Path | None = None,
        device: str | None = None,
    ) -> None:
        if len(dims) < 2 or folds < 2:
            raise BadInput(
                f"an atlas of {len(dims)} spaces and {folds} folds was asked for; expected two or more of both"
            )
        self.spaces = {name: Space(name, d, (digests or {}).get(name, "")) for name, d in dims.items()}
        self.folds = folds
        ends = np.cumsum([0, *dims.values()]).tolist()
        self._places = {name: slice(a, b) for name, a, b in zip(dims, ends[:-1], ends[1:], strict=True)}
        self._device = torch.device(device or "cpu")
        size, budget = ends[-1], parse_bytes(memory)
        mapped = None
        if 4 * size * size * folds > budget:
            mapped = Path(scratch) if scratch is not None else Path(_temporary_folder())
        self._sums = [TileRows(size, mapped, self._device) for _ in range(folds)]
        self._counts = [0] * folds
        self._totals = torch.zeros(folds, size, dtype=torch.float64, device=self._device)
        self._shift = torch.zeros(size, dtype=torch.float64, device=self._device)
        self._seen: set[int] = set()
        self._waiting: list[list[Tensor]] = [[] for _ in range(folds)]
        self._most = max(LEAST, min(8192, WAITING // (8 * size * folds)))
        self._sides: dict[tuple[str, int], Side] = {}
        self._diagonals: dict[int, Float[Tensor, " size"]] = {}

    def __len__(self) -> int:
        """Samples so far."""
        return len(self._seen)

    def missing(self, ids: Sequence[str]) -> Bool[np.ndarray, " n"]:
        """Which samples have not been counted yet: those to go on with after an interruption."""
        return np.array([_number(name) not in self._seen for name in ids], dtype=bool)

    def update(self, blocks: Mapping[str, Any], ids: Sequence[str], groups: Sequence[str] | None = None) -> None:
        """Count more samples.

        Parameters
        ----------
        blocks : mapping of str to (n, d) array
            Embeddings of the same samples in the same order, one array for each space.
        ids : sequence of str
            Of the samples; none that was counted before.
        groups : sequence of str, optional
            What belongs together, such as the images of one person: samples of a group are in one fold.

        Raises
        ------
        Mismatch
            If a space is missing, its dimensions are others, or rows and ids are not equally many.
        BadInput
            If a number is not finite, or a sample would be counted twice. Nothing is counted then.
        """
        if set(blocks) != set(self.spaces):
            odd = sorted(set(blocks) ^ set(self.spaces))
            raise Mismatch(f"the block holds {sorted(blocks)}; expected exactly the spaces of the atlas, {odd} differ")
        rows = []
        for name, space in self.spaces.items():
            matrix = checked(blocks[name], f"the embeddings {name!r}")
            if matrix.shape != (len(ids), space.dimension):
                raise Mismatch(
                    f"the embeddings {name!r} have the shape {matrix.shape} for {len(ids)} ids; expected "
                    f"{(len(ids), space.dimension)}"
                )
            rows.append(torch.from_numpy(np.ascontiguousarray(matrix)).to(self._device))
        keys = [_number(name) for name in ids]
        if groups is not None and len(groups) != len(ids):
            raise Mismatch(f"{len(groups)} groups came for {len(ids)} ids; expected one each")
        if len(set(keys)) < len(keys) or not self._seen.isdisjoint(keys):
            twice = next(n for i, n in enumerate(ids) if keys[i] in self._seen or keys[i] in keys[:i])
            raise BadInput(
                f"the sample {twice!r} would be counted twice; ask `missing(ids)` which have not been counted, and give "
                "every sample once"
            )
        kind = torch.float32 if all(row.dtype == torch.float32 for row in rows) else torch.float64
        joint = torch.cat([row.to(kind) for row in rows], dim=1)
        if not self._seen:
            self._shift = joint.mean(dim=0, dtype=torch.float64)
        fold = torch.tensor([k % self.folds for k in (keys if groups is None else map(_number, groups))])
        for number in range(self.folds):
            mine = joint[(fold == number).to(joint.device)]
            if len(mine):
                self._counts[number] += len(mine)
                self._totals[number] += (mine.double() - self._shift).sum(dim=0)
                self._waiting[number].append(mine)
                while sum(map(len, self._waiting[number])) >= self._most:
                    self._add(number, self._most)
        self._seen.update(keys)
        self._sides.clear()
        self._diagonals.clear()

    def _add(self, fold: int, most: int | None = None) -> None:
        """Add waiting rows, always equally many together: then the sums do not depend on how rows came in blocks."""
        if self._waiting[fold]:
            rows = torch.cat(self._waiting[fold])
            self._sums[fold].add_products(rows[:most].double() - self._shift)
            self._waiting[fold] = [] if most is None or most >= len(rows) else [rows[most:].clone()]

    def moments(self, source: str, target: str, fold: int | None = None) -> Moments:
        """Those of a pair of spaces, of all samples or of a fold."""
        for name in (source, target):
            if name not in self.spaces:
                raise NotFound(f"there is no space {name!r} in the atlas; {nearest(name, self.spaces)}")
        of = range(self.folds) if fold is None else (fold,)
        n = sum(self._counts[f] for f in of)
        if n < 2:
            raise BadInput(f"{'the atlas' if fold is None else f'fold {fold} of the atlas'} has {n} samples; give more")
        x, y = self._places[source], self._places[target]
        totals = self._totals[list(of)].sum(dim=0)
        cross = about_mean(self._block(of, x, y), totals[x], totals[y], n)
        return Moments(self._side(source, of, n), self._side(target, of, n), cross)

    def parts(self, source: str, target: str) -> list[Moments]:
        """The moments of a pair of spaces, fold by fold."""
        return [self.moments(source, target, fold) for fold in range(self.folds)]

    def solve(self, source: str, target: str, kind: str | MapEstimator = "ridge") -> LinearMap:
        """The map of a kind from one space to another.

        Parameters
        ----------
        source, target : str
            Names of spaces.
        kind : str or MapEstimator
            By name (``"ridge"`` is cross-validated over the folds), or with its parameters: ``Procrustes(scale=True)``.

        Raises
        ------
        NotFound
            If there is no such space or kind.
        BadInput
            If there are too few samples for it, or it cannot be solved from moments.
        """
        estimator = MAPS[kind] if isinstance(kind, str) else kind
        whole = self.moments(source, target)
        solution = estimator.solve(whole, self.parts(source, target) if estimator.parts else ())
        sides = (self.spaces[source], self.spaces[target])
        profiles = tuple(self._profile(name) for name in (source, target))
        return named(solution, *sides, estimator, (profiles[0], profiles[1]))

    def solve_all(
        self, kind: str | MapEstimator = "ridge", pairs: Iterable[tuple[str, str]] | None = None
    ) -> Iterator[LinearMap]:
        """The maps from every space to every other, or of some pairs, by source.

        What is taken apart of a source serves all its targets, and is let go of then.
        """
        wanted = list(product(self.spaces, repeat=2)) if pairs is None else list(pairs)
        for source in self.spaces:
            for first, target in wanted:
                if first == source and target != source:
                    yield self.solve(source, target, kind)
            self.forget(source)

    def forget(self, name: str) -> None:
        """Let go of what was taken apart of a space; it is made again when it is asked for."""
        for (of, _), side in self._sides.items():
            if of == name:
                side.forget()

    def _side(self, name: str, of: Sequence[int], n: int) -> Side:
        """One space's own moments, made once; its products only when they are asked for."""
        key = (name, -1 if len(of) > 1 else of[0])
        if key not in self._sides:
            place, totals = self._places[name], self._totals[list(of)].sum(dim=0)[self._places[name]]
            spread = sum(float(self._diagonal(f)[place].sum()) for f in of) - float(totals @ totals) / n
            self._sides[key] = Side(
                n,
                self._shift[place] + totals / n,
                spread,
                lambda: about_mean(self._block(of, place, place), totals, totals, n),
            )
        return self._sides[key]

    def _block(self, of: Sequence[int], lines: slice, columns: slice) -> Float[Tensor, "a b"]:
        for fold in of:
            self._add(fold)
        whole = self._sums[of[0]].block(lines, columns)
        for fold in of[1:]:
            whole += self._sums[fold].block(lines, columns)
        return whole

    def _diagonal(self, fold: int) -> Float[Tensor, " size"]:
        """Read once: in a file it touches a page for every row, and every map asks for it."""
        if fold not in self._diagonals:
            self._add(fold)
            self._diagonals[fold] = self._sums[fold].diagonal()
        return self._diagonals[fold]

    def _profile(self, name: str) -> Profile:
        place, n = self._places[name], sum(self._counts)
        side = self._side(name, range(self.folds), n)
        totals = self._totals.sum(dim=0)[place]
        squares = torch.stack([self._diagonal(f)[place] for f in range(self.folds)]).sum(dim=0) - totals**2 / n
        return Profile(side.mean.cpu().numpy(), (squares.clamp(min=0) / n).sqrt().cpu().numpy())

    def save(self, folder: str | Path) -> None:
        """Keep what was counted, to go on from; the next state takes the place of this one whole or not at all."""
        about = {
            "spaces": [space.as_dict() for space in self.spaces.values()],
            "folds": self.folds,
            "counts": self._counts,
        }
        seen = torch.from_numpy(np.array(sorted(self._seen), dtype=np.uint64).view(np.int64))
        parts = {"samples": {"seen": seen, "shift": self._shift, "totals": self._totals}}
        for fold in range(self.folds):
            rows = {f"row-{i}": row for i, row in enumerate(self._sums[fold].rows)}
            parts[f"fold-{fold}"] = {
                **rows,
                "waiting": torch.cat([self._shift.new_zeros(0, len(self._shift)), *self._waiting[fold]]),
            }
        write_state(Path(folder), about, parts)

    @staticmethod
    def load(folder: str | Path, **options: Any) -> "GramAtlas":
        """The atlas of a folder that `save` wrote; `options` are `memory`, `scratch` and `device`.

        Raises
        ------
        NotFound
            If there is none.
        Damaged
            If it is not as it was written.
        """
        about, parts = read_state(Path(folder))
        spaces = [Space.from_dict(fields) for fields in about["spaces"]]
        atlas = GramAtlas(
            {s.name: s.dimension for s in spaces}, about["folds"], {s.name: s.digest for s in spaces}, **options
        )
        atlas._counts = list(about["counts"])
        samples = parts("samples")
        atlas._seen = set(samples["seen"].numpy().view(np.uint64).tolist())
        atlas._shift, atlas._totals = (samples[name].to(atlas._device) for name in ("shift", "totals"))
        for fold in range(atlas.folds):
            tensors = parts(f"fold-{fold}")
            for number, row in enumerate(atlas._sums[fold].rows):
                row.copy_(tensors[f"row-{number}"])
            if len(tensors["waiting"]):
                atlas._waiting[fold] = [tensors["waiting"].to(atlas._device).clone()]
        return atlas


def _number(name: str) -> int:
    """A name as a number that is the same everywhere: by it a sample finds its fold."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def _temporary_folder() -> str:
    import tempfile

    return tempfile.gettempdir()
