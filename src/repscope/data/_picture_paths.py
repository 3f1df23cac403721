"""Paths of the pictures below a folder: what links lead to, what cannot be an id, what would be lost without a word."""

import os
import unicodedata
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal, overload

from repscope.core.errors import BadInput
from repscope.data._pictures import picture_suffixes

_PHOTOS_OF_OTHER_READERS = frozenset({".heic", ".heif", ".hif", ".avif", ".jxl"})
"""Photographs as telephones and browsers save them, where Pillow cannot read them: passed over, they would be lost."""

_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn round the text that stands behind them: beside such a name, a table or a line of a terminal reads as another."""


@overload
def found_pictures(root: Path) -> tuple[str, ...]: ...
@overload
def found_pictures(root: Path, skip_broken: Literal[True]) -> tuple[tuple[str, ...], list[str]]: ...
def found_pictures(root: Path, skip_broken: bool = False) -> tuple[str, ...] | tuple[tuple[str, ...], list[str]]:
    """Paths of the pictures below a folder, sorted.

    Links are followed, and what a link leads to is there once more under the link's name, as for torchvision and Hugging Face
    datasets; a link to a folder that it lies in is passed over, for all its pictures are there already.

    Parameters
    ----------
    root : path
    skip_broken : bool
        Return also the paths of links that lead to nothing and of pictures of formats that cannot be read.

    Raises
    ------
    BadInput
        If a folder cannot be read, a file name cannot be an id, or, without `skip_broken`, a link leads to nothing, a picture's
        name is not that of a file, or a picture is of a format that Pillow cannot read.
    """
    pictures, broken = _below(root, "", ())
    if odd := [name for name in [*pictures, *broken] if not is_id(name)]:
        raise BadInput(
            f"the file name {odd[0]!a} cannot be printed, so it cannot name an image; rename it (it holds {_odd_letter(odd[0])})"
        )
    if skip_broken:
        return tuple(sorted(pictures)), sorted(broken)
    if broken:
        first = min(broken)
        raise BadInput(f"{first!r} in {str(root)!r} {broken[first]}; or leave such images out with skip_broken")
    return tuple(sorted(pictures))


def is_id(name: str) -> bool:
    """Whether a file name can name an image for ever: on a line of its own, in UTF-8, and without turning round the next text.

    Spaces of every width, joined emoji, and scripts that need invisible letters are names like any other.

    >>> is_id("10.00.00\\u202fAM.png"), is_id("a\\nb.png"), is_id("\\u202egnp.a")
    (True, False, False)
    """
    return _odd_letter(name) is None


def same_to_the_eye(names: Sequence[str]) -> tuple[str, str] | None:
    """Two names that differ only in how their accents are stored, or in spaces around them.

    >>> same_to_the_eye(["tea", "cat", "cat "]), same_to_the_eye(["tea", "cat"])
    (('cat', 'cat '), None)
    """
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(unicodedata.normalize("NFC", name).strip(), name)
        if other != name:
            return other, name
    return None


def _below(folder: Path, name: str, above: tuple[str, ...]) -> tuple[list[str], dict[str, str]]:
    """Pictures, and what is wrong with others, by their paths below the folder that the walk began with."""
    real = os.path.realpath(folder)
    if real in above:
        return [], {}
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise BadInput(
            f"the folder {str(folder)!r} cannot be read ({error.strerror}), and its pictures would be missing; make it readable, or "
            "move it away"
        ) from error
    pictures: list[str] = []
    broken: dict[str, str] = {}
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = f"{name}{entry.name}"
        if os.path.isdir(entry.path):  # noqa: PTH112 - a link to itself is an error of DirEntry.is_dir
            more, wrong = _below(folder / entry.name, f"{path}/", (*above, real))
            pictures += more
            broken.update(wrong)
        elif (fault := _fault(entry, picture_suffixes())) is not None:
            broken[path] = fault
        elif Path(entry.name).suffix.lower() in picture_suffixes():
            pictures.append(path)
    return pictures, broken


def _fault(entry: "os.DirEntry[str]", readable: Collection[str]) -> str | None:
    """What keeps an entry from being a picture or none."""
    suffix = Path(entry.name).suffix.lower()
    if entry.is_symlink() and not os.path.exists(entry.path):  # noqa: PTH110 - a circle of links is an error of Path.exists
        return f"is a link to {os.readlink(entry.path)!r}, where nothing is, be it a picture or a class; mend it, or remove it"  # noqa: PTH115
    if suffix in readable and not entry.is_file():
        return "is called like a picture and is no file; rename it, or remove it"
    if suffix in _PHOTOS_OF_OTHER_READERS - set(readable):
        return f"is a picture that Pillow cannot read ({suffix}), and would be missing; save it as .png or .jpg, or remove it"
    return None


def _odd_letter(name: str) -> str | None:
    for letter in name:
        if letter in _REORDERING:
            return f"U+{ord(letter):04X}, which turns round the text behind it"
        if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp"):
            return f"U+{ord(letter):04X}"
    return None
