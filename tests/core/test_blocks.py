"""Row ranges within a memory budget."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repscope.core.blocks import parse_bytes, row_blocks
from repscope.core.errors import BadInput, OutOfSpace


@given(st.integers(0, 5000), st.integers(0, 300), st.integers(300, 9000))
def test_blocks_cover_all_rows_once_and_fit(rows, bytes_per_row, budget):
    blocks = list(row_blocks(rows, bytes_per_row, budget))
    assert [i for block in blocks for i in range(block.start, block.stop)] == list(range(rows))
    assert all((block.stop - block.start) * bytes_per_row <= budget for block in blocks)
    assert len({block.stop - block.start for block in blocks[:-1]}) <= 1


def test_a_row_that_does_not_fit():
    with pytest.raises(
        OutOfSpace, match="a memory budget of 99 bytes does not hold one row of 100 bytes; allow at least"
    ):
        list(row_blocks(10, 100, 99))


def test_amounts():
    assert parse_bytes(7) == 7
    amounts = {"7": 7, "7B": 7, "2 KiB": 2048, "2KB": 2000, "0.5 GiB": 2**29, " 1TiB ": 2**40}
    assert {text: parse_bytes(text) for text in amounts} == amounts


@pytest.mark.parametrize("text", ["", "much", "4 gigs", "-1GB", "4GiB of it", "1.2.3GiB", "."])
def test_what_is_no_amount(text):
    with pytest.raises(
        BadInput, match="is not an amount of memory; write a number and a unit, such as '4GiB' or '500MB'"
    ):
        parse_bytes(text)
