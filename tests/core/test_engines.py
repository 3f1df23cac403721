"""Shares of a job, folders that several processes fill, and where tasks run; Ray itself: tests/studies."""

import sys

import pytest

from repscope.core.engines import Needs, open_engine, opened
from repscope.core.engines._layout import Layout, Machine, lay_out
from repscope.core.engines.ray import _compare, _versions
from repscope.core.errors import BadInput, Busy, Mismatch, MissingPackage, OutOfSpace
from repscope.core.shared_folder import forget_shares, hold, only_process, shares_begun
from repscope.core.shares import items_of, parse_share

GIB = 2**30


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/2", ""])
def test_a_share_that_is_none(text):
    with pytest.raises(BadInput, match=r"there is no share '.*'; expected i/n with i from 1 to n, such as 2/8"):
        parse_share(text)


def test_shares_are_all_items_once():
    for count in range(7):
        for parts in range(1, 9):
            cut = [items_of(range(count), (part, parts)) for part in range(parts)]
            assert [item for items in cut for item in items] == list(range(count))
            assert max(map(len, cut)) - min(map(len, cut)) <= 1
    with pytest.raises(BadInput, match="there is no share 4/3; expected 1/3 to 3/3"):
        items_of("abc", (3, 3))


def test_several_processes_share_a_folder_and_none_meets_one_that_is_alone(tmp_path):
    told = []
    with hold(tmp_path, (0, 2), told.append), hold(tmp_path, (1, 2), told.append):
        with pytest.raises(Busy, match=r"working on the share 2/2 of .*; give each process a share of its own"):
            hold(tmp_path, (1, 2), told.append).__enter__()
        with pytest.raises(Busy, match=r"another process is working on .*; wait until it has finished"):
            only_process(tmp_path).__enter__()
    assert told == [True, False]
    with (
        only_process(tmp_path),
        pytest.raises(Busy, match=r"working on .*, not on a share; wait until it has finished"),
    ):
        hold(tmp_path, (0, 2), told.append).__enter__()
    assert shares_begun(tmp_path) == [(0, 2), (1, 2)]
    forget_shares(tmp_path)
    assert shares_begun(tmp_path) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="is a file; expected a folder, or a name that is free"):
        hold(tmp_path / "file", (0, 2), told.append).__enter__()


def test_a_claim_that_fails_holds_nothing(tmp_path):
    def refuse(_alone):
        raise Mismatch("no")

    with pytest.raises(Mismatch, match="no"):
        hold(tmp_path, (0, 2), refuse).__enter__()
    with only_process(tmp_path):
        pass


def test_engines_that_there_are_not():
    with pytest.raises(BadInput, match="there is no engine 'spark'; choose one of local, ray"):
        open_engine("spark")
    with pytest.raises(BadInput, match="0 workers cannot do anything; expected 1 or more"):
        open_engine("ray", 0)
    with pytest.raises(BadInput, match="2 workers were asked for and the engine 'local' is one process with all cores"):
        open_engine("local", 2)


def test_ray_that_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingPackage, match=r"--engine ray needs the package 'ray'.*pip install 'repscope\[ray\]'"):
        open_engine("ray")


def test_here_tasks_run_one_after_the_other(tmp_path):
    done = []
    with open_engine("local") as engine, opened(engine) as same:
        assert same is engine
        assert list(engine.run(abs, [-1, 2], folder=tmp_path, done=done.append)) == [1, 2]
        assert list(engine.run(pow, [3, 4], folder=tmp_path, prepare=lambda: 2)) == [8, 16]
    assert done == [0, 1]


def test_workers_get_all_cores_there_are_room_for():
    machines = [Machine(16, 2, 64 * GIB), Machine(3, 0, 8 * GIB)]
    assert lay_out(machines, None, Needs()) == Layout(3, 5)
    assert lay_out(machines, 2, Needs()) == Layout(2, 8)
    assert lay_out(machines, 5, Needs()) == Layout(5, 3)
    assert lay_out(machines, 19, Needs()) == Layout(19, 1)
    assert lay_out(machines, None, Needs(gpu=True)) == Layout(2, 8)
    assert lay_out(machines, None, Needs(memory=30 * GIB)) == Layout(2, 8)
    with pytest.raises(BadInput, match="20 workers were asked for and the cluster has room for 19, a core each"):
        lay_out(machines, 20, Needs())
    with pytest.raises(
        OutOfSpace, match=r"needs 1 core, 80\.00 GiB, and no machine of the cluster has that \(16 cores"
    ):
        lay_out(machines, None, Needs(memory=80 * GIB))
    with pytest.raises(OutOfSpace, match="and a GPU, and no machine of the cluster has that"):
        lay_out(machines[1:], None, Needs(gpu=True))


def test_machines_that_see_or_compute_something_else(tmp_path):
    mine = {"sees": "token", **_versions()}
    _compare("there", tmp_path, mine, mine)
    with pytest.raises(Mismatch, match=r"the machine there of the cluster does not see .*; choose a folder on a disk"):
        _compare("there", tmp_path, {**mine, "sees": ""}, mine)
    with pytest.raises(Mismatch, match=r"the machine there of the cluster has torch 1\.0, here .*; install the same"):
        _compare("there", tmp_path, {**mine, "torch": "1.0"}, mine)
