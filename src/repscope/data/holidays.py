"""INRIA Holidays, or any images numbered as they are: groups of one scene, the first of each a query."""

from typing import ClassVar, final

from repscope.core.errors import BadInput
from repscope.data._dataset import DataSet
from repscope.data._judgements import Judgements
from repscope.data._retrieval import judged_data, pictures_by_name
from repscope.data._source import DataSource


@final
class Holidays(DataSource):
    """Pictures named by numbers, ``100000.jpg``: all but the last two digits are the scene, and an image that ends in ``00`` is a
    query, which the others of its scene answer. A query lies in the gallery and is junk for itself.

    Pictures are turned as the camera noted it. The published average precision is that of trapezoids. Partitions: ``queries``,
    ``gallery``. There are no settings.

    References
    ----------
    H. Jégou, M. Douze, C. Schmid, *Hamming embedding and weak geometric consistency for large scale image search*, ECCV 2008.

    Examples
    --------
    >>> source.load("/nowhere")
    Traceback (most recent call last):
    repscope.core.errors.NotFound: there is no folder '/nowhere'; expected 'holidays:DIR' with its images and ground truth
    """

    usage: ClassVar[str] = "holidays:DIR"
    summary: ClassVar[str] = "INRIA Holidays: pictures numbered by scene, the first of each a query"

    def load(self, argument: str) -> DataSet:  # type: ignore[override]  # by name
        """The data set; `argument` is the folder.

        Raises
        ------
        NotFound
            If there is no such folder.
        BadInput
            If a picture is not named by a number of three digits or more, or a query is alone in its scene.
        """
        pictures = pictures_by_name(argument, self.usage)
        odd = [name for name in pictures if not (name.isascii() and name.isdigit() and len(name) >= 3)]
        if odd:
            raise BadInput(
                f"{len(odd)} of {len(pictures)} pictures in {argument!r} are not named by a number of three digits or more, such as "
                f"{odd[0]!r}; expected 100000.jpg and so on"
            )
        scenes: dict[str, list[str]] = {}
        for name in pictures:
            scenes.setdefault(name[:-2], []).append(name)
        relevant, alone = {}, []
        for members in scenes.values():
            for query in (name for name in members if name.endswith("00")):
                relevant[query] = tuple(name for name in members if name != query)
                alone += [] if relevant[query] else [query]
        if alone:
            raise BadInput(
                f"{len(alone)} of {len(relevant)} queries in {argument!r} are alone in their scenes, such as {alone[0]!r}, so nothing "
                "answers them; add the other pictures, or remove these"
            )
        judgements = Judgements(relevant, {query: (query,) for query in relevant})
        return judged_data(f"holidays:{argument}", pictures, judgements, {}, {})


source = Holidays()
