"""Analyses whose activations the disk does not hold: the same graphs, for more forward passes."""

import pytest
import torch

from repscope import analyze, load_data, load_network
from repscope.activations import LayerInfo, layer_points
from repscope.core.errors import BadInput, OutOfSpace
from repscope.neighbors import Exact, NeighborGraph, neighbor_graph
from repscope.studies import _in_passes
from repscope.studies._in_passes import plan_passes

LAYERS = ["input", "stage2.1", "stage3.1", "pool"]
WHAT = {"partitions": ["validation"], "samples": 200, "k": 7, "batch": 32}


@pytest.fixture(scope="module")
def network():
    return load_network("repscope:resnet20-digits")


@pytest.fixture(scope="module")
def data():
    return load_data("digits")


@pytest.fixture(scope="module")
def stored(network, data, tmp_path_factory):
    return analyze(network, data, LAYERS, tmp_path_factory.mktemp("stored"), **WHAT)


def same_graphs(run, other) -> None:
    for layer in run.layers:
        one, two = run.graph(layer, "validation"), other.graph(layer, "validation")
        assert one.indices.tobytes() == two.indices.tobytes()
        assert one.distances.tobytes() == two.distances.tobytes()
        assert one.tied.tobytes() == two.tied.tobytes()


# stage2.1 has 8192 features, 6.3 MiB for 200 samples; stage3.1 4096, 3.1 MiB
@pytest.mark.parametrize(("disk", "groups", "recomputed"), [("9MiB", 2, 0), ("20MiB", 1, 0), ("4MiB", 2, 1)])
def test_the_same_graphs_and_scores(network, data, stored, tmp_path, disk, groups, recomputed):
    said = []
    run = analyze(network, data, LAYERS, tmp_path / "run", **WHAT, disk=disk, say=said.append)
    same_graphs(run, stored)
    assert [row.score.as_dict() for row in run.table.rows] == [row.score.as_dict() for row in stored.table.rows]
    assert "of activations" not in said[0]
    assert f"in {groups} groups of layers" in said[1]
    assert ("too large even alone, and computed whenever needed: stage2.1" in said[1]) == bool(recomputed)
    assert not list((tmp_path / "run").rglob("*activations*"))
    kept = sum(f.stat().st_size for f in (tmp_path / "run").rglob("*") if f.is_file())
    assert kept < 5 * 2**20
    assert run.report().stat().st_size > 100_000


def test_interrupted_it_goes_on_where_it_was(network, data, stored, tmp_path, monkeypatch):
    built, real = [], NeighborGraph.save

    def save(graph, path):
        if len(built) == 2:
            raise KeyboardInterrupt
        built.append(path.name)
        real(graph, path)

    monkeypatch.setattr(NeighborGraph, "save", save)
    with pytest.raises(KeyboardInterrupt):
        analyze(network, data, LAYERS, tmp_path / "run", **WHAT, disk="8MiB")
    monkeypatch.setattr(NeighborGraph, "save", real)
    there = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*.k7.safetensors")}
    assert len(there) == 2
    run = analyze(network, data, LAYERS, tmp_path / "run", **WHAT, disk="8MiB")
    same_graphs(run, stored)
    assert all(path.stat().st_mtime_ns == at for path, at in there.items())


@pytest.mark.parametrize("memory", ["2GiB", "12MiB"])
def test_about_as_many_passes_as_were_said(network, data, stored, memory):
    recording = stored.recording("validation")
    part = data.partition("validation").balanced(200)
    layer = recording.layer("stage2.1")
    with layer_points(network, part, layer, "float32", 32) as points:
        graph = neighbor_graph(points, 7, Exact(memory=memory))
    assert (graph.indices == stored.graph("stage2.1", "validation").indices).all()
    plan = plan_passes([layer], 200, 4, 32, disk=10**6, memory=memory)
    assert plan.times[0] * 0.5 < points.forwarded / 200 < plan.times[0] * 1.5


def test_activations_that_are_not_there_are_not_read(network, data, tmp_path):
    run = analyze(network, data, ["pool"], tmp_path / "run", **WHAT, disk="8MiB")
    recording = run.recording("validation")
    with pytest.raises(
        BadInput, match=r"the activations of 'pool' are not stored: .* was made with a limit on the disk"
    ):
        recording.activations("pool")
    with pytest.raises(BadInput, match="keeps graphs only; analyse without it"):
        recording.graph("pool", 9)


def test_too_little_space_proposes_it(network, data, tmp_path, monkeypatch):
    from repscope.core import files

    monkeypatch.setattr(files, "free_space", lambda folder: 2 * 10**6)
    monkeypatch.setattr(_in_passes, "free_space", lambda folder: 26 * 2**20)
    with pytest.raises(
        OutOfSpace, match=r"the recording needs 0\.\d+ GiB .* or keep graphs only, with --disk 9MiB: at most"
    ):
        analyze(network, data, LAYERS, tmp_path / "run", **WHAT)


def test_one_process_only(network, data, tmp_path):
    with pytest.raises(BadInput, match="a limit on the disk is for one process: leave out disk, or share and engine"):
        analyze(network, data, LAYERS, tmp_path / "run", **WHAT, disk="1GiB", share=(0, 2), until="recording")


def test_disk_use_is_said_beforehand_and_kept(network, data, tmp_path):
    said = []
    analyze(network, data, LAYERS, tmp_path / "run", **WHAT, say=said.append).report()
    told = float(said[0].split(" MiB on disk")[0].replace(",", "")) * 2**20
    used = sum(f.stat().st_size for f in (tmp_path / "run").rglob("*") if f.is_file())
    assert 0.5 * told < used <= told


def test_layers_that_fit_go_together():
    layers = [LayerInfo(str(i), (size,)) for i, size in enumerate([50, 50, 10, 95, 101, 3])]
    plan = plan_passes(layers, n=10, width=1, batch=4, disk=1000, memory="1GiB")
    assert [[layer.name for layer in group] for group in plan.groups] == [["0", "1"], ["2"], ["3", "5"]]
    assert [layer.name for layer in plan.recomputed] == ["4"]
    assert plan.largest == 1000
    assert plan.count == 3 + plan.times[0]


def test_slabs_of_rows_that_are_computed_cannot_be_had(network, data):
    with layer_points(network, data.partition("validation"), LayerInfo("pool", (64,)), "float32", 64) as points:
        assert points.rows(slice(3, 5)).dtype == torch.float32
        with pytest.raises(
            BadInput, match="some features of 'pool' were asked for, and computing them computes all; ask for rows"
        ):
            points.columns(0, 3)
