"""The study of noise: what it adds to images, what it says about curves, what it refuses, and that it goes on where it was."""

import numpy as np
import pytest
import torch

from repscope import DataSet, load_data
from repscope.core.errors import BadInput, Mismatch, NotFound
from repscope.studies import STUDIES, noise
from repscope.studies._noised import noised
from repscope.studies.noise import CLASSES, DIMENSION, _change, _lift, _parting, _shape, _unseen

SMALL = {"levels": (0.0, 0.2, 0.8), "layers": ("input", "stage2.2", "stage3.2", "pool"), "samples": 60, "k": 5}


def small(**settings):
    return STUDIES["noise"].with_settings(SMALL | settings)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("noise") / "study"
    return small().run(folder), folder


def test_curves_and_table(done):
    result, folder = done
    figure = result.figure("intrinsic_dimension")
    assert figure.table.partitions == ("train, clean", "noise 0", "noise 0.2", "noise 0.8")
    assert figure.table.layers == SMALL["layers"]
    values = {p: [s.value for s in figure.table.curve(p)] for p in figure.table.partitions}
    assert all(noisy > clean for noisy, clean in zip(values["noise 0.2"], values["noise 0"], strict=True))
    rows = result.table("noise").rows
    clean = np.array(values["noise 0"])
    for row, level in zip(rows, ("0", "0.2", "0.8"), strict=True):
        here = np.array(values[f"noise {level}"])
        assert row[1] == pytest.approx(np.corrcoef(clean, here)[0, 1])
        assert row[2] == pytest.approx(np.mean(here / clean - 1))
        ends = [figure.table.select(partition=p).curve() for p in ("train, clean", f"noise {level}")]
        apart = [a.interval[1] < b.interval[0] or b.interval[1] < a.interval[0] for a, b in zip(*ends, strict=True)]
        assert row[4] == sum(apart)
        assert row[5] == sum(apart) / 4
    assert result.figure("class_similarity").table.partitions == figure.table.partitions
    assert (folder / "figures" / "intrinsic_dimension.svg").exists()
    assert "lifts ID by" in str(result)


def test_again_computes_nothing(done, monkeypatch):
    _, folder = done
    before = (folder / "result.json").read_bytes()
    monkeypatch.setattr(noise, "analyzed", lambda *_args, **_more: pytest.fail("it is on disk"))
    small().run(folder)
    (folder / "result.json").unlink()
    small().run(folder)
    assert (folder / "result.json").read_bytes() == before


def test_interrupted_it_goes_on_to_the_same_bytes(done, tmp_path, monkeypatch):
    real, seen = noise.analyzed, []

    def stops(space, name, *given, **more):
        if name == "noise-0.2" and name not in seen:
            seen.append(name)
            raise KeyboardInterrupt
        seen.append(name)
        return real(space, name, *given, **more)

    monkeypatch.setattr(noise, "analyzed", stops)
    with pytest.raises(KeyboardInterrupt):
        small().run(tmp_path / "study")
    small().run(tmp_path / "study")
    assert seen == ["clean", "noise-0.0", "noise-0.2", "noise-0.2", "noise-0.8"]
    assert (tmp_path / "study" / "result.json").read_bytes() == (done[1] / "result.json").read_bytes()


def test_without_labels_there_is_no_class_similarity(tmp_path, monkeypatch):
    plain = load_data("digits")
    bare = DataSet("bare", plain.images, plain.ids, partitions=plain.partitions)
    monkeypatch.setattr(noise.Noise, "opened_data", lambda _study: bare)
    result = small(levels=(0.0, 0.2)).run(tmp_path / "study")
    assert [figure.name for figure in result.figures] == ["intrinsic_dimension"]
    assert [row[3] for row in result.table("noise").rows] == [None, None]


def test_noise_is_of_its_size_and_within_the_range():
    images = np.full((30, 16, 16, 3), 128, np.uint8)
    data = DataSet("grey", images, tuple(map(str, range(30))))
    values = np.stack([image.numpy() for image in noised(data, 0.1, 0)]).astype(float) - 128
    assert values.std() == pytest.approx(25.5, rel=0.02)
    assert abs(values.mean()) < 0.5
    strong = np.stack([image.numpy() for image in noised(data, 2.0, 0)])
    assert (strong.min(), strong.max()) == (0, 255)


def test_noise_depends_on_seed_and_id_alone():
    data = load_data("digits").partition("validation")
    noisy = noised(data, 0.1, 3)
    assert torch.equal(noised(data.subset([7, 2]), 0.1, 3).image(0), noisy.image(7))
    assert torch.equal(noisy.subset([7, 2]).batch([1, 0])[1], noisy.image(7))
    assert not torch.equal(noised(data, 0.1, 4).image(7), noisy.image(7))
    assert noisy.describe()["digest"] == data.describe()["digest"]
    assert noisy.describe()["contents"] != data.describe()["contents"]
    assert noisy.describe()["settings"] == {**data.settings, "noise": 0.1, "noise_seed": 3}


def test_images_between_0_and_1_stay_there():
    data = DataSet("float", [torch.full((3, 4, 4), 0.5)] * 2, ("a", "b"))
    image = noised(data, 1.0, 0).image(1)
    assert image.dtype == torch.float32
    assert 0 <= image.min() < 0.2
    assert 0.8 < image.max() <= 1


