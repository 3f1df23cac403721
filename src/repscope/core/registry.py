"""Things found by name: the file's name is the key, and other packages add theirs by entry point.

A folder such as `repscope.measures` holds one file per entry. The file defines one object under the
folder's attribute name (`measure = ClassSimilarity()`), so a new entry is one new file and edits nothing.
Files that start with an underscore and folders are not entries. A package outside names its object in the entry
point group of the same name::

    [project.entry-points."repscope.measures"]
    my_measure = "my_package.my_measure:measure"

Listing the names imports nothing; looking one up imports that one.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar, final

from repscope.core.errors import BadInput, NotFound, nearest

T = TypeVar("T")


@final
@dataclass(frozen=True)
class Registry(Generic[T]):
    """The entries of one folder and of the entry point group that bears the folder's name.

    Parameters
    ----------
    package : str
        Dotted name of the folder, for example ``"repscope.measures"``; also the entry point group.
    attribute : str
        The name under which each file defines its entry, for example ``"measure"``.
    contract : type
        The class of which every entry must be an instance.

    Examples
    --------
    >>> from repscope.measures import MEASURES
    >>> "class_similarity" in MEASURES.names()
    True
    >>> MEASURES["class_similarity"].title
    'Nearest neighbour class similarity'
    """

    package: str
    attribute: str
    contract: type[T]

    def _files(self) -> list[str]:
        folder = importlib.import_module(self.package)
        modules = pkgutil.iter_modules(folder.__path__)
        return sorted(m.name for m in modules if not m.name.startswith("_") and not m.ispkg)

    def _entry_points(self) -> dict[str, EntryPoint]:
        return {e.name: e for e in entry_points(group=self.package)}

    def names(self) -> tuple[str, ...]:
        """All names, our own first, without importing any entry."""
        ours = self._files()
        return (*ours, *sorted(set(self._entry_points()) - set(ours)))

    def __contains__(self, name: object) -> bool:
        return name in self._files() or name in self._entry_points()  # the latter read every installed package

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __getitem__(self, name: str) -> T:
        if name in self._files():
            found = getattr(importlib.import_module(f"{self.package}.{name}"), self.attribute, None)
        elif name in (outside := self._entry_points()):
            found = _load(outside[name])
        else:
            kind = self.package.rpartition(".")[2]
            raise NotFound(f"there is no {name!r} among the {kind}; {nearest(name, self.names())}")
        if not isinstance(found, self.contract):
            raise BadInput(
                f"the entry {name!r} of {self.package} is a {type(found).__name__}; "
                f"expected an instance of {self.contract.__name__}: define `{self.attribute} = MyClass()`"
            )
        return found


def _load(entry: EntryPoint) -> object:
    try:
        return entry.load()
    except (ImportError, AttributeError) as error:
        package = entry.dist.name if entry.dist is not None else "an installed package"
        raise BadInput(
            f"{package} announces {entry.name!r} for {entry.group} at {entry.value!r}, which cannot be loaded ({error}); "
            "mend or uninstall that package"
        ) from error
