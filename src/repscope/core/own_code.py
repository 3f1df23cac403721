"""Code of the user's own: which files a function or a class comes from, with all that they import.

What is installed (the standard library, site-packages) and repscope itself are named by their versions elsewhere; the
user's files have no version, and are named by their contents.
"""

import ast
import importlib.util
import sys
import sysconfig
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from repscope.core.digests import digest, digest_json


def digest_code(modules: Iterable[str]) -> str | None:
    """Digest of the user's own files among these modules and all that they import; None where there are none.

    Parameters
    ----------
    modules : iterable of str
        Names of imported modules, such as the ``__module__`` of a class.

    Examples
    --------
    >>> digest_code(["os", "repscope.core.errors"]) is None
    True
    """
    contents: dict[str, str] = {}
    waiting = list(dict.fromkeys(modules))
    while waiting:
        name = waiting.pop()
        file = _own_file(sys.modules.get(name))
        if file is None or name in contents:
            continue
        source = file.read_bytes()
        contents[name] = digest([source])
        waiting += [found for found in _imports(name, source) if found in sys.modules]
    return digest_json(contents) if contents else None


def _own_file(module: Any) -> Path | None:
    """The file of a module, if it is one of the user's own."""
    name = getattr(module, "__file__", None)
    if not isinstance(name, str) or not name.endswith(".py"):
        return None
    file = Path(name)
    if not file.is_file():
        return None
    folders = file.resolve().parents
    return None if any(folder in folders for folder in _installed()) else file


@cache
def _installed() -> tuple[Path, ...]:
    """Folders whose code has a version: the standard library, site-packages, repscope."""
    kinds = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = {Path(sysconfig.get_path(kind)).resolve() for kind in kinds}
    return (*folders, Path(__file__).resolve().parents[1])


def _imports(name: str, source: bytes) -> set[str]:
    """Full names of what a file imports, anywhere in it, as far as they can be read from its text."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return set()
    package = getattr(sys.modules.get(name), "__package__", None) or ""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                try:
                    base = importlib.util.resolve_name("." * node.level + base, package)
                except ImportError:
                    continue
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return found | {whole.rpartition(".")[0] for whole in found if "." in whole}


def forget_changed(folder: Path, known: dict[str, str]) -> None:
    """Let modules of a folder be imported again if one of their files is not what it was when it was imported.

    Parameters
    ----------
    folder : Path
    known : dict of str to str
        Names of modules that were imported from it, and digests of their files then; what is forgotten is taken out.
    """
    changed = False
    for name, before in known.items():
        file = _own_file(sys.modules.get(name))
        changed = changed or file is None or digest([file.read_bytes()]) != before
    if changed:
        for name in known:
            sys.modules.pop(name, None)
        known.clear()


def modules_of(folder: Path) -> dict[str, str]:
    """The user's own modules that were imported from a folder, with digests of their files."""
    found = {}
    for name, module in list(sys.modules.items()):
        file = _own_file(module)
        if file is not None and folder in file.resolve().parents:
            found[name] = digest([file.read_bytes()])
    return found