def curve(*values, width=0.1):
    return {DIMENSION: [{"value": v, "interval": [v - width, v + width]} for v in values]}


def test_words_where_the_shape_is_lost_and_curves_part():
    clean = curve(5.0, 9.0, 4.0)
    changes = [_change(clean, noisy, clean) for noisy in (clean, curve(6.0, 10.0, 5.0), curve(20.0, 12.0, 19.0))]
    levels, layers = (0.0, 0.1, 0.3), ("a", "b", "c")
    assert "Noise of 0.3 takes the shape of the ID curve away" in _shape(levels, changes)
    assert "its correlation with the clean curve is -0.95 there, 1 at 0.1" in _shape(levels, changes)
    assert "lifts ID by 236 % in the mean over the layers, most at c, by +375 %" in _lift(layers, levels, changes)
    told = _parting("validation", "train", layers, levels, changes)
    assert "From noise of 0.1 on" in told
    assert "do not meet at 3 of 3 layers there; without noise the intervals do not meet at 0 of 3" in told
    assert "apart already before there is noise" in _parting("v", "t", layers, levels, changes[1:])
    assert "do not part for good" in _parting("v", "t", layers, levels, changes[:1])
    assert "keeps its shape at every level" in _shape(levels[:2], changes[:2])


def test_a_change_that_rounds_to_zero_has_no_sign():
    clean = both((5.0, 4.0, 5.2), (0.98, 0.98, 0.98))
    changes = [_change(clean, noisy, clean) for noisy in (clean, both((6.0, 4.0, 5.2), (0.97, 0.98, 0.98)))]
    assert "; NNCS changes by 0.00 in the mean at noise 0.1." in _lift("abc", (0.0, 0.1), changes)


def both(dimension, classes, width=0.05):
    nncs = [{"value": v, "interval": [v - width, v + width]} for v in classes]
    return {**curve(*dimension, width=0.3), CLASSES: nncs}


UNSEEN = (
    "ID does not warn everywhere: at c noise of 0.8 takes NNCS from 0.98 to 0.13, while ID is 5.1 beside 5.2 of clean train, and "
    "the intervals meet."
)


@pytest.mark.parametrize(
    ("noisy", "text"),
    [
        (both((9.0, 9.0, 5.1), (0.98, 0.2, 0.13)), UNSEEN),
        (both((9.0, 4.1, 5.1), (0.98, 0.2, 0.13)), UNSEEN),  # two layers: the one that falls most
        (both((9.0, 9.0, 8.1), (0.98, 0.2, 0.13)), ""),  # ID warns
        (both((5.0, 4.0, 5.1), (0.98, 0.95, 0.89)), ""),  # a small fall
        (both((5.0, 4.0, 5.1), (0.8, 0.8, 0.7), width=0.3), ""),  # a fall within the intervals
        (both((5.0, 4.0, 5.1), (1.0, 1.0, 1.0)), ""),
        (both((5.0, 4.0, float("nan")), (0.98, 0.95, 0.13)), ""),  # nobody knows what ID does
    ],
)
def test_words_where_classes_are_lost_unseen(noisy, text):
    clean = both((5.0, 4.0, 5.2), (0.98, 0.98, 0.98))
    assert _unseen("train", "abc", {0.0: clean, 0.8: noisy}, clean) == text


def test_without_labels_nothing_is_lost_unseen():
    plain = curve(5.0, 4.0, 5.2)
    assert _unseen("train", "abc", {0.0: plain, 0.8: plain}, plain) == ""


def test_a_layer_without_a_value_is_left_out():
    odd = curve(5.0, 9.0, 4.0, 3.0)
    odd[DIMENSION][3] = {"value": None, "interval": [None, None]}
    change = _change(curve(5.0, 9.0, 4.0, 3.0), odd, odd)
    assert change.correlation == pytest.approx(1)
    assert change.lift == 0
    assert change.apart.tolist() == [False] * 4


@pytest.mark.parametrize("levels", [(0.0,), (0.1, 0.2), (0.0, 0.2, 0.1), (0.0, 0.1, 0.1), (0.0, float("nan")), ()])
def test_levels_that_are_no_series(levels, tmp_path):
    with pytest.raises(BadInput, match=r"levels = .*; expected 0 and then one or more that rise"):
        small(levels=levels).run(tmp_path / "study")
    assert not (tmp_path / "study" / "study.json").exists()


def test_a_part_beside_itself(tmp_path):
    with pytest.raises(BadInput, match="partition and clean are both 'train'; expected two different parts"):
        small(partition="train").run(tmp_path / "study")


def test_a_part_that_is_not_there(tmp_path):
    with pytest.raises(NotFound, match="no partition 'test'; known: 'train', 'validation', 'all'"):
        small(clean="test").run(tmp_path / "study")


def test_too_few_layers(tmp_path):
    with pytest.raises(
        BadInput, match="the pattern chooses 2 layers; expected three or more, for a curve with a shape"
    ):
        small(layers=("input", "pool")).run(tmp_path / "study")


def test_another_study_in_the_folder(done):
    with pytest.raises(Mismatch, match="holds a study"):
        small(seed=1).run(done[1])
