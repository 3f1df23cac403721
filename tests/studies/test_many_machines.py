"""Recordings and graphs in shares, and by Ray's workers: the bytes of one process, whoever dies meanwhile."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from repscope import analyze, load_data, load_network
from repscope.activations import Recording, record
from repscope.cli import main
from repscope.core.engines import _ray_pools, open_engine
from repscope.core.engines.local import Local
from repscope.core.errors import BadInput, Busy, Lost, Mismatch
from repscope.core.shared_folder import hold
from repscope.neighbors import Exact
from repscope.studies import Run, _graphs_by_engine, merge, share_graphs
from repscope.studies._building import build_graphs
from repscope.studies._study import Workspace
from repscope.studies._trainings import Job, train_all
from tests.activations.small import InPlace, images, network
from tests.studies import tasks_for_workers

NETWORK, LAYERS, SAMPLES = "repscope:resnet20-digits", ["input", "stage2.2", "pool"], 120
START = [NETWORK, "digits", *(word for layer in LAYERS for word in ("-l", layer)), "--samples", str(SAMPLES)]
SMALL = Exact(memory="9MiB")  # the least for 8,192 features in float32, where int8 products are slow, is 8.1


def contents(folder: Path) -> dict[str, bytes]:
    """All files but locks and what tells of the folder's own name."""
    skip = ("report.html", "settings.yaml")
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.name not in skip and p.name[0] != "."]
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.safetensors")}


def run(capsys, *words) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stopped:
        main([str(word) for word in words])
    printed = capsys.readouterr()
    return int(stopped.value.code or 0), printed.out + printed.err


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    """Several files in a small recording, several shares in a small graph."""
    monkeypatch.setattr("repscope.activations._recorder.rows_per_shard", lambda *_: 32)
    monkeypatch.setattr(_graphs_by_engine, "share_count", lambda n, features: 3)


@pytest.fixture(scope="module")
def digits():
    return load_network(NETWORK), load_data("digits")


@pytest.fixture(scope="module")
def alone(tmp_path_factory, digits) -> Path:
    """By one process."""
    folder = tmp_path_factory.mktemp("alone")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("repscope.activations._recorder.rows_per_shard", lambda *_: 32)
        analyze(*digits, LAYERS, folder, samples=SAMPLES)
    return folder


def test_shares_and_merge_give_the_bytes_of_one_process(capsys, tmp_path, alone):
    out = tmp_path / "run"
    for share in ("3/3", "1/3"):
        code, told = run(capsys, "record", *START, "--out", out, "--shard", share)
        assert code == 0, told
    assert "of 120 samples" in told
    code, told = run(capsys, "merge", out)
    assert code == 1
    assert "train has 88 of 120 samples; run the same 'repscope record' again with --shard 2/3, then 'repscope" in told
    assert run(capsys, "record", *START, "--out", out, "--shard", "2/3")[0] == 0
    code, told = run(capsys, "merge", out)
    assert (code, f"0 of 6 graphs; next: repscope graphs {out}" in told) == (0, True)
    for share in ("2/4", "4/4", "1/4"):
        code, told = run(capsys, "graphs", out, "--shard", share)
        assert (code, f"share {share} of 3 layers is there" in told) == (0, True)
    code, told = run(capsys, "merge", out)
    assert code == 1
    assert f"6 graphs in {out} lack shares (3/4), the first that of layer 'input' (train)" in told
    assert f"run: repscope graphs {out} --shard 3/4; then: repscope merge {out}" in told
    kept = times(out)
    assert run(capsys, "graphs", out, "--shard", "2/4")[0] == 0
    assert times(out) == kept  # what is there is not computed again
    assert run(capsys, "graphs", out, "--shard", "3/4")[0] == 0
    code, told = run(capsys, "merge", out)
    assert (code, "6 of 6 graphs" in told) == (0, True)
    kept = times(out)
    assert run(capsys, "analyze", *START, "--out", out, "--no-report")[0] == 0
    assert times(out) == kept
    assert contents(out) == contents(alone)
    assert not [path for path in out.rglob("*") if "-of-" in path.name]


