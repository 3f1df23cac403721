"""The bar: silent unless somebody watches."""

import io
import sys

import pytest

from repscope.core import progress as module
from repscope.core.progress import progress, set_quiet


class Terminal(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self):
        return True


def a_terminal(monkeypatch):
    """Called in the test itself: pytest puts its own standard error back between fixture and test."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(module, "_quiet", False)
    return sys.stderr


def test_silent_without_a_terminal(capsys):
    with progress("recording", 3, "images") as advance:
        advance()
        advance(2)
    assert capsys.readouterr() == ("", "")


def test_silent_when_told(monkeypatch):
    terminal = a_terminal(monkeypatch)
    set_quiet(True)
    try:
        with progress("recording", 3, "images") as advance:
            advance(3)
    finally:
        set_quiet(False)
    assert terminal.getvalue() == ""


def test_shows_title_count_and_unit(monkeypatch):
    terminal = a_terminal(monkeypatch)
    with progress("recording", 30, "images", done=10) as advance:
        for _ in range(4):
            advance(5)
    shown = terminal.getvalue()
    assert "recording" in shown
    assert "30/30" in shown
    assert "images" in shown


def test_shows_a_note_until_the_next_one(monkeypatch):
    terminal = a_terminal(monkeypatch)
    with progress("training", 30, "images") as advance:
        advance(10, "loss 0.5")
        advance(10)
    assert "loss 0.5" in terminal.getvalue()


def test_one_bar_at_a_time(monkeypatch):
    terminal = a_terminal(monkeypatch)
    with progress("training", 30, "images") as outer:
        outer(10)
        with progress("recording", 3, "images") as inner:
            inner(3, "done")
        outer(20)
    assert "recording" not in terminal.getvalue()
    assert "30/30" in terminal.getvalue()
    with progress("recording", 3, "images"):
        pass
    assert "recording" in terminal.getvalue()


def test_vanishes_when_the_body_fails(monkeypatch):
    terminal = a_terminal(monkeypatch)
    with pytest.raises(RuntimeError, match="interrupted"), progress("recording", 3, "images"):
        raise RuntimeError("interrupted")
    assert terminal.getvalue().endswith(("\x1b[2K", "\x1b[?25h", "\r"))
