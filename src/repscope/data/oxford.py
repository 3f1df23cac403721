"""Oxford Buildings and Paris, or any images with ground truth in their files: queries with a box, good, ok and junk."""

from pathlib import Path
from typing import Any, ClassVar, final

from repscope.core.errors import BadInput
from repscope.core.files import read_text
from repscope.data._dataset import DataSet
from repscope.data._judgements import Judgements
from repscope.data._retrieval import MARK, Box, judged_data, pictures_by_name
from repscope.data._settings import flag
from repscope.data._source import DataSource

PREFIX = "oxc1_"
"""Before the names of images in Oxford's files of queries, and nowhere else."""


@final
class Oxford(DataSource):
    """The images anywhere below DIR, and for each query four files: ``NAME_query.txt`` (an image's name and a box: left, top,
    right, bottom), ``NAME_good.txt``, ``NAME_ok.txt`` and ``NAME_junk.txt`` (names of images without endings).

    Images are named by their files without endings, queries ``query:NAME``. What is good or ok answers a query, junk is passed
    over; the picture that a query was cut from is in the gallery and answers it, as in the published protocol, whose average
    precision is that of trapezoids. Partitions: ``queries``, ``gallery``. Settings:

    crop : bool, default True
        Whether queries are cut to their boxes, or are the whole pictures.
    missing : {"refuse", "leave out"}, default "refuse"
        What is done with judged images that are not there (of Paris, twenty are known to be broken).

    References
    ----------
    J. Philbin, O. Chum, M. Isard, J. Sivic, A. Zisserman, CVPR 2007 (Oxford) and CVPR 2008 (Paris).

    Examples
    --------
    >>> source.load("/nowhere")
    Traceback (most recent call last):
    repscope.core.errors.NotFound: there is no folder '/nowhere'; expected 'oxford:DIR' with its images and ground truth
    """

    usage: ClassVar[str] = "oxford:DIR"
    summary: ClassVar[str] = "Oxford Buildings or Paris: images, and files that say what answers which query"

    def load(self, argument: str, *, crop: bool = True, missing: str = "refuse") -> DataSet:  # type: ignore[override]  # by name
        """The data set; `argument` is the folder.

        Raises
        ------
        NotFound
            If there is no such folder.
        BadInput
            If there are no queries, a file is not in its format, or names an image that is not there.
        """
        crop = flag("crop", crop)
        if missing not in ("refuse", "leave out"):
            raise BadInput(f"the setting missing is {missing!r}; expected 'refuse' or 'leave out'")
        pictures = pictures_by_name(argument, self.usage)
        files = sorted(Path(argument).expanduser().rglob("*_query.txt"))
        if not files:
            raise BadInput(f"there is no file *_query.txt in {argument!r}; expected the ground truth beside the images")
        relevant: dict[str, tuple[str, ...]] = {}
        junk: dict[str, tuple[str, ...]] = {}
        cut: dict[str, tuple[str, Box | None]] = {}
        for file in files:
            query = MARK + file.name.removesuffix("_query.txt")
            picture, box = _query(file)
            if picture not in pictures:
                raise BadInput(
                    f"{file.name} names the image {picture!r}, which is not in {argument!r}; are all images there?"
                )
            lists = {
                kind: _names(file.with_name(file.name.replace("_query.txt", f"_{kind}.txt")))
                for kind in ("good", "ok", "junk")
            }
            strange = [name for names in lists.values() for name in names if name not in pictures]
            if strange and missing == "refuse":
                raise BadInput(
                    f"{len(strange)} images that are judged for {query!r} are not in {argument!r}, such as {strange[0]!r}; are all "
                    "images there? 'missing=leave out' passes over them"
                )
            there = {kind: tuple(name for name in names if name in pictures) for kind, names in lists.items()}
            relevant[query] = tuple(dict.fromkeys((*there["good"], *there["ok"])))
            junk[query] = there["junk"]
            cut[query] = (picture, box if crop else None)
        settings = {"crop": crop, "missing": missing}
        return judged_data(f"oxford:{argument}", pictures, Judgements(relevant, junk), cut, settings)


def _query(file: Path) -> tuple[str, Box]:
    """The image's name and the box."""
    words: list[Any] = read_text(file).split()
    try:
        name, left, top, right, bottom = words[0], *map(float, words[1:])
    except (ValueError, IndexError):
        raise BadInput(
            f"{file.name} holds {' '.join(words)[:80]!r}; expected an image's name and four numbers: left, top, right, bottom"
        ) from None
    return name.removeprefix(PREFIX), (left, top, right, bottom)


def _names(file: Path) -> list[str]:
    if not file.is_file():
        raise BadInput(
            f"there is no file {file.name!r} beside the query; expected good, ok and junk for each, empty ones as well"
        )
    return read_text(file).split()


source = Oxford()
