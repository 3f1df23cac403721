"""The tree of errors, and the names that an error suggests."""

import pytest

from repscope.core import errors


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.BadInput, ValueError),
        (errors.NotFound, LookupError),
        (errors.Damaged, OSError),
        (errors.Mismatch, ValueError),
        (errors.Busy, OSError),
        (errors.OutOfSpace, OSError),
        (errors.MissingPackage, ImportError),
    ],
)
def test_each_is_ours_and_a_familiar_one(kind, builtin):
    with pytest.raises(errors.RepscopeError, match=r"^what came, what to do$"):
        raise kind("what came, what to do")
    with pytest.raises(builtin):
        raise kind("what came, what to do")


def test_not_found_without_a_message():
    assert str(errors.NotFound()) == ""
    assert str(errors.NotFound("there is no 'x'")) == "there is no 'x'"  # KeyError would quote it


def test_nearest():
    assert errors.nearest("x", []) == "none are known"
    assert errors.nearest("x", ["b", "a", "b"]) == "known: 'b', 'a'"
    many = [f"layer{i}.conv" for i in range(20)]
    assert errors.nearest("layer7.cnov", many).startswith("nearest of 20: 'layer7.conv', ")
    assert errors.nearest("layer7.cnov", many, count=1) == "nearest of 20: 'layer7.conv'"
