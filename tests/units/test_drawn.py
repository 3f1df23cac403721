"""What is drawn of units: grids of pictures, detectors, films."""

import numpy as np
import pytest
import torch
from PIL import Image

from repscope import load_data, load_network
from repscope.core.errors import BadInput
from repscope.core.squares import in_square
from repscope.units import Appearance, Dissection, picture_grid, top_patches, write_animation
from repscope.units._grid import mosaic
from repscope.units.look import asked_for, look

LOOKS = Appearance(torch.zeros(3, 1, 1), torch.ones(3, 1, 1))


def picture(level, height=4, width=4):
    return np.full((height, width, 3), level, np.uint8)


def shown(figure):
    return [axes.images[0].get_array() for axes in figure.axes if axes.images]


def test_a_grid_has_every_picture_in_its_place():
    figure = picture_grid([[picture(1), None, picture(2)], [picture(3)]], list("abc"), ["first", "second"], "title")
    assert [int(image[0, 0, 0]) for image in shown(figure)] == [1, 2, 3]
    assert [axes.get_title() for axes in figure.axes[:3]] == ["a", "b", "c"]
    assert [text.get_text() for axes in figure.axes for text in axes.texts] == ["first", "second"]


@pytest.mark.parametrize("kind", ["png", "svg", "webp"])
def test_a_grid_is_written(tmp_path, kind):
    picture_grid([[picture(7)]]).savefig(tmp_path / f"grid.{kind}")
    assert (tmp_path / f"grid.{kind}").stat().st_size > 100


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (([],), "0 rows without pictures came; expected one picture or more"),
        (([[], []],), "2 rows without pictures came"),
        (
            ([[picture(1)]], ["a", "b"]),
            "0 names and 2 columns came for 1 rows of up to 1 pictures; expected one of each",
        ),
        (([[picture(1)]], (), ["a", "b"]), "2 names and 0 columns came"),
    ],
)
def test_what_makes_no_grid(given, words):
    with pytest.raises(BadInput, match=words):
        picture_grid(*given)


def test_a_mosaic_loses_no_pixel():
    pictures = np.random.default_rng(0).integers(0, 256, (5, 6, 6, 3), np.uint8)
    made = mosaic(pictures, gap=2)
    assert made.shape == (14, 22, 3)
    for number, one in enumerate(pictures):
        top, left = 8 * (number // 3), 8 * (number % 3)
        np.testing.assert_array_equal(made[top : top + 6, left : left + 6], one)


def test_squares_keep_the_shape_of_pictures():
    assert (in_square(picture(9, 2, 8), 16)[6:10] == 9).all()
    assert (in_square(picture(9, 8, 2), 16)[:, :6] == 128).all()
    assert (in_square(picture(9, 0, 3), 5) == 128).all()
    fine = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    np.testing.assert_array_equal(in_square(fine, 16), fine.repeat(2, 0).repeat(2, 1))


def test_patches_and_looks_are_drawn():
    network, data = load_network("repscope:resnet20-digits"), load_data("digits").balanced(20)
    found = top_patches(network, data, "stage1.0", 3)
    assert len(shown(found.plot("stage1.0"))) == 8 * 3
    np.testing.assert_array_equal(shown(found.plot("stage1.0", [5]))[1], found.pictures("stage1.0", 5)[1])
    asked = asked_for(network, data, ["stage1.0"], [1, 2])
    layer = look(network, data, asked, steps=2, methods=["saliency"], checked=0).layers[0]
    figure = layer.plot()
    assert len(shown(figure)) == 2 * 5
    assert [axes.get_title() for axes in figure.axes[:5]] == [
        "patches",
        "optimised",
        "random\nweights",
        "image",
        "saliency",
    ]
    np.testing.assert_array_equal(shown(figure)[1], layer.units[0].optimised.image)


def test_detectors_are_counted_by_concept():
    iou = np.array([[0.3, 0.0, 0.1], [0.5, 0.1, 0.0], [0.0, 0.0, 0.2], [0.01, 0.0, 0.0]])
    found = Dissection(iou, np.zeros(4), 0.005, np.empty((0, 4)), np.empty(0, int), ("red", "dots", "wheel"), ("colour", "texture", "part"))  # fmt: skip
    (axes,) = found.plot().axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["red", "wheel"]
    assert [bar.get_height() for bar in axes.patches] == [2, 1]
    assert axes.get_title() == "3 of 4 units detect 2 concepts"
    shown_kinds = {text.get_text(): patch.get_facecolor() for text, patch in zip(axes.get_legend().get_texts(), axes.get_legend().get_patches(), strict=True)}  # fmt: skip
    assert shown_kinds == {"colour": axes.patches[0].get_facecolor(), "part": axes.patches[1].get_facecolor()}
    assert found.plot(0.9).axes[0].get_title() == "0 of 4 units detect 0 concepts"


def test_frames_become_a_film(tmp_path):
    frames = [torch.full((1, 3, 8, 8), level) for level in (0.0, 0.5, 1.0)]
    with Image.open(write_animation(iter(frames), tmp_path / "dream.gif", LOOKS, seconds=0.2)) as film:
        assert (film.n_frames, film.info["duration"], film.info["loop"]) == (3, 200, 0)
        for number, level in enumerate((0, 128, 255)):
            film.seek(number)
            assert abs(int(np.asarray(film.convert("RGB"))[4, 4, 0]) - level) <= 1
    assert [path.name for path in tmp_path.iterdir()] == ["dream.gif"]


@pytest.mark.parametrize(
    ("frames", "name", "seconds", "words"),
    [
        ([], "a.gif", 0.1, "no frames came"),
        ([torch.zeros(1, 3, 4, 4)], "a.png", 0.1, "expected a name that ends in .gif"),
        ([torch.zeros(1, 3, 4, 4)], "a.gif", 0.0, "a time above zero"),
        ([torch.zeros(2, 3, 4, 4)], "a.gif", 0.1, r"a frame of shape \(2, 3, 4, 4\) came; expected \(1, channels"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_what_makes_no_film(tmp_path, frames, name, seconds, words):
    with pytest.raises(BadInput, match=words):
        write_animation(frames, tmp_path / name, LOOKS, seconds)
    assert not list(tmp_path.iterdir())
