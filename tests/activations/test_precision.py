"""float16: layers far from 1 are scaled by a power of two, exactly; what is lost all the same is counted and said."""

import numpy as np
import pytest
import torch
from torch import nn

from repscope.activations import record
from repscope.activations._layers import LayerInfo
from repscope.activations._precision import count_imprecise, exponent_of
from repscope.studies import analyze
from tests.activations.small import images, network


class Times(nn.Module):
    """Its layer `scaled` is the first one times a factor."""

    def __init__(self, factor: float):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3)
        self.scaled = nn.Identity()
        self.factor = factor

    def forward(self, x):
        return self.scaled(self.conv(x) * self.factor)


class Mixed(nn.Module):
    """Images whose first pixel is dark give activations 2^-30 of those of the others."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3)
        self.rows = nn.Identity()

    def forward(self, x):
        dark = (x[:, 0, 0, 0] < 0.5).to(x.dtype)[:, None]
        return self.rows(self.conv(x).mean((2, 3)) * (1 - dark + dark * 2.0**-30))


@pytest.mark.parametrize("power", [-100, -60, -14, 0, 13, 60, 100])
def test_a_layer_of_any_scale_is_held_as_well_as_one_of_scale_one(power, tmp_path):
    data = images(16)
    plain = record(network(Times(1.0)), data, ["scaled"], tmp_path / "plain", dtype="float16")
    scaled = record(network(Times(2.0**power)), data, ["scaled"], tmp_path / "scaled", dtype="float16")
    a, b = plain.activations("scaled"), scaled.activations("scaled")
    assert scaled.imprecise == {}
    if power in (0, 13, 60, 100):  # as long as nothing was subnormal, to the bit
        np.testing.assert_array_equal(b, a * np.float32(2.0**power))
    np.testing.assert_allclose(b * 2.0**-power, a, rtol=2.0**-10, atol=2.0**-20)
    points = scaled.points("scaled")
    np.testing.assert_array_equal(points.rows(slice(0, 16)).numpy(), b)
    np.testing.assert_array_equal(points.rows(np.array([3, 1])).numpy(), b[[3, 1]])
    np.testing.assert_array_equal(points.columns(2, 9).numpy(), b[:, 2:9])


def test_ordinary_layers_are_stored_as_they_are(tmp_path):
    recording = record(network(Times(1.0)), images(16), ["scaled"], tmp_path, dtype="float16")
    assert recording.manifest["layers"][0].get("exponent") is None


def test_the_exponent_comes_back_with_the_layer():
    layer = LayerInfo("a", (3,), exponent=-40)
    assert LayerInfo.from_dict(layer.as_dict()) == layer
    assert exponent_of(float("inf")) == exponent_of(float("nan")) == 0


def test_rows_that_float16_loses_are_counted_and_said(tmp_path):
    said = []
    data = images(40).partition("all")
    run = analyze(network(Mixed()), data, ["rows"], tmp_path, partitions=["all"], dtype="float16", k=3, warn=said.append,
                  measures=["intrinsic_dimension"])  # fmt: skip
    recording = run.recording("all")
    exact = record(network(Mixed()), data, ["rows"], tmp_path / "exact").activations("rows")
    lost = np.linalg.norm(recording.activations("rows") - exact, axis=1) > 2.0**-9 * np.linalg.norm(exact, axis=1)
    assert recording.imprecise == {"rows": int(lost.sum())}
    assert 0 < lost.sum() < 40
    sentence = f"float16 holds the activations of rows for {lost.sum()} of 40 images with an error beyond 1/512"
    assert any(sentence in line for line in said)
    (score,) = (row.score for row in run.scores("intrinsic_dimension").rows)
    assert any(sentence in note for note in score.notes)


def test_a_limit_on_the_disk_says_it_too(tmp_path):
    run = analyze(network(Mixed()), images(40), ["rows"], tmp_path, partitions=["all"], dtype="float16", k=3, disk="1MiB",
                  measures=["intrinsic_dimension"], warn=lambda _: None)  # fmt: skip
    (score,) = (row.score for row in run.scores("intrinsic_dimension").rows)
    assert any("float16 holds the activations of rows" in note for note in score.notes)


def test_bfloat16_and_float32_have_nothing_to_count(tmp_path):
    for dtype in ("float32", "bfloat16"):
        assert record(network(Mixed()), images(16), ["rows"], tmp_path / dtype, dtype=dtype).imprecise == {}


def test_what_is_not_small_is_not_looked_at_twice():
    values = torch.tensor([[0.2, 1e-9], [0.0, 0.0]])
    assert count_imprecise(values, values.half(), LayerInfo("a", (2,))) == 0
