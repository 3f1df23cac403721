"""Labeled Faces in the Wild, or any images in its folders: one for each person."""

from pathlib import Path
from typing import Any, ClassVar, final

from repscope.core.errors import BadInput, NotFound
from repscope.data._dataset import DataSet
from repscope.data._source import DataSource
from repscope.data.folder import source as folder


@final
class Lfw(DataSource):
    """``DIR/Name/Name_0001.jpg``: a folder for each person, the images numbered from 1.

    The images are to be aligned and cropped as the network expects them; faces are not looked for. Images are named by
    their path, the person is the label. There are no settings. The pairs are read from a file of their own, LFW's
    ``pairs.txt`` or another in its format.

    References
    ----------
    G. Huang, M. Ramesh, T. Berg, E. Learned-Miller, *Labeled Faces in the Wild*, University of Massachusetts, Amherst, 2007.

    Examples
    --------
    >>> source.load("/nowhere")
    Traceback (most recent call last):
    repscope.core.errors.NotFound: there is no folder '/nowhere'; expected 'lfw:DIR' with a folder for each person
    """

    usage: ClassVar[str] = "lfw:DIR"
    summary: ClassVar[str] = "Labeled Faces in the Wild: a folder for each person, images already aligned"

    def load(self, argument: str, **settings: Any) -> DataSet:
        """The data set; `argument` is the folder.

        Raises
        ------
        NotFound
            If there is no such folder.
        BadInput
            If settings are given, or an image is not called like its folder.
        """
        if settings:
            raise BadInput(f"'lfw' has no settings, and {', '.join(sorted(settings))} came")
        if not argument or not Path(argument).expanduser().is_dir():
            raise NotFound(f"there is no folder {argument!r}; expected 'lfw:DIR' with a folder for each person")
        found = folder.load(argument)
        for name in found.ids:
            person, _, file = name.partition("/")
            if not Path(file).stem.startswith(f"{person}_"):
                raise BadInput(
                    f"the image {name!r} in {argument!r} is not called like LFW's; expected {person}/{person}_0001.jpg and so on"
                )
        return DataSet(
            name=f"lfw:{argument}",
            images=found.images,
            ids=found.ids,
            labels=found.labels,
            class_names=found.class_names,
        )


source = Lfw()
