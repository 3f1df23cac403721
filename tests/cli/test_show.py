"""Tables for people: nothing is cut off in a pipe."""

from repscope.cli._show import table


def test_names_are_whole_in_a_pipe(capsys):
    name = "a_network_with_a_name_" + "x" * 90
    table("Both", ["source", "target", "change"], [(name, name, -0.5), (name, "short", 1.0)])
    told = capsys.readouterr().out
    assert told.count(name) == 3
    assert "…" not in told
