"""Digests of files' contents, kept so that they are computed once.

A file is known again by its size, its inode, and the times of its last change of contents and of any kind; the last of
these cannot be set back by a copy that keeps times. What is known lies in REPSCOPE_CACHE, or in the user's folder of
caches; where nothing can be written there, digests are computed each time.
"""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias

from repscope.core.digests import digest
from repscope.core.errors import Damaged
from repscope.core.files import write_bytes

Known: TypeAlias = dict[str, list[str]]

FEW = 64
"""Files below which keeping digests is not worth it."""


def digest_files(root: Path, names: Sequence[str]) -> list[str]:
    """A digest of the contents of each of these files below a folder.

    Raises
    ------
    Damaged
        If a file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a").write_text("one"), Path(folder, "b").write_text("one")
    ...     first, second = digest_files(Path(folder), ["a", "b"])
    >>> first == second
    True
    """
    place = _place(root) if len(names) >= FEW else None
    known = _read(place)

    def look(name: str) -> tuple[str, list[str]]:
        path = root / name
        try:
            facts = path.stat()
            state = f"{facts.st_size} {facts.st_ino} {facts.st_mtime_ns} {facts.st_ctime_ns}"
            entry = known.get(name)
            if entry is not None and entry[0] == state:
                return name, entry
            return name, [state, blake2b(path.read_bytes(), digest_size=16).hexdigest()]
        except OSError as error:
            raise Damaged(f"the image {name!r} cannot be read ({error.strerror}); replace it, or remove it") from error

    with ThreadPoolExecutor() as pool:
        entries = dict(pool.map(look, names))
    changed = {name: entry for name, entry in entries.items() if known.get(name) != entry}
    if place is not None and changed:
        _write(place, {**known, **changed})
    return [entries[name][1] for name in names]


def _place(root: Path) -> Path:
    """Where what is known of the files below a folder is kept."""
    given = os.environ.get("REPSCOPE_CACHE")
    cache = Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "repscope"
    return cache / "files" / f"{digest([str(root.resolve()).encode()])}.json"


def _read(place: Path | None) -> Known:
    """What is known; nothing where there is no such file, or it is none of ours."""
    if place is None:
        return {}
    try:
        known = json.loads(place.read_text(encoding="utf8"))
    except (OSError, ValueError):
        return {}
    fits = isinstance(known, dict) and all(isinstance(v, list) and len(v) == 2 for v in known.values())
    return known if fits else {}


def _write(place: Path, known: Known) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(place, json.dumps(known).encode())
    except OSError:  # they are computed again next time
        return
