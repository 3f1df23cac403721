"""Rendered characters: one image per seed and name, merged outlines, partitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repscope.core.errors import BadInput
from repscope.data import load_data
from repscope.data._glyph_faces import bitmap, distance_field, face_files, first_characters, known_characters, merged
from repscope.data._glyph_scene import Scene
from repscope.data.glyphs import CONFUSABLE, GlyphImages

N = 90
FIRST = GlyphImages(("R", "B", "8"), N // 3, 5, Scene()).batch(np.arange(N))


def test_the_default_is_the_trial_of_ten_confusable_characters():
    data = load_data("glyphs")
    assert data.class_names == tuple(CONFUSABLE)
    assert {k: len(v) for k, v in data.partitions.items()} == {"train": 15_000, "validation": 5_000}
    assert (np.bincount(data.partition("validation").labels) == 500).all()
    assert data.ids[1234] == "g-000123-R"
    assert data.class_names[data.labels[1234]] == "R"
    assert len(face_files()) == 16


@given(st.lists(st.integers(0, N - 1), min_size=1, max_size=12))
@settings(max_examples=25)
def test_an_image_is_the_same_whatever_is_made_with_it(rows):
    images = GlyphImages(("R", "B", "8"), N // 3, 5, Scene())
    assert (images.batch(np.array(rows)) == FIRST[rows]).all()


def test_an_image_depends_on_its_own_name_only():
    one = load_data("glyphs", classes="RB8", per_class=30, seed=5)
    other = load_data("glyphs", classes="XYZ8R", per_class=100, seed=5)
    for i in (0, 2, 45, 89):
        if one.ids[i] in other.ids:
            assert (other.images[other.ids.index(one.ids[i])] == FIRST[i]).all()
        assert (one.images[i] == FIRST[i]).all()
    assert (one.images[-1] == FIRST[-1]).all()
    assert not (load_data("glyphs", classes="RB8", per_class=30, seed=6).images[0] == FIRST[0]).all()


def test_a_subset_is_made_without_the_rest():
    data = load_data("glyphs")
    few = data.partition("validation").balanced(20)
    for i in range(20):
        few.image(i)
    assert data.images._made.sum() <= 20 * 32


def test_images_that_are_kept_cannot_be_written_to():
    images = GlyphImages(("A", "B"), 2, 0, Scene())
    with pytest.raises(ValueError, match="read-only"):
        images[0][:] = 0


def test_all_images_differ():
    assert len(np.unique(FIRST.reshape(N, -1), axis=0)) == N


def test_characters_with_the_same_outline_are_one_class():
    latin, greek, cyrillic = "A", "Α", "А"
    assert len({latin, greek, cyrillic}) == 3
    assert merged([greek, latin, cyrillic, "B"]) == (greek, "B")
    assert load_data("glyphs", classes=latin + greek + "BB" + cyrillic, per_class=1).class_names == ("A", "B")
    characters = first_characters(150)
    outlines = [bitmap(face, c).tobytes() for face in range(16) for c in characters]
    assert len(set(outlines)) == len(outlines)


def test_three_alphabets_have_nothing_in_common():
    parts = [
        load_data("glyphs", alphabet=name, per_class=1, validation=0).class_names
        for name in ("first", "second", "open")
    ]
    assert sum(map(len, parts)) == len(set().union(*parts)) > 400
    assert parts[0] == load_data("glyphs", alphabet="first", per_class=2, seed=4).class_names


def test_as_many_classes_as_asked_for():
    assert first_characters(12) == tuple("0123456789AB")
    data = load_data("glyphs", classes=200, per_class=1, validation=0)
    assert len(set(data.class_names)) == 200
    assert data.partitions.keys() == {"train"}
    assert set(first_characters(60)) <= set(data.class_names) <= known_characters()


def test_open_sets_share_no_character():
    data = load_data("glyphs", classes=40, per_class=3, split="character", validation=0.25)
    train, validation = (set(data.partition(p).labels.tolist()) for p in ("train", "validation"))
    assert (len(train), len(validation)) == (30, 10)
    assert train.isdisjoint(validation)
    assert len(data.partition("validation")) == 30
    other = load_data("glyphs", classes=40, per_class=3, split="character", validation=0.25, seed=1)
    assert set(other.partition("validation").labels.tolist()) != validation


def test_plain_scenes_are_even_and_alike():
    plain = Scene(rotation=0, shear=0, shift=0, scale=0, stroke=0, noise=0, colour=False, texture=False)
    images = GlyphImages(("I", "O"), 20, 0, plain).batch(np.arange(40)).astype(float)
    assert (images[..., 0] == images[..., 2]).all()
    middle, corner = images[:, 14:18, 14:18, 0].mean(axis=(1, 2)), images[:, 0, 0, 0]
    contrast = np.abs(middle - corner).reshape(20, 2)
    assert contrast[:, 0].min() > 10  # the stem of an I passes through the middle
    assert contrast[:, 0].mean() > 2 * contrast[:, 1].mean()  # that of an O does not


def test_settings_change_what_they_are_called_after():
    base = {"rotation": 0, "shear": 0, "shift": 0, "scale": 0, "stroke": 0, "noise": 0, "texture": False}
    plain = GlyphImages(("M", "K"), 8, 0, Scene(**base)).batch(np.arange(16))
    for change in ("rotation", "shear", "shift", "scale", "stroke", "noise"):
        scene = Scene(**{**base, change: {"rotation": 30, "stroke": 0.02}.get(change, 0.2)})
        assert not (GlyphImages(("M", "K"), 8, 0, scene).batch(np.arange(16)) == plain).all()
    grey = GlyphImages(("M", "K"), 8, 0, Scene(**base, colour=False)).batch(np.arange(16))
    assert (grey[..., 0] == grey[..., 1]).all()
    assert not (plain[..., 0] == plain[..., 1]).all()
    assert GlyphImages(("M", "K"), 1, 0, Scene(size=64))[0].shape == (64, 64, 3)


def test_distances_are_positive_inside_the_ink():
    for face in (0, 15):
        ink, field = bitmap(face, "H") >= 128, distance_field(face, "H")
        halves = ink.reshape(64, 2, 64, 2).mean(axis=(1, 3))
        assert (field[halves == 1] > 0).all()
        assert (field[halves == 0] < 0).all()
        assert field[0].max() < -0.1


def test_letters_can_be_told_apart_by_simple_means():
    """Plain scenes are learnt from few images, so labels belong to images."""
    from sklearn.neighbors import KNeighborsClassifier

    data = load_data("glyphs", classes="XOIL", per_class=60, rotation=5, shift=0.02, texture=False, noise=0.02)
    images = data.images.batch(np.arange(240)).mean(axis=3).reshape(240, -1)
    ink = np.abs(images - images[:, :1])
    ink /= np.linalg.norm(ink, axis=1, keepdims=True)
    train, validation = data.partitions["train"], data.partitions["validation"]
    classifier = KNeighborsClassifier(1).fit(ink[train], data.labels[train])
    assert classifier.score(ink[validation], data.labels[validation]) > 0.8


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"difficulty": 3},
            "glyphs have no setting difficulty; there are classes, alphabet, per_class, .*noise, colour, texture",
        ),
        ({"classes": ["A", "BC"]}, "the classes of glyphs are single characters, and 'BC' came"),
        ({"classes": "AΑ"}, "the classes 'AΑ', which are 1 different outlines; expected at least two"),
        ({"classes": "A字"}, "the character '字' is not in all of the 16 faces, or has no ink; choose among"),
        ({"classes": "A "}, "the character ' ' is not in all"),
        ({"alphabet": "third"}, r"alphabet.*'third'.*first.*second.*open"),
        (
            {"alphabet": "open", "classes": "AB"},
            r"with the classes 'AB' and the alphabet 'open'; expected one of the two",
        ),
        ({"classes": 1}, r"glyphs can have 2 to \d+ classes by number, and 1 were asked for"),
        ({"classes": 5000}, r"glyphs can have 2 to \d\d\d classes by number, and 5000 were asked for"),
        ({"per_class": 0}, "the setting per_class is 0; expected a whole number from 1 to 1,000,000"),
        ({"validation": 1.5}, "the setting validation is 1.5; expected a number from 0 to 1"),
        ({"seed": -1}, "the setting seed is -1"),
        ({"split": "face"}, "the setting split is 'face'"),
        ({"size": 4}, "the setting size is 4; expected a whole number from 8 to 256"),
        ({"noise": 2}, "the setting noise is 2; expected a number from 0 to 1"),
        ({"texture": "no"}, "the setting texture is 'no'; expected true or false"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_settings_out_of_range_are_refused(wrong, message):
    with pytest.raises(BadInput, match=message):
        load_data("glyphs", **wrong)
