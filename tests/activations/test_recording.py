"""What is recorded is what the network computed, in the order of the data, in files that can be trusted."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from repscope.activations import Recording, network_layers, record
from repscope.core.errors import BadInput, Busy, Damaged, Mismatch, NotFound, OutOfSpace
from repscope.core.shared_folder import only_process
from repscope.neighbors import Exact, neighbor_graph
from tests.activations.small import InPlace, Repeated, images, network, stack


def test_values_are_those_of_the_forward_pass(tmp_path):
    net, data = network(InPlace()), images()
    recording = record(net, data, "*", tmp_path, batch=7, shard_bytes=2000)
    with torch.no_grad():
        x = stack(list(data))
        normed = net.module.norm(net.module.conv(x))
        expected = {
            "input": x,
            "conv": net.module.conv(x),
            "norm": normed,
            "relu": normed.relu(),
            "head": net.module(x),
        }
    assert [layer.name for layer in recording.layers] == list(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(recording.activations(name), value.flatten(1), rtol=1e-5, atol=1e-6)
    assert recording.ids == data.ids
    assert (recording.labels == data.labels).all()
    assert (recording.thumbnails() == np.stack([i.permute(1, 2, 0).numpy() for i in data])).all()
    assert recording.activations("head", slice(10, 20)).shape == (10, 4)


def test_several_calls_tuples_dictionaries_and_silence(tmp_path):
    net = network(Repeated())
    layers, silent = network_layers(net)
    names = [layer.name for layer in layers]
    assert [n for n in names if n.startswith("relu")] == ["relu:0", "relu:1", "relu:2"]
    assert {"attention[0]", "attention[1]", "split[mean]", "split[first]"} <= set(names)
    assert "unused" in silent
    with pytest.warns(UserWarning, match="match but never fire in a forward pass, and are not recorded: unused"):
        recording = record(net, images(), ["relu", "attention", "unu*", "split[mean]"], tmp_path)
    with torch.no_grad():
        tokens = net.module.relu(net.module.embed(stack(list(images())))).flatten(2).transpose(1, 2)
    kept = [layer.name for layer in recording.layers]
    assert kept == ["relu:0", "attention[0]", "attention[1]", "relu:1", "split[mean]", "relu:2"]
    assert recording.layer("relu:0").shape == (6, 2, 2)
    np.testing.assert_allclose(
        recording.activations("relu:0").reshape(-1, 6, 4).transpose(0, 2, 1), tokens.numpy(), rtol=1e-5, atol=1e-6
    )


def test_the_module_comes_back_as_it_was(tmp_path):
    module = InPlace().train()
    module.conv.eval()
    net = network(module)
    module.train()
    module.conv.eval()
    record(net, images(), "conv", tmp_path)
    assert module.training
    assert not module.conv.training
    assert not any(m._forward_hooks for m in module.modules())


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_stored_in_half_precision(tmp_path, dtype):
    full = record(network(InPlace()), images(), "norm", tmp_path / "full")
    half = record(network(InPlace()), images(), "norm", tmp_path / "half", dtype=dtype)
    np.testing.assert_allclose(half.activations("norm"), full.activations("norm"), rtol=2**-7, atol=1e-3)
    sizes = [sum(f.stat().st_size for f in (tmp_path / d / "shards").iterdir()) for d in ("full", "half")]
    assert (
        abs(sizes[0] - sizes[1] - 40 * 144 * 2) <= 100
    )  # the rest of the two headers, and the count of imprecise rows


def test_a_second_call_adds_nothing_and_another_network_is_refused(tmp_path):
    data = images()
    record(network(InPlace()), data, "head", tmp_path)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.safetensors")}
    record(network(InPlace()), data, "head", tmp_path)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.safetensors")} == before
    other = InPlace()
    nn.init.zeros_(other.head.weight)
    with pytest.raises(Mismatch, match=r"holds a recording of something else \(network.digest: .* there, .* now\)"):
        record(network(other), data, "head", tmp_path)
    with pytest.raises(Mismatch, match=r"data\.digest"):
        record(network(InPlace()), images(seed=1, n=42), "head", tmp_path)
    with pytest.raises(Mismatch, match=r"settings\.dtype: 'float32' there, 'float16' now"):
        record(network(InPlace()), data, "head", tmp_path, dtype="float16")
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.safetensors")} == before


def test_patterns(tmp_path):
    with pytest.raises(NotFound, match=r"no layer matches 'norn'; known: 'input', 'conv', 'norm'"):
        record(network(InPlace()), images(), "norn", tmp_path)
    with pytest.raises(NotFound, match="leave nothing that fires"):
        record(network(InPlace()), images(), ["conv", "!*"], tmp_path)
    with pytest.raises(BadInput, match="no layer patterns were given"):
        record(network(InPlace()), images(), [], tmp_path)
    assert [x.name for x in record(network(InPlace()), images(), ["*", "!conv"], tmp_path).layers] == [
        "input",
        "norm",
        "relu",
        "head",
    ]


def test_bad_settings(tmp_path):
    with pytest.raises(BadInput, match="dtype 'int8' is not offered; choose one of float32, float16, bfloat16"):
        record(network(InPlace()), images(), "*", tmp_path, dtype="int8")
    with pytest.raises(BadInput, match="a batch of -1 images is impossible"):
        record(network(InPlace()), images(), "*", tmp_path, batch=-1)


def test_activations_that_are_not_finite(tmp_path):
    module = InPlace()
    with torch.no_grad():
        module.norm.weight[1] = float("nan")
    with pytest.raises(
        BadInput, match=r"layer 'norm' has NaN or infinite activations in 40 of the samples 0 to 39, .* 's0000'"
    ):
        record(network(module), images(), "*", tmp_path)
    with torch.no_grad():
        module.norm.weight[1] = 1e6  # one scale for the whole layer holds that
    assert record(network(module), images(), "norm", tmp_path / "half", dtype="float16").recorded == 40


class Outlier(nn.Module):
    """A white image gives activations a hundred million times those of the others."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Identity()

    def forward(self, x):
        return self.layer(x.flatten(1) * (1 + 1e8 * (x.mean((1, 2, 3)) > 0.99)[:, None]))