def test_one_shares_what_another_began_in_other_shares(tmp_path, alone):
    folder = tmp_path / "run"
    shutil.copytree(alone, folder)
    for partition in ("train", "validation"):
        shutil.rmtree(folder / partition / "graphs")
    made = Run(folder)
    share_graphs(made, (0, 5), method=SMALL)
    for part in (0, 1):
        share_graphs(made, (part, 3), method=SMALL)
    with pytest.raises(BadInput, match=r"6 graphs in .* lack shares \(3/3\)"):
        merge(made, method=SMALL)
    share_graphs(made, (2, 3), method=SMALL)
    shutil.rmtree(folder / "train" / "graphs" / "shares" / f"pool.k{made.k('train')}")  # killed before it came so far
    with pytest.raises(BadInput, match=r"1 graphs in .* lack shares \(1/3, 2/3, 3/3\), the first that of layer 'pool'"):
        merge(made, method=SMALL)
    with pytest.raises(BadInput, match=r"1 graphs in .* lack shares"):  # the others are joined, and it still says so
        merge(made, method=SMALL)
    for part in range(3):
        share_graphs(made, (part, 3), method=SMALL)
    assert merge(made, method=SMALL) == 6
    assert contents(folder) == contents(alone)


def test_a_share_of_another_run_is_refused(tmp_path, alone, digits):
    shutil.copytree(alone, tmp_path / "a")
    analyze(*digits, LAYERS, tmp_path / "b", samples=SAMPLES, seed=1, until="recording", partitions=["train"])
    shutil.rmtree(tmp_path / "a" / "train" / "graphs")
    for name in ("a", "b"):
        for part in range(2):
            share_graphs(Run(tmp_path / name), (part, 2))
    place = Path("train", "graphs", "shares", f"pool.k{Run(alone).k('train')}", "2-of-2.safetensors")
    shutil.copy(tmp_path / "b" / place, tmp_path / "a" / place)
    with pytest.raises(Mismatch, match=r"2-of-2\.safetensors is a share of another search: its identity is"):
        merge(Run(tmp_path / "a"))
    (tmp_path / "a" / place).unlink()
    share_graphs(Run(tmp_path / "a"), (1, 2))
    merge(Run(tmp_path / "a"))
    assert contents(tmp_path / "a") == contents(alone)


def test_a_layer_that_says_nothing_can_be_shared(tmp_path):
    class Dead(InPlace):
        def forward(self, x):
            return super().forward(x * 0)

    for name in ("one", "shares"):
        analyze(network(Dead()), images(), "head", tmp_path / name, partitions=["train"], until="recording", k=3)
    one, shares = Run(tmp_path / "one"), Run(tmp_path / "shares")
    one.graph("head")
    for part in range(2):
        share_graphs(shares, (part, 2))
    assert merge(shares) == 1
    assert contents(shares.path) == contents(one.path)


def test_while_others_work_nobody_takes_their_folder(tmp_path, digits):
    small = (network(InPlace()), images(), "head", tmp_path)
    record(*small, partition="all", share=(0, 2))
    shutil.rmtree(tmp_path / "shards")  # as if the other process had not written anything yet
    with hold(tmp_path, (0, 2), lambda alone: None):
        record(*small, partition="all", share=(1, 2))
        shutil.rmtree(tmp_path / "shards")
        with pytest.raises(Mismatch, match=r"holds a recording of something else .*dtype"):
            record(*small, partition="all", dtype="float16", share=(1, 2))
        with pytest.raises(Busy, match="another process is working on"):
            record(*small, partition="all")
    record(*small, partition="all", dtype="float16", share=(1, 2))  # nobody is there any more


def test_what_cannot_be_shared(capsys, tmp_path, alone):
    with pytest.raises(BadInput, match="a share was asked for until 'scores'; only the recording has shares here"):
        analyze(network(InPlace()), images(), "head", tmp_path, share=(0, 2))
    assert "there is no share '3/2'; expected i/n" in run(capsys, "graphs", alone, "--shard", "3/2")[1]
    words = ["graphs", alone, "--shard", "1/2"]
    assert "--shard 1/2 and --engine ray were given" in run(capsys, *words, "--engine", "ray")[1]
    assert "'quantised' cannot be shared among processes" in run(capsys, *words, "--method", "quantised", "--k", 3)[1]


