"""Packages that may be missing."""

import pytest

from repscope.core.errors import MissingPackage
from repscope.core.optional import optional


def test_present():
    assert optional("json.decoder", "a test", "frame").JSONDecoder


def test_missing_names_caller_and_extra():
    with pytest.raises(
        MissingPackage,
        match=(
            r"load_network\('timm:x'\) needs the package 'no_such_package', which could not be imported "
            r"\(No module named 'no_such_package'\); install it with: pip install 'repscope\[timm\]'"
        ),
    ):
        optional("no_such_package", "load_network('timm:x')", "timm")


def test_broken_counts_as_missing(tmp_path, monkeypatch):
    (tmp_path / "half_installed.py").write_text("import not_there_either")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        MissingPackage, match=r"'half_installed', which could not be imported \(No module named 'not_the"
    ):
        optional("half_installed", "a test", "frame")
