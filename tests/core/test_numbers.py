"""Numbers as text: no minus sign before a zero, wherever they are printed."""

import pytest

from repscope.cli._show import table
from repscope.core.numbers import shown
from repscope.report._text import _number


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (-0.004, ".2f", "0.00"),
        (-0.005001, ".2f", "-0.01"),
        (0.004, "+.2f", "0.00"),
        (-0.4, "+,.0f", "0"),
        (-0.0, ".3g", "0"),
        (-0.0, "#.3g", "0.00"),
        (-0.0004, "+.2g", "-0.0004"),
        (-10.0, ".1f", "-10.0"),
        (float("-inf"), ".2f", "-inf"),
    ],
)
def test_a_number_that_rounds_to_zero_has_no_sign(value, form, text):
    assert shown(value, form) == text


def test_tables_on_the_terminal_and_in_text(capsys):
    table("made", ["layer", "change"], [("a", -0.0), ("b", -0.25)])
    assert capsys.readouterr().out.split()[-4:] == ["a", "0", "b", "-0.25"]
    assert _number(-0.0) == "0"
