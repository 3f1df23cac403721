"""The registry: files and entry points by name, imported only when asked for."""

import sys

import pytest

from repscope.core.errors import BadInput, NotFound
from repscope.core.registry import Registry


class Animal:
    """The contract of the entries below."""


@pytest.fixture
def animals(tmp_path, monkeypatch):
    """A package with two entries, a file that is none, and entry points of another package."""
    folder = tmp_path / "zoo" / "animals"
    folder.mkdir(parents=True)
    (tmp_path / "zoo" / "__init__.py").write_text("")
    (folder / "__init__.py").write_text("")
    (folder / "_cage.py").write_text("")
    (folder / "zebra.py").write_text("animal = __import__('builtins').zoo_animal()")
    (folder / "empty.py").write_text("")
    (folder / "stone.py").write_text("animal = 'a stone'")
    info = tmp_path / "visitors-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: visitors\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[zoo.animals]\nmouse = visitors:mouse\nzebra = visitors:no_zebra\nghost = nowhere:ghost\nghoul = visitors:ghoul\n"
    )
    (tmp_path / "visitors.py").write_text("mouse = __import__('builtins').zoo_animal()")
    monkeypatch.setattr("builtins.zoo_animal", Animal, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    yield Registry("zoo.animals", "animal", Animal)
    for name in [n for n in sys.modules if n.split(".")[0] in ("zoo", "visitors")]:
        del sys.modules[name]


def test_names_import_nothing(animals):
    assert animals.names() == ("empty", "stone", "zebra", "ghost", "ghoul", "mouse")
    assert list(animals) == ["empty", "stone", "zebra", "ghost", "ghoul", "mouse"]
    assert "mouse" in animals
    assert "_cage" not in animals
    assert not {"zoo.animals.zebra", "visitors"} & set(sys.modules)


def test_look_up_imports_that_one_and_prefers_ours(animals):
    assert isinstance(animals["zebra"], Animal)  # not the visitors' zebra, which does not exist
    assert "zoo.animals.stone" not in sys.modules
    assert isinstance(animals["mouse"], Animal)
    assert animals["mouse"] is animals["mouse"]


def test_what_is_not_there(animals):
    with pytest.raises(
        NotFound,
        match="there is no 'zebr' among the animals; known: 'empty', 'stone', 'zebra', 'ghost', 'ghoul', 'mouse'",
    ):
        animals["zebr"]


def test_what_is_not_of_the_kind(animals):
    with pytest.raises(
        BadInput,
        match=r"the entry 'stone' of zoo.animals is a str; expected an instance of Animal: define `animal = MyClass\(\)`",
    ):
        animals["stone"]
    with pytest.raises(
        BadInput, match=r"the entry 'empty' of zoo.animals is a NoneType; expected an instance of Animal"
    ):
        animals["empty"]


@pytest.mark.parametrize(
    ("name", "reason"), [("ghost", "No module named 'nowhere'"), ("ghoul", "has no attribute 'ghoul'")]
)
def test_a_package_whose_entry_cannot_be_loaded(animals, name, reason):
    with pytest.raises(
        BadInput, match=rf"visitors announces '{name}' for zoo.animals at .* cannot be loaded \(.*{reason}"
    ):
        animals[name]
