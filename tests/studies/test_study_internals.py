"""The study of operations inside blocks: which there are, that a network is not changed, sums, words, refusals, resumption."""

import numpy as np
import pytest
import torch
from torch import nn

from repscope import DataSet, Network, load_data, load_network
from repscope.core.errors import Mismatch, NotFound
from repscope.neighbors import NeighborGraph, neighbor_graph
from repscope.studies import STUDIES, internals
from repscope.studies._operations import operations_of
from repscope.studies.internals import _by_kind, _most

SMALL = {"blocks": ("stage2.[01]",), "samples": 60, "k": 3}


def small(**settings):
    return STUDIES["internals"].with_settings(SMALL | settings)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("internals") / "study"
    return small().run(folder), folder


class Residual(nn.Module):
    """A ReLU in place called twice, an identity, a sum in place."""

    def __init__(self):
        super().__init__()
        self.convolution, self.norm = nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)
        self.rectify, self.nothing = nn.ReLU(inplace=True), nn.Identity()

    def forward(self, x):
        out = self.rectify(self.norm(self.convolution(x)))
        out += self.nothing(x)
        return self.rectify(out)


class Before(nn.Module):
    """A function between modules, and a sum at the end."""

    def __init__(self):
        super().__init__()
        self.sum = nn.Conv2d(3, 3, 1)  # so that the name is taken
        self.second = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        return x + self.second(torch.relu(self.sum(x) + 1).contiguous())


def made(*parts):
    return Network("made", nn.Sequential(*parts).eval(), lambda images: torch.stack(list(images)).float(), (3, 4, 4))


def test_every_operation_of_a_residual_block():
    _, operations = operations_of(load_network("repscope:resnet20-digits"), ["stage2.1"])
    told = [(o.layer.removeprefix("stage2.1."), o.kind, o.before.removeprefix("stage2.1.")) for o in operations]
    assert told == [
        ("convolution1", "Conv2d", "stage2.0"), ("norm1", "BatchNorm2d", "convolution1"), ("relu1", "ReLU", "norm1"),
        ("convolution2", "Conv2d", "relu1"), ("norm2", "BatchNorm2d", "convolution2"), ("sum", "Sum", "norm2"),
        ("relu2", "ReLU", "sum"), ("stage2.1", "output", "relu2"),
    ]  # fmt: skip


def test_in_place_and_called_twice():
    _, operations = operations_of(made(nn.Conv2d(3, 3, 1), Residual(), Residual()), ["1", "2"])
    told = [(o.layer, o.kind, o.before) for o in operations if o.block == "2"]
    assert told == [
        ("2.convolution", "Conv2d", "1"), ("2.norm", "BatchNorm2d", "2.convolution"), ("2.rectify:0", "ReLU", "2.norm"),
        ("2.sum:1", "Sum", "2.rectify:0"), ("2.rectify:1", "ReLU", "2.sum:1"), ("2", "output", "2.rectify:1"),
    ]  # fmt: skip


def test_functions_between_modules_and_at_the_end_of_a_block():
    _, operations = operations_of(made(nn.Conv2d(3, 3, 1), Before(), Before()))
    told = [(o.layer, o.kind, o.before) for o in operations if o.block == "2"]
    assert told == [
        ("2.sum", "Conv2d", "1"), ("2.relu", "ReLU", "2.sum"), ("2.second", "Conv2d", "2.relu"), ("2", "Sum", "1"),
    ]  # fmt: skip


