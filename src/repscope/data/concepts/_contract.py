"""Concept data: images, and where in them each of many concepts is."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, final, runtime_checkable

import numpy as np
from jaxtyping import Bool

from repscope.core.errors import BadInput, nearest
from repscope.core.registry import Registry
from repscope.data._dataset import DataSet


@runtime_checkable
class Masks(Protocol):
    """Where masks come from: made when asked for."""

    def __call__(self, rows: Sequence[int], /) -> Bool[np.ndarray, "batch concepts h w"]:
        """Of these images, where each concept is."""
        ...


@final
@dataclass(frozen=True, eq=False)
class ConceptData:
    """Images and masks.

    Attributes
    ----------
    images : DataSet
    names, categories : tuple of str
        Of the concepts: what they are, and of which kind (colour, part …).
    masks : callable
        From rows of images to bool (rows, concepts, height, width); all of one size, which need not be that of the images. A
        pixel may belong to several concepts, or none.

    Raises
    ------
    BadInput
        If names and categories are not equally many, or a name stands twice in a category.

    Examples
    --------
    >>> found = load_concepts("scenes", per_class=2)
    >>> found.names[:2], found.categories[:2], found.masks([0, 5]).shape
    (('house', 'tree'), ('object', 'object'), (2, 38, 32, 32))
    """

    images: DataSet
    names: tuple[str, ...]
    categories: tuple[str, ...]
    masks: Masks

    def __post_init__(self) -> None:
        pairs = list(zip(self.names, self.categories, strict=False))
        if len(self.names) != len(self.categories) or not self.names:
            raise BadInput(
                f"{len(self.names)} names and {len(self.categories)} categories of concepts came; expected one or more, as many of both"
            )
        if len(set(pairs)) < len(pairs):
            twice = sorted({name for name, kind in pairs if pairs.count((name, kind)) > 1})[:3]
            raise BadInput(f"the concepts {twice} stand twice in one category; expected different ones")

    def batch(self, rows: Sequence[int]) -> Bool[np.ndarray, "batch concepts h w"]:
        """The masks of these images, checked.

        Raises
        ------
        BadInput
            If the source gives something else.
        """
        found = np.asarray(self.masks(rows))
        if found.dtype != np.bool_ or found.ndim != 4 or found.shape[:2] != (len(rows), len(self.names)):
            raise BadInput(
                f"the masks of {self.images.name!r} are {found.dtype} of shape {found.shape}; expected bool ({len(rows)}, {len(self.names)}, height, width)"
            )
        return found


class ConceptSource(ABC):
    """One way of getting concept data. A file of this folder defines one instance under the name `source`."""

    usage: ClassVar[str]
    """How it is addressed, for example ``"broden:DIR"``."""

    @abstractmethod
    def load(self, argument: str, **settings: Any) -> ConceptData:
        """The concept data; `argument` is what follows the colon of the address."""


CONCEPT_SOURCES: Registry[ConceptSource] = Registry("repscope.data.concepts", "source", ConceptSource)  # type: ignore[type-abstract]


def load_concepts(name: str, **settings: Any) -> ConceptData:
    """Concept data by address: ``"scenes"``, ``"broden:DIR"``, ``"masks:DIR"``, or ``"PACKAGE.MODULE:FUNCTION"`` that returns a `ConceptData`.

    Raises
    ------
    NotFound
        If there is no such source.
    BadInput
        If a setting is not understood, or a function returns something else.
    """
    word, colon, argument = name.partition(":")
    if colon and "." in word:
        from repscope.core.functions import load_function

        made = load_function(name)(**settings)
        if not isinstance(made, ConceptData):
            raise BadInput(f"{name} returned a {type(made).__name__}; expected a ConceptData")
        return made
    if word not in CONCEPT_SOURCES:
        raise BadInput(
            f"there are no concept data {name!r}; {nearest(word, CONCEPT_SOURCES.names())}, or PACKAGE.MODULE:FUNCTION"
        )
    try:
        return CONCEPT_SOURCES[word].load(argument, **settings)
    except TypeError as error:
        if "unexpected keyword argument" in str(error):
            raise BadInput(f"the concept data {name!r} were given a setting that they do not have ({error})") from error
        raise
