"""A user's own function by its address."""

import sys

import pytest

from repscope.core.errors import BadInput, NotFound
from repscope.core.functions import load_function


def test_from_a_file_and_from_a_module(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(
        "from dataclasses import dataclass\n@dataclass\nclass Pair:\n    a: int\ndef make():\n    return Pair(3)\n"
    )
    assert load_function(f"{tmp_path}/mine.py:make")().a == 3
    monkeypatch.chdir(tmp_path)
    before = list(sys.path)
    assert load_function("mine.py:make")().a == 3
    assert load_function("mine:make")().a == 3
    assert sys.path == before
    monkeypatch.delitem(sys.modules, "mine")


@pytest.mark.parametrize("address", ["os.path", ":basename", "os.path:", "os.path:base name", ""])
def test_what_is_no_address(address):
    with pytest.raises(
        BadInput, match=r"does not name a function; expected PACKAGE.MODULE:FUNCTION or FILE.py:FUNCTION"
    ):
        load_function(address)


def test_what_is_not_there(tmp_path):
    with pytest.raises(NotFound, match=r"there is no file '.*none.py', asked for as"):
        load_function(f"{tmp_path}/none.py:make")
    with pytest.raises(
        NotFound, match=r"there is no module 'nowhere', asked for as 'nowhere.data:make'; expected one that"
    ):
        load_function("nowhere.data:make")
    with pytest.raises(NotFound, match=r"there is no module 'json.nothing', asked for as"):
        load_function("json.nothing:make")
    with pytest.raises(NotFound, match=r"there is no 'lods' in json, asked for as 'json:lods'; known: .*'loads'"):
        load_function("json:lods")
    with pytest.raises(BadInput, match=r"'json:__all__' is a list, which cannot be called; expected a function"):
        load_function("json:__all__")


def test_imports_that_fail(tmp_path, monkeypatch):
    (tmp_path / "bad_one.py").write_text("1 / 0\n")
    (tmp_path / "bad_two.py").write_text("import not_there_at_all\n")
    with pytest.raises(BadInput, match=r"importing '.*bad_one.py' failed with ZeroDivisionError: division by zero"):
        load_function(f"{tmp_path}/bad_one.py:make")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=r"importing 'bad_one' failed with ZeroDivisionError"):
        load_function("bad_one:make")
    with pytest.raises(
        BadInput, match=r"importing 'bad_two' failed with ModuleNotFoundError: No module named 'not_there_at"
    ):
        load_function("bad_two:make")
    assert "repscope_user_bad_one" not in sys.modules


def test_a_folder_that_ends_in_py_is_no_file(tmp_path):
    (tmp_path / "odd.py").mkdir()
    with pytest.raises(NotFound, match="there is no file"):
        load_function(f"{tmp_path}/odd.py:make")
