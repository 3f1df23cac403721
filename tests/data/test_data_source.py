"""Data sets by address, and the settings that they refuse."""

import pytest

from repscope.core.errors import BadInput, NotFound
from repscope.data import DATA_SOURCES, load_data
from repscope.data._settings import choice, flag, real, whole


def test_every_source_says_how_it_is_addressed():
    ours = ("cifar10", "digits", "folder", "glyphs", "holidays", "imagenet64", "lfw", "oxford", "python", "scenes")
    assert DATA_SOURCES.names()[: len(ours)] == ours
    for name in ours:
        source = DATA_SOURCES[name]
        assert source.summary
        assert source.usage.split(":")[0] in (name, "PACKAGE.MODULE")


def test_names_that_nothing_answers_to():
    with pytest.raises(NotFound, match=r"there is no 'glyfs' among the data; .*'glyphs'"):
        load_data("glyfs")


@pytest.mark.parametrize("name", ["digits", "folder:.", "imagenet64:."])
def test_settings_that_a_source_does_not_have(name):
    with pytest.raises(BadInput, match=f"the data set '{name}' was given a setting that it does not have .*'colour'"):
        load_data(name, colour=True)


def test_other_type_errors_are_not_taken_for_unknown_settings(tmp_path):
    (tmp_path / "mine.py").write_text("def make():\n    return len(3)\n")
    with pytest.raises(BadInput, match=r"mine.py:make\(\) failed \(TypeError: object of type 'int' has no len\(\)\)"):
        load_data(f"{tmp_path}/mine.py:make")


def test_settings_are_looked_at():
    assert whole("n", 3, 1, 5) == 3
    assert real("x", 1, 0, 1) == 1.0
    for value in (0, 6, 2.0, "3", True, None):
        with pytest.raises(BadInput, match=r"the setting n is .*; expected a whole number from 1 to 5"):
            whole("n", value, 1, 5)
    for number in (-0.1, 1.1, "0.5", False, None, float("nan")):
        with pytest.raises(BadInput, match=r"the setting x is .*; expected a number from 0 to 1"):
            real("x", number, 0, 1)
    with pytest.raises(BadInput, match="the setting f is 'yes'; expected true or false"):
        flag("f", "yes")
    with pytest.raises(BadInput, match="the setting split is 'face'; expected one of 'image', 'character'"):
        choice("split", "face", ("image", "character"))


@pytest.mark.parametrize("name", ["digits", "glyphs"])
def test_sources_without_an_argument_refuse_one(name):
    with pytest.raises(BadInput, match=f"'{name}' takes nothing after a colon, and 'more' came; give settings instead"):
        load_data(f"{name}:more")
