"""Which files a module comes from."""

import sys

import pytest

from repscope.core.functions import load_function
from repscope.core.own_code import digest_code


@pytest.fixture
def package(tmp_path, monkeypatch):
    root = tmp_path / "mypackage"
    (root / "deep").mkdir(parents=True)
    (root / "__init__.py").write_text("")
    (root / "deep" / "__init__.py").write_text("")
    (root / "main.py").write_text(
        "import json\nfrom .deep import parts\nfrom . import constants\n\ndef build():\n    from mypackage import late\n    return late.VALUE\n"
    )
    (root / "deep" / "parts.py").write_text("VALUE = 1\n")
    (root / "constants.py").write_text("VALUE = 2\n")
    (root / "late.py").write_text("VALUE = 3\n")
    (root / "unused.py").write_text("VALUE = 4\n")
    monkeypatch.chdir(tmp_path)
    yield root
    for name in [name for name in sys.modules if name.partition(".")[0] == "mypackage"]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("file", "counts"), [("deep/parts.py", True), ("constants.py", True), ("late.py", True), ("unused.py", False)]
)
def test_all_that_is_imported_counts(package, file, counts, monkeypatch):
    load_function("mypackage.main:build")
    monkeypatch.syspath_prepend(package.parent)
    assert load_function("mypackage.main:build")() == 3
    before = digest_code(["mypackage.main"])
    (package / file).write_text("VALUE = 9\n")
    assert (digest_code(["mypackage.main"]) != before) == counts


def test_what_is_installed_has_a_version_instead():
    assert digest_code(["torch.nn", "repscope.networks", "json", "nowhere"]) is None


def test_a_file_that_is_no_python_has_no_imports(tmp_path):
    (tmp_path / "odd.py").write_text("VALUE = 1\n\ndef make():\n    return 1\n")
    load_function(f"{tmp_path}/odd.py:make")
    (tmp_path / "odd.py").write_text("not python at all (\n")
    assert digest_code(["repscope_user_odd"]) is not None
