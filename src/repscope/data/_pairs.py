"""Pairs of images, of the same identity or of two, in folds: the format of LFW's pairs.txt, read, written and drawn."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import final

import numpy as np
from jaxtyping import Bool, Int

from repscope.core.errors import BadInput, Mismatch, NotFound
from repscope.core.files import read_lines, write_bytes
from repscope.data._dataset import DataSet


@final
@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of images by the names of who is shown and their numbers.

    Attributes
    ----------
    identities : (m, 2) str
        Who is shown by the first and by the second image.
    numbers : (m, 2) int
        Which of their images, from 1.
    folds : (m,) int
        The fold of each pair.
    by_position : bool, default False
        Whether numbers are places among the images of the class, as `draw_pairs` counts them, also where images are files.
    """

    identities: np.ndarray
    numbers: Int[np.ndarray, "m 2"]
    folds: Int[np.ndarray, " m"]
    by_position: bool = False

    def __len__(self) -> int:
        return len(self.folds)

    @property
    def same(self) -> Bool[np.ndarray, " m"]:
        """Whether both images show one identity."""
        same: Bool[np.ndarray, " m"] = self.identities[:, 0] == self.identities[:, 1]
        return same

    def rows(self, data: DataSet) -> Int[np.ndarray, "m 2"]:
        """Rows of the images in a data set: by the number at the end of the file's name (``Ada_0003.jpg``, ``img3.png``) where
        images are files, whatever their order; else the n-th image of the class.

        Raises
        ------
        BadInput
            If an image is not there, or two have its name and number; the message names them.
        """
        place = _by_number(data) if data.from_files and not self.by_position else _by_position(data)
        out = np.empty((len(self), 2), dtype=np.int64)
        for pair in range(len(self)):
            for side in (0, 1):
                name, number = str(self.identities[pair, side]), int(self.numbers[pair, side])
                rows = place.get((name, number), [])
                if len(rows) > 1:
                    both = " and ".join(repr(data.ids[row]) for row in rows[:2])
                    raise BadInput(
                        f"pair {pair + 1} names image {number} of {name!r}, which may be {both} of {data.name!r}; keep one of them, or "
                        "load one partition (folder:DIR/train)"
                    )
                if not rows:
                    expected = (
                        f"a file of the class {name!r} with that number at the end of its name, such as {name}/{name}_{number:04d}.jpg"
                        if data.from_files
                        else "as many of that class"
                    )
                    raise BadInput(
                        f"pair {pair + 1} names image {number} of {name!r}, which is not in {data.name!r}; expected {expected}"
                    )
                out[pair, side] = rows[0]
        return out


def _by_number(data: DataSet) -> dict[tuple[str, int], list[int]]:
    """Rows by who is shown, the class or else the folder, and the number at the end of the file's name."""
    place: dict[tuple[str, int], list[int]] = {}
    for row, name in enumerate(data.ids):
        folder, _, file = name.rpartition("/")
        who = folder.rpartition("/")[2] if data.labels is None else data.class_names[data.labels[row]]
        number = re.search(r"([0-9]+)$", PurePosixPath(file).stem)
        if number is not None:
            place.setdefault((who, int(number[1])), []).append(row)
    return place


def _by_position(data: DataSet) -> dict[tuple[str, int], list[int]]:
    """Rows by class, and their place in it from 1."""
    place: dict[tuple[str, int], list[int]] = {}
    if data.labels is not None:
        count = np.zeros(len(data.class_names), np.int64)
        for row, label in enumerate(data.labels.tolist()):
            count[label] += 1
            place[data.class_names[label], int(count[label])] = [row]
    return place


def file_numbers(data: DataSet) -> Int[np.ndarray, " n"] | None:
    """The number of each image among those of its class, by the names of files; None if one has none, or two have the same."""
    if not data.from_files:
        return None
    numbers = np.zeros(len(data), dtype=np.int64)
    for (_, number), rows in _by_number(data).items():
        if len(rows) > 1:
            return None
        numbers[rows[0]] = number
    return numbers if numbers.all() else None


def read_pairs(path: str | Path, by_position: bool = False) -> Pairs:
    r"""Read a file in the format of LFW's ``pairs.txt``.

    The first line has the number of folds (may be absent: one) and that of matched pairs in each, which is also that of
    mismatched ones; then for every fold its matched pairs ``name n1 n2`` and its mismatched ones ``name1 n1 name2 n2``, with
    tabs between.

    Parameters
    ----------
    path : path
    by_position : bool, default False
        Whether its numbers are places among the images of a class, also where images are files; see `Pairs`.

    Raises
    ------
    NotFound
        If there is no such file.
    BadInput
        If a line is not in that format, with its number; or lines are missing or too many.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
    ...     _ = file.write("1\t1\nAda\t1\t2\nAda\t1\tBo\t3\n")
    ...     file.flush()
    ...     pairs = read_pairs(file.name)
    >>> pairs.same.tolist(), pairs.numbers.tolist()
    ([True, False], [[1, 2], [1, 3]])
    """
    path = Path(path)
    if not path.is_file():
        raise NotFound(f"there is no pairs file {str(path)!r}; expected one in the format of LFW's pairs.txt")
    lines = [line.split("\t") for line in read_lines(path) if line.strip()]
    head = [_whole(word, path, 1) for word in (lines[0] if lines else [])]
    if len(head) not in (1, 2):
        raise BadInput(
            f"{path} begins with {lines[0] if lines else 'nothing'}; expected the numbers of folds and of matched pairs"
        )
    folds, each = head if len(head) == 2 else (1, head[0])
    if len(lines) - 1 != 2 * folds * each:
        raise BadInput(
            f"{path} announces {folds} folds of {each} matched and {each} mismatched pairs, {2 * folds * each} lines, and has "
            f"{len(lines) - 1}"
        )
    identities, numbers = [], []
    for position, words in enumerate(lines[1:]):
        matched = position % (2 * each) < each
        if len(words) != (3 if matched else 4):
            raise BadInput(
                f"line {position + 2} of {path} has {len(words)} words; expected "
                + (
                    "a matched pair: name, number, number"
                    if matched
                    else "a mismatched pair: name, number, name, number"
                )
            )
        first, second = (words[0], words[0]) if matched else (words[0], words[2])
        if not matched and first == second:
            raise BadInput(f"line {position + 2} of {path} is among the mismatched pairs and names {first!r} twice")
        identities.append((first, second))
        numbers.append(tuple(_whole(words[i], path, position + 2) for i in ((1, 2) if matched else (1, 3))))
        if matched and numbers[-1][0] == numbers[-1][1]:
            raise BadInput(
                f"line {position + 2} of {path} pairs image {words[1]} of {first!r} with itself; leave it out"
            )
    folds_of = np.arange(len(identities)) // (2 * each)
    return Pairs(np.array(identities), np.array(numbers, dtype=np.int64), folds_of, by_position)


