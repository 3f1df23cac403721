"""Methods by their address."""

import pytest

from repscope.core.errors import BadInput, NotFound
from repscope.neighbors import Exact, load_method


def test_parameters_and_memory():
    assert load_method("exact") == Exact()
    assert load_method("exact:product=int8,overfetch=5", "1GiB") == Exact("int8", 5, "1GiB")
    assert load_method("exact:overfetch=null").address == "exact"


@pytest.mark.parametrize(
    ("address", "error", "text"),
    [
        ("exat", NotFound, "exact"),
        ("exact:nprobe=3", BadInput, r"no parameter 'nprobe'; write exact:PARAMETER=VALUE with one of product"),
        ("exact:product", BadInput, r"no parameter 'product'; write"),
        (
            "exact:overfetch=many",
            BadInput,
            r"'overfetch=many' in 'exact:overfetch=many': expected int \| None, got 'many'",
        ),
    ],
)
def test_bad_addresses(address, error, text):
    with pytest.raises(error, match=text):
        load_method(address)
