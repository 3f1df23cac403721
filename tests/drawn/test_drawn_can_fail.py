"""What is broken on purpose is found, by which seed, and how to see it again."""

import contextlib
import io
import sys
from dataclasses import replace

import numpy as np
import pytest

import repscope
from repscope.neighbors import _search
from tests.drawn.__main__ import main
from tests.drawn.session import checks, run_seed, run_seeds
from tests.drawn.test_drawn_cases import seeds_of


def findings_of(name: str, count: int) -> str:
    return "\n".join(map(str, run_seeds(seeds_of(name, count))[1]))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("class_similarity", "measures of layers"), ("hubness", "measures of layers"), ("intrinsic_dimension", "measures of layers"),
     ("cka", "measures of pairs"), ("procrustes", "measures of pairs"), ("layer_similarity", "measures of pairs"), ("rsa", "measures of pairs")],
)  # fmt: skip
def test_a_measure_that_is_one_per_cent_off(monkeypatch, name, kind):
    right = getattr(repscope, name)

    def wrong(*given, **more):
        score = right(*given, **more)
        return replace(score, value=score.value * 1.01, interval=(-np.inf, np.inf))

    monkeypatch.setattr(repscope, name, wrong)
    found = findings_of(kind, 12)
    assert f"{name} is" in found
    assert "python -m tests.drawn --seed " in found


def test_an_interval_that_lies_beside_the_value(monkeypatch):
    right = repscope.cka
    monkeypatch.setattr(repscope, "cka", lambda *a, **k: replace(right(*a, **k), interval=(2.0, 3.0)))
    assert "does not contain" in findings_of("measures of pairs", 3)


def test_a_measure_that_changes_its_points(monkeypatch):
    right = repscope.rsa

    def wrong(x, y):
        x *= 2
        return right(x, y)

    monkeypatch.setattr(repscope, "rsa", wrong)
    assert "points as they were" in findings_of("measures of pairs", 3)


def test_neighbors_of_rounded_points(monkeypatch):
    right = _search.neighbor_graph
    monkeypatch.setattr(
        "tests.drawn.check_graphs.neighbor_graph", lambda x, *a, **k: right(np.asarray(x, np.float16), *a, **k)
    )
    assert "graphs" in findings_of("graphs", 12)


def test_a_hook_that_does_not_clone(monkeypatch):
    import torch

    monkeypatch.setattr(torch.Tensor, "clone", lambda self, **_: self)
    monkeypatch.setattr("repscope.activations._hooks.copied", lambda tensor: tensor, raising=False)
    assert "recordings" in findings_of("recordings", 12)


def test_a_module_that_is_left_in_another_mode(monkeypatch):
    right = repscope.activations.record

    def wrong(network, *given, **more):
        network.module.training = not network.module.training
        return right(network, *given, **more)

    monkeypatch.setattr("tests.drawn.check_recordings.record", wrong)
    assert "modes of the module" in findings_of("recordings", 2)


def test_a_bare_exception_is_a_finding(monkeypatch):
    def wrong(*_given, **_more):
        raise IndexError("list index out of range")

    monkeypatch.setattr(repscope, "neighbor_graph", wrong)
    assert "IndexError" in findings_of("measures of layers", 1)


def test_a_seed_says_what_it_did(monkeypatch):
    seed = seeds_of("graphs", 1)[0]
    assert run_seed(seed) is None
    printed = io.StringIO()
    monkeypatch.setattr(sys, "argv", ["tests.drawn", "--seed", str(seed)])
    with contextlib.redirect_stdout(printed):
        assert main() == 0
    assert "as it should be" in printed.getvalue()
    assert "points: " in printed.getvalue()


def test_minutes_end_in_a_table(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["tests.drawn", "--minutes", "0.005", "--check", "rankings"])
    assert main() == 0
    assert "0 findings" in capsys.readouterr().out
    assert len(checks()) == 10
