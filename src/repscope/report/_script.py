"""Scripts of pictures that only some pages have."""

from importlib.resources import files

from repscope.core.errors import NotFound, nearest

DRAWINGS = ("film", "hits", "interchange", "map", "scatter", "strips", "unexplained", "units")
"""Pictures that a study may bring: a film strip of curves, hits of queries, hybrids of networks, a map of the samples, points with areas,
rows of pictures, what maps do not explain, units; each is a file of `assets/drawn`."""


def script(name: str) -> str:
    """The script that draws a picture of that name.

    Raises
    ------
    NotFound
        If there is none.
    """
    if name not in DRAWINGS:
        raise NotFound(f"there is no drawing {name!r}; {nearest(name, DRAWINGS)}")
    return (files("repscope.report") / "assets" / "drawn" / f"{name}.js").read_text(encoding="utf8")