def write_pairs(pairs: Pairs, path: str | Path) -> None:
    """Write pairs in the format of LFW, whole or not at all.

    Raises
    ------
    Mismatch
        If the folds do not have as many matched as mismatched pairs, the matched first.
    """
    folds, counts = np.unique(pairs.folds, return_counts=True)
    each = int(counts[0]) // 2
    expected = np.tile(np.arange(2 * each) < each, len(folds))
    if (counts != 2 * each).any() or not np.array_equal(pairs.same, expected) or (np.diff(pairs.folds) < 0).any():
        raise Mismatch("the format of LFW has folds of equally many matched and mismatched pairs, in this order")
    lines = [f"{len(folds)}\t{each}"]
    for (first, second), (one, other), same in zip(pairs.identities, pairs.numbers, pairs.same, strict=True):
        lines.append(f"{first}\t{one}\t{other}" if same else f"{first}\t{one}\t{second}\t{other}")
    write_bytes(Path(path), ("\n".join(lines) + "\n").encode())


def draw_pairs(
    labels: Int[np.ndarray, " n"],
    names: Sequence[str],
    folds: int = 10,
    each: int = 300,
    seed: int = 0,
    numbers: Int[np.ndarray, " n"] | None = None,
) -> Pairs:
    """Pairs from images with labels, as LFW has them: no identity in two folds, no pair twice.

    Parameters
    ----------
    labels : (n,) integers
        Who is shown, an index into names.
    names : sequence of str
    folds, each : int
        How many folds, and how many matched, and mismatched, pairs in each.
    seed : int
    numbers : (n,) integers, optional
        Of each image among those of its identity, as files are numbered; without them an image is the i-th of its class.

    Raises
    ------
    BadInput
        If a fold's identities do not have so many pairs.

    Examples
    --------
    >>> pairs = draw_pairs(np.repeat(np.arange(20), 10), [f"p{i}" for i in range(20)], folds=5, each=12)
    >>> len(pairs), int(pairs.same.sum())
    (120, 60)
    """
    generator = np.random.default_rng(seed)
    counts = np.bincount(labels, minlength=len(names))
    order = generator.permutation(np.flatnonzero(counts >= 2))
    members = [np.flatnonzero(labels == label) for label in range(len(names))]
    of = [np.arange(1, len(rows) + 1) if numbers is None else np.asarray(numbers)[rows] for rows in members]
    identities: list[tuple[str, str]] = []
    both: list[tuple[int, int]] = []
    for fold in range(folds):
        mine = order[fold::folds]
        matched = [(p, i, p, j) for p in mine for i in range(counts[p]) for j in range(i)]
        if len(matched) < each or len(mine) < 2:
            raise BadInput(
                f"fold {fold} has {len(mine)} identities with {len(matched)} pairs of images, and {each} matched pairs were "
                "asked for; give more images of each, more identities, or fewer pairs"
            )
        chosen = [matched[i] for i in generator.permutation(len(matched))[:each]]
        other: dict[tuple[int, int, int, int], None] = {}
        possible = sum(int(counts[p]) * int(counts[q]) for k, p in enumerate(mine) for q in mine[:k])
        if possible < 2 * each:
            raise BadInput(
                f"fold {fold} has {possible} pairs of images of different identities; expected {2 * each} or more"
            )
        while len(other) < each:
            p, q = generator.choice(mine, 2, replace=False)
            i, j = generator.integers(counts[p]), generator.integers(counts[q])
            if (q, j, p, i) not in other:
                other[(p, i, q, j)] = None
        for p, i, q, j in [*chosen, *other]:
            identities.append((names[p], names[q]))
            both.append((int(of[p][i]), int(of[q][j])))
    folds_of = np.arange(len(identities)) // (2 * each)
    return Pairs(np.array(identities), np.array(both, dtype=np.int64), folds_of, by_position=numbers is None)


def _whole(word: str, path: Path, line: int) -> int:
    if not word.strip().isdecimal() or int(word) < 1:
        raise BadInput(f"line {line} of {path} has {word!r} where a number of 1 or more is expected")
    return int(word)
