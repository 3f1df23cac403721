"""Every benchmark runs on tiny data, so that none rots; what it measures is not looked at."""

import importlib
import pkgutil
import shutil

import numpy as np
import pytest

import benchmarks
from benchmarks import _engines, _memory, _reference, _results, _side_by_side, _worker
from benchmarks._goals import goals
from benchmarks._options import Options, parse

NAMES = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if not m.name.startswith("_"))
PEERS = ("repscope exact", "repscope quantised", "faiss", "scikit-learn")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("bench")


SLOW = ("accuracy", "cka", "end_to_end", "engines", "glyph_rendering", "growth", "imagenet", "memory_map", "training")
"""Ten seconds to a minute each: peers that start slowly, and whole analyses that other tests do as well."""


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in NAMES])
def test_every_benchmark_runs(name, folder, capsys):
    importlib.import_module(f"benchmarks.{name}").main(Options(quick=True, samples=120, folder=folder, engines=PEERS))
    printed = capsys.readouterr().out
    assert "|---|" in printed
    assert "failed" not in printed


def test_a_missing_peer_is_a_row(tmp_path, monkeypatch):
    monkeypatch.setitem(_engines.ENGINES, "absent", _engines.Engine(_engines._faiss, needs="no_such_package"))
    monkeypatch.setitem(_engines.ENGINES, "later", _engines.Engine(_engines._faiss, method="no_such_method"))
    np.save(tmp_path / "points.npy", np.random.default_rng(0).random((60, 3), np.float32))
    with _side_by_side.workers(["absent", "later", "torch.cdist"], threads=1) as made:
        runs, m = _side_by_side.side_by_side(made, tmp_path / "points.npy", 3, seconds=0.01)
    assert [runs["absent"].row()[0], runs["later"].row()[0]] == ["not installed", "not in this version"]
    assert len(runs["torch.cdist"].row()) == len(_side_by_side.COLUMNS)
    assert min(m["cpu"]) > 0


def test_an_engine_that_fails_is_a_row(tmp_path):
    np.save(tmp_path / "points.npy", np.full((60, 3), np.nan, np.float32))
    with _side_by_side.workers(["repscope exact"], threads=1) as made:
        runs, _ = _side_by_side.side_by_side(made, tmp_path / "points.npy", 3, seconds=0.01)
    assert runs["repscope exact"].trouble.startswith("failed: BadInput: 60 of 60 samples")


def test_a_process_that_ends_is_said(tmp_path):
    with _worker.Worker("torch.cdist", threads=1) as worker:
        worker._process.kill()
        with pytest.raises(_worker.Failed, match="its process ended with -9"):
            worker.ask("time", tmp_path / "none.npy", 3)


def test_the_row_itself_is_left_out_wherever_it_stands():
    indices = np.array([[0, 1, 2], [0, 1, 2], [0, 1, 3]])
    values = np.array([[0.0, 1, 2], [0, 0, 2], [1, 2, 3]])
    left, far = _engines.without_self(indices, values)
    assert left.tolist() == [[1, 2], [0, 2], [0, 1]]
    assert far.tolist() == [[1, 2], [0, 2], [1, 2]]


def test_engines_are_chosen_by_name_or_its_beginning():
    assert _engines.chosen(()) == list(_engines.ENGINES)
    assert _engines.chosen(("faiss",)) == ["faiss"]
    assert _engines.chosen(("repscope q", "torch")) == ["repscope quantised", "torch.cdist"]
    with pytest.raises(SystemExit, match="no engine begins with nothing"):
        _engines.chosen(("nothing",))


@pytest.mark.parametrize("name", ["scikit-learn", "torch.cdist", "repscope exact"])
def test_the_truth_finds_right_answers_right(name):
    points = np.random.default_rng(1).random((80, 5), np.float32)
    found = _reference.Truth(points, 7).compare(*_engines.ENGINES[name].search(points, 7))
    assert found.wrong == found.not_finite == 0
    assert found.ratio_error < 1e-3  # torch.cdist cancels even here
    assert abs(found.dimension_shift) < 1e-3


def test_the_truth_finds_wrong_answers_wrong():
    points = np.random.default_rng(1).random((80, 5), np.float32)
    truth = _reference.Truth(points, 7)
    indices, distances = _engines.ENGINES["scikit-learn"].search(points, 7)
    other = indices.copy()
    other[3, 6], other[4, 5], other[5, 0] = other[3, 0], 4, 79 if 79 not in other[5] else 0
    near = distances.copy()
    near[9, 0] = 0
    found = truth.compare(other, near)
    assert found.wrong == 3
    assert (found.not_finite, found.ratio_error) == (1, np.inf)


def test_ties_and_copies_are_counted_apart():
    line = np.arange(9, dtype=np.float32)[:, None]
    truth = _reference.Truth(np.vstack([line, line[:1]]), 1)
    assert truth.copies == 2
    assert truth.tied == 8 - 1  # the inner points have two neighbours equally far; the last has one, the copies none
    indices, distances = _engines.ENGINES["scikit-learn"].search(np.vstack([line, line[:1]]), 2)
    assert truth.compare(indices[:, :1], distances).wrong == 0


def test_peak_memory_is_what_came_on_top():
    peak = _memory.PeakAbove()
    if peak.mib() is None:
        pytest.skip("this system does not say")
    held = np.ones(30 * 2**17)
    assert 29 < peak.mib() < 60
    del held
    assert peak.mib() > 29


def test_goals_say_what_was_not_measured():
    runs = {name: _side_by_side.Runs(cpu=[1.0], cpu_ratio=[0.5], peak=10.0) for name in ("repscope exact", "faiss")}
    runs["faiss"].cpu_ratio = [1.0]
    rows = goals({"stage3.1": runs}, 1.0)
    assert ["repscope exact: ≤ 0.4 M", 4096, 0.5, "no"] in rows
    assert ["repscope exact: 2.3 × faster than faiss", 4096, 2.0, "no"] in rows
    assert ["repscope exact: 5.0 × faster than scikit-learn", 4096, "not measured", ""] in rows
    assert rows[-1][2:] == ["10 MiB", "yes"]


def test_a_kept_section_replaces_its_own_and_no_other(tmp_path, capsys):
    text = _results.with_section("## b\n\nold\n\n### part\n\nx\n\n## a\n\nthere\n", "b", "new\n")
    assert text == "## a\n\nthere\n\n## b\n\nnew\n"
    with _results.kept("b", True, tmp_path):
        print("\n## b\n\ntable")
    assert (tmp_path / _results.file_name()).read_text(encoding="utf8") == "## b\n\ntable\n"
    with pytest.raises(ZeroDivisionError), _results.kept("b", True, tmp_path):
        1 / 0  # noqa: B018
    assert (tmp_path / _results.file_name()).read_text(encoding="utf8") == "## b\n\ntable\n"
    assert "table" in capsys.readouterr().out


def test_the_command_line():
    options = parse(["engines", "--quick", "--engines", "faiss, torch", "--samples", "9"])
    assert (options.names, options.quick, options.engines, options.size(100)) == (
        ("engines",),
        True,
        ("faiss", "torch"),
        9,
    )
    assert parse(["--quick"]).size(1000) == 400
    with parse([]).working_folder() as made:
        (made / "x").mkdir()
    assert not made.exists()
    shutil.rmtree(made, ignore_errors=True)
