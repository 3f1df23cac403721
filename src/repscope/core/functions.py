"""A user's own function, addressed as PACKAGE.MODULE:FUNCTION or FILE.py:FUNCTION."""

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from repscope.core.errors import BadInput, NotFound, nearest
from repscope.core.own_code import forget_changed, modules_of

if TYPE_CHECKING:
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec

_imported: dict[str, dict[str, str]] = {}
"""Modules that files of a folder imported from it, and what their files were: they are imported again when these change."""

USER_FILE = "repscope_user_"
"""How the names of modules begin that were imported from a file."""


def load_function(address: str) -> Callable[..., Any]:
    """The function at an address; its file or module is imported, which runs it.

    Modules are looked for where Python looks, and then in the working folder.

    Raises
    ------
    BadInput
        If the address has another form, the import fails, or what it names cannot be called.
    NotFound
        If there is no such file, module or function.

    Examples
    --------
    >>> load_function("os.path:basename")("folder/file")
    'file'
    """
    place, colon, name = address.rpartition(":")
    if not colon or not place or not name.isidentifier():
        raise BadInput(f"{address!r} does not name a function; expected PACKAGE.MODULE:FUNCTION or FILE.py:FUNCTION")
    module = _from_file(address, Path(place).expanduser()) if place.endswith(".py") else _from_path(address, place)
    if not hasattr(module, name):
        names = [n for n, value in vars(module).items() if callable(value) and not n.startswith("_")]
        raise NotFound(f"there is no {name!r} in {place}, asked for as {address!r}; {nearest(name, names)}")
    function = getattr(module, name)
    if not callable(function):
        raise BadInput(f"{address!r} is a {type(function).__name__}, which cannot be called; expected a function")
    return function  # type: ignore[no-any-return]


def _from_file(address: str, path: Path) -> ModuleType:
    if not path.is_file():
        raise NotFound(f"there is no file {str(path)!r}, asked for as {address!r}")
    name = f"{USER_FILE}{path.stem}"
    spec = cast("ModuleSpec", importlib.util.spec_from_file_location(name, path))  # None for other endings only
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles of the file's classes look here
    home = path.resolve().parent
    folder = str(home)
    forget_changed(home, _imported.setdefault(folder, {}))
    sys.path.insert(0, folder)  # as for a script: the file may import its neighbours
    try:
        cast("Loader", spec.loader).exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise BadInput(f"importing {str(path)!r} failed with {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(folder)
    _imported[folder] = {found: text for found, text in modules_of(home).items() if found != name}
    return module


def _from_path(address: str, name: str) -> ModuleType:
    here = str(Path.cwd())
    sys.path.append(here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            raise NotFound(
                f"there is no module {error.name!r}, asked for as {address!r}; expected one that is installed or lies in {here}"
            ) from error
        raise BadInput(f"importing {name!r} failed with {type(error).__name__}: {error}") from error
    except Exception as error:
        raise BadInput(f"importing {name!r} failed with {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(here)