@pytest.mark.parametrize("part", [Residual, Before])
def test_the_copy_computes_the_same_and_the_network_stays_as_it_was(part):
    network = made(nn.Conv2d(3, 3, 1), part())
    network.module.train()
    before = {name: type(m) for name, m in network.module.named_modules()}
    opened, _ = operations_of(network)
    assert {name: type(m) for name, m in network.module.named_modules()} == before
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in network.module.modules())
    assert all(m.training for m in network.module.modules())
    assert opened.digest == network.digest
    x = torch.randn(5, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(opened.module.eval()(x.clone()), network.module.eval()(x.clone()))


def test_the_sum_is_the_sum(done):
    """Its scores are those of the sum computed from what is recorded."""
    from repscope import analyze, intrinsic_dimension

    result, folder = done
    run = analyze(
        load_network("repscope:resnet20-digits"), load_data("digits"), ["stage2.1.norm2", "stage2.0"], folder.parent / "run",
        partitions=["validation"], samples=60, k=3, until="recording",
    )  # fmt: skip
    added = sum(run.recording().activations(layer) for layer in ("stage2.0", "stage2.1.norm2"))
    row = next(row for row in result.table("operations").rows if row[0] == "stage2.1.sum")
    assert row[4] == pytest.approx(intrinsic_dimension(neighbor_graph(added, 3)).value)


def test_figures_and_tables(done):
    result, _ = done
    rows = result.table("operations").rows
    scores = {row[0]: row for row in rows}
    assert [row[1] for row in rows].count("Sum") == 2
    for layer, _kind, _block, before, dimension, change, classes, difference in rows:
        if before in scores:
            assert change == pytest.approx(100 * (dimension / scores[before][4] - 1)), layer
            assert difference == pytest.approx(classes - scores[before][6])
    assert scores["stage2.0.shortcut.convolution"][3] == "stage1.2"
    curve = result.figure("intrinsic_dimension").table
    assert curve.layers == ("stage1.2", *scores)
    kinds = {row[0]: row for row in result.table("kinds").rows}
    assert set(kinds) == {"Conv2d", "BatchNorm2d", "ReLU", "Sum"}
    of = [row for row in rows if row[1] == "Sum"]
    mean = np.mean([np.log1p(row[5] / 100) for row in of])
    assert kinds["Sum"][1] == 2
    assert kinds["Sum"][2] == pytest.approx(100 * np.expm1(mean))
    score = next(r.score for r in result.figure("change_of_intrinsic_dimension").table.rows if r.layer == "Sum")
    assert score.value == pytest.approx(mean)
    assert score.interval[0] < mean < score.interval[1]
    assert result.figure("change_of_class_similarity").axis == "kind"


def test_again_computes_nothing(done, monkeypatch):
    _, folder = done
    before = (folder / "result.json").read_bytes()
    monkeypatch.setattr(internals, "analyzed", lambda *_given, **_more: pytest.fail("it is on disk"))
    small().run(folder)
    (folder / "result.json").unlink()
    small().run(folder)
    assert (folder / "result.json").read_bytes() == before


def test_interrupted_it_goes_on_to_the_same_bytes(done, tmp_path, monkeypatch):
    real, built = NeighborGraph.save, []

    def save(graph, path):
        if len(built) == 5:
            built.append("stopped")
            raise KeyboardInterrupt
        built.append(path.name)
        real(graph, path)

    monkeypatch.setattr(NeighborGraph, "save", save)
    with pytest.raises(KeyboardInterrupt):
        small().run(tmp_path / "study")
    small().run(tmp_path / "study")
    assert len(built) == len(set(built)) == 1 + len(done[0].figure("intrinsic_dimension").table.layers)
    assert (tmp_path / "study" / "result.json").read_bytes() == (done[1] / "result.json").read_bytes()


def test_without_labels_there_is_no_class_similarity(tmp_path, monkeypatch):
    plain = load_data("digits")
    bare = DataSet("bare", plain.images, plain.ids, partitions=plain.partitions)
    monkeypatch.setattr(internals.Internals, "opened_data", lambda _study: bare)
    result = small(blocks=("stage3.2",)).run(tmp_path / "study")
    assert [figure.name for figure in result.figures] == ["intrinsic_dimension"]  # kinds need two blocks
    assert {row[6] for row in result.table("operations").rows} == {None}
    assert result.sentences == ()


def test_words():
    kinds = {"Conv2d": [0.1, 0.12, 0.11], "ReLU": [-0.2, 0.1, -0.1]}
    told = _most("NNCS", kinds, relative=False)
    assert "Conv2d (+0.1100 ± 0.0058 over 3 blocks) raises NNCS most" in told
    assert "ReLU (-0.0667 ± 0.0882 over 3 blocks, not clear of 0) lowers it most" in told
    assert "Conv2d (+11.6 ± 0.6 % over 3 blocks) raises ID most" in _most("ID", kinds, relative=True)
    assert _most("ID", {"Sum": [0.0, 0.0]}, relative=True) == "No kind of operation changes ID."
    assert _most("ID", {}, relative=True) == ""


def test_kinds_in_one_block_have_no_mean():
    _, operations = operations_of(made(nn.Conv2d(3, 3, 1), Residual(), Before()))
    kinds = _by_kind(operations, np.ones(len(operations)))
    assert set(kinds) == {"Conv2d", "Sum", "ReLU"}
    assert {len(values) for values in kinds.values()} == {2}


def test_no_such_block(tmp_path):
    with pytest.raises(NotFound, match=r"no layer matches 'stage9'; nearest of 10: 'stage"):
        small(blocks=("stage9",)).run(tmp_path / "study")


def test_a_network_without_blocks():
    with pytest.raises(NotFound, match="the network 'made' has no blocks: none of the layers"):
        operations_of(made(nn.Conv2d(3, 3, 1), nn.ReLU()))


def test_another_study_in_the_folder(done):
    with pytest.raises(Mismatch, match="holds a study"):
        small(seed=1).run(done[1])