def test_an_outlier_beyond_float16_is_refused(tmp_path):
    data = images()
    data.images[1] = 255
    with pytest.raises(BadInput, match=r"beyond the range of float16: record with dtype float32.* 's0001'"):
        record(network(Outlier()), data, "layer", tmp_path / "half", dtype="float16")
    assert record(network(Outlier()), data, "layer", tmp_path / "full").recorded == 40


class Moody(nn.Module):
    """Its output has another shape for a full batch than for a few images."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Identity()

    def forward(self, x):
        return self.layer(x if len(x) <= 8 else x[:, :, :4])


def test_a_layer_whose_shape_depends_on_the_data(tmp_path):
    with pytest.raises(
        BadInput, match=r"layer 'layer' gave \(40, 3, 4, 8\) for a batch of 40; expected \(40, 3, 8, 8\)"
    ):
        record(network(Moody()), images(), "*", tmp_path)


def shards(folder: Path) -> list[Path]:
    return sorted((folder / "shards").iterdir())


def test_damage_is_named(tmp_path):
    net, data = network(InPlace()), images()
    recording = record(net, data, "head", tmp_path, batch=8, shard_bytes=100)
    assert len(shards(tmp_path)) == 5
    victim = shards(tmp_path)[2]
    whole = victim.read_bytes()

    victim.write_bytes(whole[:-9])
    with pytest.raises(
        Damaged, match=r"rows-000000016-000000024\.safetensors cannot be read as safetensors .* truncated or damaged"
    ):
        Recording(tmp_path).activations("head")
    flipped = bytearray(whole)
    flipped[-3] ^= 4
    victim.write_bytes(bytes(flipped))
    with pytest.raises(Damaged, match="does not agree with its checksum: it was changed after it was written"):
        Recording(tmp_path).activations("head")
    with pytest.raises(Damaged, match="does not agree with its checksum"):
        record(net, data, "head", tmp_path, batch=8, shard_bytes=100)
    victim.unlink()
    with pytest.raises(Damaged, match="was interrupted: 32 of 40 samples are there; run the same recording again"):
        Recording(tmp_path).activations("head")
    record(net, data, "head", tmp_path, batch=8, shard_bytes=100)
    assert victim.read_bytes() == whole
    with pytest.raises(BadInput, match=r"the layer 'tail' was not recorded; known: 'head'"):
        recording.activations("tail")

    stranger = tmp_path / "other"
    record(net, images(seed=5), "head", stranger, batch=8, shard_bytes=100)
    victim.write_bytes(shards(stranger)[2].read_bytes())
    with pytest.raises(Damaged, match="belongs to another recording; delete it and run"):
        Recording(tmp_path).activations("head")
    with pytest.raises(Damaged, match="belongs to another recording; delete it and run again"):
        record(net, data, "head", tmp_path, batch=8, shard_bytes=100)


def test_a_shard_that_vanishes_while_it_is_read(tmp_path):
    recording = record(network(InPlace()), images(), "head", tmp_path, batch=8, shard_bytes=100)
    assert recording.activations("head", slice(0, 8)).shape == (8, 4)
    shards(tmp_path)[3].unlink()
    with pytest.raises(Damaged, match=r"rows-.* is missing; the recording is not whole"):
        recording.activations("head")


def test_manifests_of_other_versions(tmp_path):
    record(network(InPlace()), images(), "head", tmp_path)
    manifest = tmp_path / "manifest.json"
    text = manifest.read_text()
    manifest.write_text(text.replace("repscope.recording.1", "repscope.recording.9"))
    with pytest.raises(
        Damaged,
        match=r"has the format 'repscope.recording.9' and this version of repscope reads 'repscope.recording.1'",
    ):
        Recording(tmp_path)
    manifest.write_text(text[:100])
    with pytest.raises(Damaged, match="is not readable as JSON"):
        Recording(tmp_path)
    manifest.write_text(text)
    samples = tmp_path / "samples.json"
    fields = json.loads(samples.read_text())
    fields["ids"][0] = "another"
    samples.write_text(json.dumps(fields))
    with pytest.raises(Damaged, match="does not agree with the manifest: it was changed"):
        Recording(tmp_path)
    with pytest.raises(Damaged, match="holds no recording"):
        Recording(tmp_path / "nowhere")


def test_two_processes_on_one_folder(tmp_path):
    with only_process(tmp_path), pytest.raises(Busy, match="another process is working on"):
        record(network(InPlace()), images(), "head", tmp_path)


def test_a_full_disk(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    net, data = network(InPlace()), images()
    record(net, data, "head", tmp_path, batch=8, shard_bytes=100)
    shards(tmp_path)[4].unlink()
    kept = [p.read_bytes() for p in shards(tmp_path)]
    with monkeypatch.context() as patch:
        patch.setattr("repscope.core.files.os.fsync", full)
        with pytest.raises(
            OutOfSpace, match=r"the disk is full: rows-.* could not be written .* what was written before is kept"
        ):
            record(net, data, "head", tmp_path, batch=8, shard_bytes=100)
    assert [p.read_bytes() for p in shards(tmp_path)] == kept
    assert not list(tmp_path.rglob("*.part"))
    assert record(net, data, "head", tmp_path, batch=8, shard_bytes=100).recorded == 40


def test_a_disk_that_will_not_suffice(tmp_path, monkeypatch):
    class Statistics:
        f_bavail, f_frsize = 1, 512

    monkeypatch.setattr("repscope.core.files.os.statvfs", lambda _path: Statistics)
    with pytest.raises(OutOfSpace, match=r"the recording needs .* GiB and .* has 0.00 GiB free; choose another folder"):
        record(network(InPlace()), images(), "head", tmp_path)


def test_graphs_are_kept_and_guarded(tmp_path):
    recording = record(network(InPlace()), images(), ["norm", "head"], tmp_path / "a")
    graph = recording.graph("norm", k=3)
    assert graph.metadata["layer"] == "norm"
    again = recording.graph("norm", k=3)
    assert (again.indices == graph.indices).all()
    assert recording.graph("norm").k == 2  # n / (10 · classes), at least two
    other = record(network(InPlace()), images(seed=3), ["norm", "head"], tmp_path / "b")
    other.graph_path("norm", 3).parent.mkdir()
    other.graph_path("norm", 3).write_bytes(recording.graph_path("norm", 3).read_bytes())
    with pytest.raises(Mismatch, match="belongs to another recording; delete it, it is built again"):
        other.graph("norm", k=3)
    with pytest.raises(
        BadInput, match=r"k = 40 neighbours asked for among 40 samples; expected a whole number from 1 to n - 1 = 39"
    ):
        recording.graph("norm", k=40)


def test_what_killed_writers_left_is_swept_away(tmp_path):
    net, data = network(InPlace()), images()
    record(net, data, "head", tmp_path, batch=8, shard_bytes=100)
    shards(tmp_path)[4].unlink()
    for name in (".rows-000000032-000000040.safetensors.x1y2.part", ".tmpiSirA8"):
        (tmp_path / "shards" / name).write_bytes(b"half")
    record(net, data, "head", tmp_path, batch=8, shard_bytes=100)
    assert all(p.name.startswith("rows-") for p in (tmp_path / "shards").iterdir())


def test_a_layer_as_points_is_what_activations_gives(tmp_path):
    recording = record(
        network(InPlace()), images(), ["norm", "head"], tmp_path / "r", dtype="float16", batch=7, shard_bytes=2000
    )
    assert len(list((tmp_path / "r" / "shards").iterdir())) > 2
    points, whole = recording.points("norm"), recording.activations("norm")
    index = np.random.default_rng(0).permutation(recording.n)[:23]
    assert points.shape == whole.shape
    np.testing.assert_array_equal(points.rows(index), whole[index])
    np.testing.assert_array_equal(points.rows(slice(3, 20)), whole[3:20])
    np.testing.assert_array_equal(points.columns(1, 4), whole[:, 1:4])


def test_an_interrupted_graph_goes_on_and_another_method_is_built_anew(tmp_path):
    recording = record(network(InPlace()), images(), ["norm"], tmp_path / "r")

    def stop(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recording.graph("norm", 3, tell=stop)
    assert not recording.graph_path("norm", 3).exists()
    graph = recording.graph("norm", 3)
    assert graph.metadata["address"] == "exact"
    assert not list((tmp_path / "r" / "graphs").glob("unfinished/*"))
    neighbor_graph(recording.points("norm"), 3, metadata={**graph.metadata, "address": "other"}).save(
        recording.graph_path("norm", 3)
    )
    assert recording.graph("norm", 3).metadata["address"] == "other"
    assert recording.graph("norm", 3, Exact()).metadata["address"] == "exact"
