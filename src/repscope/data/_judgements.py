"""Judgements: which images answer a query, and which count neither for nor against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np
from jaxtyping import Int

from repscope.core.errors import BadInput

Rows = Int[np.ndarray, "_"]


@final
@dataclass(frozen=True)
class Judgements:
    """For each query, by ids: the images that answer it, and junk.

    Parameters
    ----------
    relevant : mapping of str to tuple of str
        Of each query, one image or more.
    junk : mapping of str to tuple of str
        Images that are taken out of the query's ranking before it is judged: the query itself where it lies in the gallery,
        and what nobody can tell.

    Raises
    ------
    BadInput
        If there is no query, a query has no relevant image, junk is of no query, or an image is relevant and junk at once.

    Examples
    --------
    >>> found = Judgements({"a1": ("a2", "a3")}, {"a1": ("a1",)})
    >>> relevant, junk = found.rows(["a1"], ["a1", "a2", "a3", "b1"])
    >>> relevant[0].tolist(), junk[0].tolist()
    ([1, 2], [0])
    """

    relevant: Mapping[str, tuple[str, ...]]
    junk: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.relevant:
            raise BadInput("there are no queries; expected one or more, each with the images that answer it")
        for query, images in self.relevant.items():
            if not images:
                raise BadInput(
                    f"the query {query!r} has no relevant images, so nothing can be found for it; leave it out"
                )
            both = sorted(set(images) & set(self.junk.get(query, ())))
            if both:
                raise BadInput(
                    f"{both[0]!r} is both relevant and junk for the query {query!r}; expected one of the two"
                )
        strange = sorted(set(self.junk) - set(self.relevant))
        if strange:
            raise BadInput(f"junk is named for {strange[0]!r}, which is no query; give its relevant images as well")

    @property
    def queries(self) -> tuple[str, ...]:
        """Ids of the queries, in order."""
        return tuple(self.relevant)

    def rows(self, queries: Sequence[str], gallery: Sequence[str]) -> tuple[list[Rows], list[Rows]]:
        """Rows of the gallery that are relevant, and that are junk, for each query.

        Raises
        ------
        BadInput
            If a query has no judgements, or an image is not in the gallery.
        """
        place = {name: row for row, name in enumerate(gallery)}
        unjudged = [name for name in queries if name not in self.relevant]
        if unjudged:
            raise BadInput(
                f"{len(unjudged)} of {len(queries)} queries have no judgements, such as {unjudged[0]!r}; leave them out"
            )
        return (
            [_rows(name, self.relevant[name], place) for name in queries],
            [_rows(name, self.junk.get(name, ()), place) for name in queries],
        )


def _rows(query: str, images: Sequence[str], place: Mapping[str, int]) -> Rows:
    missing = [image for image in images if image not in place]
    if missing:
        raise BadInput(
            f"{len(missing)} of {len(images)} images that are judged for the query {query!r} are not in the gallery, such as "
            f"{missing[0]!r}; are all images there?"
        )
    return np.array(sorted(place[image] for image in images), dtype=np.int64)
