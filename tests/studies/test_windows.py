"""Windows of attention: the one that is there is found; runs that cannot say are refused."""

import numpy as np
import pytest
import torch
from torch import nn

from repscope import analyze
from repscope.core.errors import BadInput
from repscope.data import DataSet
from repscope.measures import class_similarity
from repscope.networks import FitNormalise, Network
from repscope.studies import stage_windows
from repscope.studies._windows import _divides, _stages, _window

SCALES = (1, 2, 4, 8, "global")


def squares(count: int, side: int, size: int = 16, noise: float = 90.0, seed: int = 0) -> DataSet:
    """A class is which of the tiles of so many pixels is brighter; the noise of single pixels hides it from small windows."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 4
    images = random.normal(128, noise, (count, size, size))
    for image, label in zip(images, labels, strict=True):
        top, left = (label // 2) * side, (label % 2) * side
        image[top : top + side, left : left + side] += 40
    images = np.repeat(images.clip(0, 255).astype(np.uint8)[..., None], 3, axis=3)
    ids = tuple(map(str, range(count)))
    return DataSet(f"squares{side}", images, ids, labels, ("a", "b", "c", "d"), {"train": np.arange(count)})


class Seen(nn.Module):
    """Two stages that pass the image on, the second at half its size; names as asked for."""

    def __init__(self, stages: tuple[str, str]) -> None:
        super().__init__()
        for position, name in enumerate(stages):
            setattr(self, name, nn.Sequential(nn.Identity() if position == 0 else nn.AvgPool2d(2)))
        self.names = stages

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for name in self.names:
            x = getattr(self, name)(x)
        return x


def network(stages: tuple[str, str] = ("stage1", "stage2"), size: int = 16) -> Network:
    preprocess = FitNormalise(size, size, (0.5,) * 3, (0.25,) * 3)
    return Network(
        "seen", Seen(stages).eval(), preprocess, (3, size, size), settings={"preprocess": preprocess.describe()}
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    layers = ["stage1.0", "stage2.0"]
    return analyze(
        network(),
        squares(400, 4),
        layers,
        tmp_path_factory.mktemp("run") / "run",
        k=10,
        scales=SCALES,
        pooling="average",
    )


def test_the_window_that_is_there_is_found(run):
    first, second = stage_windows(run)
    assert (first.stage, first.layers, first.sides) == ("stage1", ("stage1.0",), (16, 16))
    assert (second.stage, second.sides) == ("stage2", (8, 8))
    assert first.best == 4
    assert second.best == 2  # the same tiles, at half the size
    assert first.alike == (4,)
    assert first.worst == "global"  # a tile that is brighter somewhere is no class
    assert set(first.at.values()) == {"stage1.0"}


def test_scores_are_those_of_the_graphs(run):
    first = stage_windows(run)[0]
    labels = run.recording("train").labels
    for window, score in first.scores.items():
        graph = run.graph("stage1.0", "train", scale=window, pooling=None if window == 1 else "average")
        assert score.value == class_similarity.class_similarity(graph, labels).value


def test_each_window_has_one_name(run):
    _, second = stage_windows(run)
    assert list(second.scores) == [1, 2, 4, 8]  # 8 is the map of 8 pixels, and so is global


def test_noise_has_no_best_window_to_tell(tmp_path):
    data = squares(400, 4)
    shuffled = np.random.default_rng(1).permutation(data.labels)
    data = DataSet("shuffled", data.images, data.ids, shuffled, data.class_names, data.partitions)
    run = analyze(network(), data, ["stage1.0"], tmp_path / "run", k=10, scales=SCALES, pooling="average")
    (stage,) = stage_windows(run)
    assert stage.alike == tuple(stage.scores)


@pytest.mark.parametrize(
    ("scale", "sides", "divides", "window"),
    [
        (4, (8, 12), True, 4),
        (5, (8, 12), False, 5),
        (8, (8, 12), False, 8),
        (12, (8, 12), True, 12),
        (16, (8, 12), True, "global"),
        ("global", (8, 8), True, 8),
    ],
)
def test_names_of_windows(scale, sides, divides, window):
    assert _divides(scale, sides) is divides
    assert _window(scale, sides, (1, 4, 5, 8, *([12] if scale == 12 else []), "global")) == window


def test_stages_by_name_or_by_size(run):
    from repscope.activations import LayerInfo

    def stages(*names):
        return [stage[:2] for stage in _stages([(LayerInfo(n, ()), (8 // (i + 1),) * 2) for i, n in enumerate(names)])]

    assert stages("layer1.0", "layer1.1", "layer2.0") == [
        ("layer1", ("layer1.0", "layer1.1")),
        ("layer2", ("layer2.0",)),
    ]
    assert stages("stem", "stages.0.blocks.1") == [("stages.0", ("stages.0.blocks.1",))]
    assert stages("first", "second") == [("8 x 8", ("first",)), ("4 x 4", ("second",))]


def test_a_run_of_one_scale(tmp_path):
    run = analyze(network(), squares(40, 4), ["stage1.0"], tmp_path / "run", k=3)
    with pytest.raises(
        BadInput, match="the run 'run' was analysed at one scale, or without average pooling; windows need"
    ):
        stage_windows(run)


def test_a_run_of_maxima(tmp_path):
    run = analyze(network(), squares(40, 4), ["stage1.0"], tmp_path / "run", k=3, scales=SCALES, pooling="max")
    with pytest.raises(BadInput, match="without average pooling"):
        stage_windows(run)


def test_a_run_without_labels(tmp_path):
    data = squares(40, 4)
    bare = DataSet("bare", data.images, data.ids, partitions=data.partitions)
    run = analyze(network(), bare, ["stage1.0"], tmp_path / "run", k=3, scales=SCALES, pooling="average")
    with pytest.raises(
        BadInput, match="the run 'run' has no labels; windows are chosen by the similarity of neighbours' classes"
    ):
        stage_windows(run)


def test_a_run_without_maps(tmp_path):
    run = analyze(network(), squares(40, 4), ["input"], tmp_path / "run", k=3, scales=SCALES, pooling="average")
    with pytest.raises(
        BadInput, match="the run 'run' has no layer with maps of more than one pixel; analyse the blocks too"
    ):
        stage_windows(run)
