"""Advice: windows, proposals, costs, and the settings of the network that is advised."""

import pytest

from repscope import advise, analyze, load_data, load_network
from repscope.core.errors import BadInput
from repscope.networks import load_network as load
from repscope.report.advice._building import base_settings, with_attention
from repscope.report.advice._proposals import augmentations, removals
from repscope.report.findings import Finding
from repscope.studies import published, stage_windows


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    network, data = load_network("repscope:resnet20-digits"), load_data("digits")
    folder = tmp_path_factory.mktemp("run") / "digits"
    layers = ["stage1.2", "stage2.2", "stage3.2"]
    return advise(analyze(network, data, layers, folder, samples=150, scales=(1, 2, 4, 8, "global"), pooling="average"))


def finding(kind: str, *layers: str) -> Finding:
    return Finding(kind, kind, f"what was found of {kind}.", layers, "validation", {}, "")


def test_windows_are_those_of_the_stages(found):
    assert found.windows == {stage.stage: stage.best for stage in stage_windows(found.run)}
    assert found.uniform == 8
    assert len(found.why) == 3
    assert all(
        f"over windows of {window} (NNCS " in why for window, why in zip(found.windows.values(), found.why, strict=True)
    )


def test_what_is_advised_can_be_built(found):
    told = found.settings()
    network = load(told["network"], weights="random", **told["network_set"])
    windows = [getattr(network.module, stage)[0].attention.window for stage in found.windows]
    sides = [stage.sides[0] for stage in found.stages]
    assert windows == [0 if window == "global" else window for window in found.windows.values()]
    assert max(windows) <= max(sides)
    uniform = found.settings("uniform")["network_set"]["window"]
    assert uniform == [8, 8, 8]


def test_costs_are_those_of_the_networks(found):
    told = found.settings()
    assert (
        found.costs["advised windows"].parameters
        == load(told["network"], weights="random", **told["network_set"]).parameters
    )
    assert found.costs["as it is"].parameters == 272_474
    assert found.costs["squeeze-and-excitation"].parameters == 305_402


def test_every_proposal_has_a_reason_and_a_test(found):
    assert found.proposals[0].kind == "window"
    for proposal in found.proposals:
        assert proposal.sentence
        assert proposal.why
        assert proposal.test.startswith("repscope train repscope:resnet20 DATA ")


def test_the_frame_is_the_curves(found):
    frame = found.frame()
    assert list(frame["stage"].unique()) == ["stage1", "stage2", "stage3"]
    assert frame["best"].sum() == 3
    assert (frame["low"] <= frame["class_similarity"]).all()


def test_a_strategy_that_is_not_there(found):
    with pytest.raises(BadInput, match="there is no strategy 'greedy'; known: 'class_similarity', 'uniform'"):
        found.settings("greedy")


def test_layers_that_add_little_are_proposed_to_go():
    told = [finding("redundant_layers", "stage1.0", "stage1.1", "stage2.0", "stage2.1", "stage2.2")]
    first, second = removals(told, "repscope:resnet20", {"classes": 7}, (3, 3, 3))
    assert first.sentence == "a network with [2, 3, 3] blocks in its stages, without stage1.1"
    assert second.sentence == "a network with [3, 1, 3] blocks in its stages, without stage2.1 and stage2.2"
    assert first.why == told[0].sentence
    assert '--network-set "classes=7" --network-set "blocks=[2, 3, 3]"' in first.test


def test_a_layer_alone_is_not_proposed_to_go():
    assert not removals(
        [finding("redundant_layers", "neck", "stage1.0"), finding("hunchback", "stage1.1")], "x", {}, (3,)
    )


def test_augmentations_come_by_what_they_gave():
    told = augmentations([finding("overfitting", "stage3.0")], "repscope:resnet20", {})
    rows = {row["augmentation"]: float(row["mean_accuracy"]) for row in published("augmentation_ablation_cifar10")}
    words = [proposal.test.rpartition(" ")[2] for proposal in told]
    assert words == ["translate", "rotation", "flip", "jitter", "grayscale", "blur"]
    assert f"{rows['translate'] - rows['none']:+.1f} points alone on CIFAR10" in told[0].sentence
    assert "mirrored images change their class" in told[2].sentence


def test_without_overfitting_no_augmentation():
    assert augmentations([finding("drift", "input")], "repscope:resnet20", {}) == []


def test_attention_that_was_there_is_replaced():
    network = load_network("repscope:resnet20", attention="bam", dilation=2, stages=[1], width_factor=2)
    address, settings = base_settings(network.describe())
    assert with_attention(address, settings, {"stage1": 8, "stage2": 4, "stage3": 2}) == {
        "width_factor": 2, "attention": "stac", "placement": "standard", "window": [8, 4, 2],
    }  # fmt: skip
    assert address == "repscope:resnet20"


def test_networks_of_others_get_windows_without_commands():
    with pytest.raises(
        BadInput, match="attention can be built into repscope's residual networks, and 'timm:resnet18' is none of these"
    ):
        base_settings({"name": "timm:resnet18", "settings": {}})


def test_layers_that_are_no_stages_cannot_be_built():
    with pytest.raises(
        BadInput, match=r"windows of 32 x 32 are no windows of stages; analyse the blocks: -l 'stage\?.\?'"
    ):
        with_attention("repscope:resnet20", {}, {"32 x 32": 4})


def test_windows_of_some_stages(tmp_path):
    network, data = load_network("repscope:resnet20-digits"), load_data("digits")
    some = analyze(network, data, ["stage3.2"], tmp_path / "run", samples=60, scales=(1, 2, 4), pooling="average")
    told = advise(some).settings()["network_set"]
    assert told["stages"] == [3]
    assert len(told["window"]) == 1
