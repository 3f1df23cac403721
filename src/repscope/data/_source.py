"""Where data sets come from: the contract of one file of this folder, and the look-up by address."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from repscope.core.errors import BadInput
from repscope.core.registry import Registry
from repscope.data._dataset import DataSet


class DataSource(ABC):
    """One way of getting a data set. A file of this folder defines one instance under the name `source`."""

    usage: ClassVar[str]
    """How it is addressed, for the help text, for example ``"folder:DIR"``."""
    summary: ClassVar[str]
    """One line that says what it is."""

    @abstractmethod
    def load(self, argument: str, **settings: Any) -> DataSet:
        """The data set; `argument` is what follows the colon of the address (empty if nothing does).

        Raises
        ------
        BadInput
            If the argument or a setting is not understood, with what is.
        """


DATA_SOURCES: Registry[DataSource] = Registry("repscope.data", "source", DataSource)  # type: ignore[type-abstract]


def load_data(name: str, **settings: Any) -> DataSet:
    """Load a data set by its address.

    Parameters
    ----------
    name : str
        ``"digits"``, ``"glyphs"``, ``"scenes"``, ``"folder:DIR"``, ``"cifar10:DIR"``, ``"imagenet64:DIR"`` or ``"PACKAGE.MODULE:FUNCTION"``.
    **settings
        Parameters of that source; ``repscope data --help`` and the source's docstring list them.

    Returns
    -------
    DataSet

    Raises
    ------
    NotFound
        If no source answers to the name.
    BadInput
        If a setting is not understood.

    Examples
    --------
    >>> len(load_data("digits"))
    1797
    """
    word, colon, argument = name.partition(":")
    source = DATA_SOURCES["python"] if colon and "." in word else DATA_SOURCES[word]
    rest = name if colon and "." in word else argument
    try:
        return source.load(rest, **settings)
    except TypeError as error:
        if "unexpected keyword argument" in str(error):
            raise BadInput(
                f"the data set {name!r} was given a setting that it does not have ({error}); see 'repscope data {name} --help'"
            ) from error
        raise