def test_two_processes_fill_one_folder_at_the_same_time(tmp_path, alone):
    out = tmp_path / "run"
    begin = "import repscope.activations._recorder as r; r.rows_per_shard = lambda *_: 32; from repscope.cli import main; main()"
    words = [sys.executable, "-c", begin, "record", *START, "--out", str(out), "--shard"]
    both = [
        subprocess.Popen([*words, share], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for share in ("1/2", "2/2")
    ]
    for process in both:
        told, _ = process.communicate(timeout=120)
        assert process.returncode == 0, told
    merge(Run(out))
    build_graphs([Run(out).recording(p) for p in Run(out).partitions], Run(out).description["k"])
    expected = contents(alone)
    del expected["scores.json"]
    assert contents(out) == expected


@pytest.mark.parametrize("threads", [1, 2])
def test_the_number_of_threads_changes_nothing(tmp_path, alone, digits, threads):
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        analyze(*digits, LAYERS, tmp_path, samples=SAMPLES, until="graphs")
    finally:
        torch.set_num_threads(before)
    expected = contents(alone)
    del expected["scores.json"]
    assert contents(tmp_path) == expected


@pytest.fixture(scope="module")
def ray():
    """A cluster of two workers on this machine."""
    pytest.importorskip("ray", reason="ray is not installed; pip install 'repscope[ray]'")
    if (os.cpu_count() or 1) < 2:
        pytest.skip("two workers need two cores")
    with open_engine("ray", 2) as engine:
        yield engine


class Killer(threading.Thread):
    """Ends, by kill -9, one worker of ours while it does some work; after so many files are there."""

    def __init__(self, work: str, folder: Path, pattern: str, after: int) -> None:
        super().__init__(daemon=True)
        self.work, self.folder, self.pattern, self.after = work, folder, pattern, after
        self.killed: list[int] = []
        self.there = -1
        self._enough = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._enough.set()
        self.join()

    def run(self) -> None:
        while not self.killed and not self._enough.is_set():
            self.there = len(list(self.folder.glob(self.pattern)))
            if self.there >= self.after:
                for process in Path("/proc").glob("[0-9]*"):
                    if self._is_ours(process):
                        os.kill(int(process.name), signal.SIGKILL)
                        self.killed.append(int(process.name))
                        break
            time.sleep(0.001)

    def _is_ours(self, process: Path) -> bool:
        try:
            title = (process / "cmdline").read_bytes()
            if not title.startswith(b"ray::") or self.work.encode() not in title:
                return False
            while process.name not in ("0", "1"):
                if int(process.name) == os.getpid():
                    return True
                process = process.parent / (process / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:  # it has ended
            pass
        return False


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are not listed in /proc here")


@needs_proc
@pytest.mark.slow
def test_a_recording_by_ray_with_a_worker_killed(tmp_path, ray, digits):
    network, data = digits[0], digits[1].balanced(400)
    record(network, data, LAYERS, tmp_path / "one")
    with Killer("record_shard", tmp_path / "ray", "shards/rows-*", after=2) as killer:
        record(network, data, LAYERS, tmp_path / "ray", engine=ray)
    assert killer.killed
    assert 2 <= killer.there < 13
    assert contents(tmp_path / "ray") == contents(tmp_path / "one")
    kept = times(tmp_path / "ray")
    lost = sorted(kept)[1]
    lost.unlink()
    record(network, data, LAYERS, tmp_path / "ray", engine=ray)
    again = times(tmp_path / "ray")
    assert [path for path in kept if again[path] != kept[path]] == [lost]
    assert contents(tmp_path / "ray") == contents(tmp_path / "one")


@needs_proc
@pytest.mark.slow
def test_graphs_by_ray_with_a_worker_killed(tmp_path, ray, digits):
    recording = record(digits[0], digits[1].balanced(900), ["input", "stage1.2", "pool"], tmp_path / "all")
    method = Exact("float32", memory="64MiB")
    for layer in ("input", "stage1.2", "pool"):
        recording.graph(layer, 20, method)
    expected = contents(tmp_path)
    shutil.rmtree(tmp_path / "all" / "graphs")
    with Killer("build", tmp_path / "all" / "graphs", "shares/*/*-of-3.safetensors", after=1) as killer:
        build_graphs([recording], {"all": 20}, method, ray)
    assert killer.killed
    assert 1 <= killer.there < 9
    assert contents(tmp_path) == expected
    # a second start builds what is missing only, in shares or whole
    kept = times(tmp_path)
    lost = recording.graph_path("pool", 20)
    lost.unlink()
    build_graphs([recording], {"all": 20}, method, ray)
    again = times(tmp_path)
    assert [path for path in kept if again[path] != kept[path]] == [lost]
    assert contents(tmp_path) == expected


@pytest.mark.slow
def test_commands_by_ray_give_the_bytes_of_one_process(capsys, tmp_path, ray, alone, monkeypatch):
    monkeypatch.setattr(_graphs_by_engine, "share_count", lambda n, features: 1 + (features == 64))
    by_ray = ["--engine", "ray", "--workers", "2", "--json"]
    code, told = run(capsys, "record", *START, "-p", "validation", "--out", tmp_path, *by_ray)
    assert (code, json.loads(told)[0]["samples"]) == (0, SAMPLES)  # nothing but JSON on standard output
    code, told = run(capsys, "graphs", tmp_path, *by_ray)
    assert (code, len(json.loads(told))) == (0, len(LAYERS))
    assert contents(tmp_path / "validation") == contents(alone / "validation")


def test_ray_gives_results_in_order_and_errors_as_they_are(tmp_path, ray, monkeypatch):
    done = []
    results = list(ray.run(tasks_for_workers.slower_first, range(4), folder=tmp_path, done=done.append))
    assert [item for item, _ in results] == [0, 1, 2, 3]
    assert {threads for _, threads in results} == {max(1, len(os.sched_getaffinity(0)) // 2)}
    assert sorted(done) == [0, 1, 2, 3]
    with pytest.raises(BadInput, match="not 0"):
        list(ray.run(tasks_for_workers.refuse, [0], folder=tmp_path))
    hold_nothing = {"folder": tmp_path, "prepare": tasks_for_workers.nothing_to_hold}
    with pytest.raises(BadInput, match="there is nothing to hold"):
        list(ray.run(tasks_for_workers.use, [0], **hold_nothing))
    with pytest.raises(BadInput, match=r"cannot be sent to workers \(Could not serialize .*\); leave out open files"):
        list(ray.run(tasks_for_workers.use, [0], folder=tmp_path, prepare=threading.Lock().acquire))
    monkeypatch.setattr(_ray_pools, "RETRIES", 0)
    with pytest.raises(
        Lost, match=r"a worker ended while it did the same work again and again .* the usual reason is memory"
    ):
        list(ray.run(tasks_for_workers.end, [0], folder=tmp_path))
    assert not list(tmp_path.glob(".token*"))


@pytest.mark.slow
def test_trainings_by_ray_have_the_bytes_of_one_process(tmp_path, ray):
    data = {"data_settings": {"classes": "AB", "per_class": 8}, "epochs": 1, "batch": 4}
    jobs = [Job("a", "repscope:inception_v1", "glyphs", data, seed) for seed in (0, 1)]
    alone = train_all(Workspace(tmp_path / "one", str, Local()), jobs)
    told: list[str] = []
    by_ray = train_all(Workspace(tmp_path / "ray", told.append, ray), jobs)
    assert [path.read_bytes() for path in by_ray] == [path.read_bytes() for path in alone]
    assert told == ["to be trained: a, seed 0", "to be trained: a, seed 1"]
    told.clear()
    assert train_all(Workspace(tmp_path / "ray", told.append, ray), jobs) == by_ray
    assert told == []
    with pytest.raises(BadInput, match=r"training b-0: .*epochs=0 cannot be used"):
        train_all(
            Workspace(tmp_path / "ray", str, ray),
            [Job("b", "repscope:inception_v1", "glyphs", {**data, "epochs": 0}, 0)],
        )


def test_a_network_from_a_file_reaches_the_workers(tmp_path, ray):
    file = tmp_path / "mine.py"
    file.write_text(
        "import torch\nclass Net(torch.nn.Module):\n    input_shape = (3, 8, 8)\n    def __init__(self):\n"
        "        super().__init__()\n        self.conv = torch.nn.Conv2d(3, 4, 3)\n"
        "    def forward(self, x):\n        return self.conv(x).mean((2, 3))\ndef build():\n    return Net()\n"
    )
    net = load_network(f"{file}:build")
    record(net, images(30), "*", tmp_path / "one")
    record(net, images(30), "*", tmp_path / "ray", engine=ray)
    assert contents(tmp_path / "ray") == contents(tmp_path / "one")
    assert np.isfinite(Recording(tmp_path / "ray").activations("conv")).all()
