"""Concept data: the embedded scenes, small files of Broden's exact format, a folder of masks, a function."""

import csv

import numpy as np
import pytest
from PIL import Image

from repscope import load_data
from repscope.core.errors import BadInput, Damaged
from repscope.data import DataSet
from repscope.data.concepts import CONCEPT_SOURCES, ConceptData, load_concepts


def test_scenes_are_functions_of_the_seed():
    data = load_data("scenes", per_class=3)
    again = load_data("scenes", per_class=5)
    for row in (0, 7, 23):
        np.testing.assert_array_equal(data.image(row).numpy(), again.image(row).numpy())
    assert not np.array_equal(data.image(0).numpy(), load_data("scenes", per_class=3, seed=1).image(0).numpy())
    assert data.ids[9] == "s-000001-tree"
    assert {name: len(rows) for name, rows in load_data("scenes", per_class=4).partitions.items()} == {
        "train": 24,
        "validation": 8,
    }
    assert load_data("scenes", per_class=1, size=48).image(0).shape == (3, 48, 48)


def test_masks_of_scenes_say_what_the_pixels_are():
    found = load_concepts("scenes", per_class=6, noise=0.0)
    masks = found.batch(range(48))
    index = {name: number for number, name in enumerate(found.names)}
    for row, label in enumerate(found.images.labels):
        own = masks[row, index[found.images.class_names[label]]]
        assert own.any()
        others = [name for name in found.images.class_names if name != found.images.class_names[label]]
        assert not masks[row, [index[name] for name in others]].any()
    colours = masks[:, [number for number, kind in enumerate(found.categories) if kind == "colour"]]
    assert (colours.sum(1) == 1).all()  # every pixel has one
    roofs, houses = masks[:, index["roof"]], masks[:, index["house"]]
    assert not (roofs & ~houses).any()
    pixels = np.stack([found.images.image(row).numpy() for row in range(48)])
    red, blue = masks[:, index["red"]], masks[:, index["blue"]]
    assert pixels[:, 0][red].mean() > pixels[:, 2][red].mean() + 50
    assert pixels[:, 2][blue].mean() > pixels[:, 0][blue].mean() + 30


@pytest.fixture
def broden(tmp_path):
    """Three images as Broden packs them: numbers as red + 256 green, whole images by a number, several files in a cell."""
    (tmp_path / "images" / "a").mkdir(parents=True)
    numbers = {"one": np.zeros((4, 6), int), "two": np.zeros((4, 6), int)}
    numbers["one"][:2] = 3
    numbers["two"][1:, :2] = 300  # above 255
    for name, levels in numbers.items():
        pixels = np.stack([levels % 256, levels // 256, 0 * levels], -1).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / "images" / "a" / f"{name}.png")
    for number in range(3):
        Image.fromarray(np.full((8, 12, 3), 40 * number, np.uint8)).save(tmp_path / "images" / "a" / f"{number}.jpg")
    rows = [
        ("a/0.jpg", "train", "a/one.png", "a/one.png;a/two.png", "", "", "7", ""),
        ("a/1.jpg", "train", "", "a/two.png", "", "", "", "9;7"),
        ("a/2.jpg", "val", "", "", "", "", "", ""),
    ]
    with (tmp_path / "index.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["image", "split", "ih", "iw", "sh", "sw", "color", "object", "part", "material", "scene", "texture"]
        )
        writer.writerows((image, split, 8, 12, 4, 6, *cells) for image, split, *cells in rows)
    labels = [
        (0, "-", "", 0), (3, "sky-c", "color(10);object(5)", 2), (7, "street", "scene(4)", 2), (9, "dotted", "texture(2)", 1), (300, "wheel", "object(3)", 2),
    ]  # fmt: skip
    with (tmp_path / "label.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "name", "category", "frequency", "coverage", "syns"])
        writer.writerows((number, name, category, frequency, 0.1, "") for number, name, category, frequency in labels)
    return tmp_path


def test_broden(broden):
    found = load_concepts(f"broden:{broden}")
    assert found.names == ("sky-c", "street", "dotted", "wheel")
    assert found.categories == ("color", "scene", "texture", "object")
    masks = found.batch([0, 1, 2])
    assert masks.shape == (3, 4, 4, 6)
    assert masks.sum((2, 3)).tolist() == [[12, 24, 0, 6], [0, 24, 24, 6], [0, 0, 0, 0]]
    assert masks[0, 3, 1:, :2].all()
    assert found.images.image(1).shape == (3, 8, 12)
    assert load_concepts(f"broden:{broden}", split="val").images.ids == ("a/2.jpg",)
    assert load_concepts(f"broden:{broden}", categories=["texture", "scene"]).names == ("street", "dotted")
    assert load_concepts(f"broden:{broden}", least=2).names == ("sky-c", "street", "wheel")


def test_broken_broden(broden, tmp_path):
    with pytest.raises(BadInput, match=r"has no index.csv; expected the folder of an unpacked archive of Broden"):
        load_concepts(f"broden:{tmp_path / 'images'}")
    with pytest.raises(BadInput, match="Broden has no category colour; it has color, object"):
        load_concepts(f"broden:{broden}", categories=["colour"])
    with pytest.raises(BadInput, match="has no images of the split 'test'; expected 'train' or 'val'"):
        load_concepts(f"broden:{broden}", split="test")
    with pytest.raises(BadInput, match="no concept of texture is in 5 images or more"):
        load_concepts(f"broden:{broden}", categories=["texture"], least=5)
    Image.fromarray(np.zeros((3, 3, 3), np.uint8)).save(broden / "images" / "a" / "two.png")
    with pytest.raises(Damaged, match=r"two.png have \(3, 3\) pixels; expected \(4, 6\) as the index says"):
        load_concepts(f"broden:{broden}").batch([0])
    (broden / "images" / "a" / "one.png").write_bytes(b"no picture")
    with pytest.raises(Damaged, match=r"one.png cannot be read .*; unpack the archive again"):
        load_concepts(f"broden:{broden}").batch([0])
    text = (broden / "index.csv").read_text()
    (broden / "index.csv").write_text(text.replace("a/2.jpg,val,8,12,4,6", "a/2.jpg,val,8,12,5,5"))
    with pytest.raises(Damaged, match="are of several sizes"):
        load_concepts(f"broden:{broden}")
    (broden / "index.csv").write_text(text.replace("split", "part"))
    with pytest.raises(Damaged, match=r"index.csv has no column split; it is not of Broden, or was changed"):
        load_concepts(f"broden:{broden}")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    for number in range(3):
        Image.fromarray(np.full((10, 8, 3), 9, np.uint8)).save(tmp_path / "images" / f"{number}.jpg")
        levels = np.zeros((10, 8), np.uint8)
        levels[:5] = number
        Image.fromarray(levels).save(tmp_path / "masks" / f"{number}.png")
    (tmp_path / "concepts.txt").write_text("leaf\tpart\nbark\n")
    return tmp_path


def test_folder_of_masks(folder):
    found = load_concepts(f"masks:{folder}", size=(20, 16))
    assert (found.names, found.categories) == (("leaf", "bark"), ("part", "concept"))
    masks = found.batch([0, 1, 2])
    assert masks.shape == (3, 2, 20, 16)
    assert masks.sum((2, 3)).tolist() == [[0, 0], [160, 0], [0, 160]]
    assert found.images.ids == ("0", "1", "2")


def test_broken_folders(folder):
    Image.fromarray(np.full((10, 8), 3, np.uint8)).save(folder / "masks" / "1.png")
    with pytest.raises(BadInput, match=r"1.png have the number 3; there are 2 concepts in concepts.txt"):
        load_concepts(f"masks:{folder}").batch([1])
    Image.fromarray(np.zeros((10, 8, 3), np.uint8)).save(folder / "masks" / "2.png")
    with pytest.raises(BadInput, match=r"2.png are of mode RGB; expected one number for each pixel"):
        load_concepts(f"masks:{folder}").batch([2])
    (folder / "masks" / "0.png").write_bytes(b"no")
    with pytest.raises(Damaged, match=r"0.png cannot be read"):
        load_concepts(f"masks:{folder}").batch([0])
    with pytest.raises(BadInput, match=r"size = \[0, 4\]; expected the height and width of the masks"):
        load_concepts(f"masks:{folder}", size=[0, 4])
    (folder / "masks" / "0.png").unlink()
    with pytest.raises(
        BadInput, match=r"3 images and 2 masks, \['0'\] without the other; expected one mask for each image"
    ):
        load_concepts(f"masks:{folder}")
    (folder / "concepts.txt").unlink()
    with pytest.raises(BadInput, match=r"has no concepts.txt; expected images/, masks/ and concepts.txt"):
        load_concepts(f"masks:{folder}")


def given(**changes: object) -> ConceptData:
    data = DataSet("two", np.zeros((2, 4, 4, 3), np.uint8), ("a", "b"))
    settings = {
        "names": ("x",),
        "categories": ("c",),
        "masks": lambda rows: np.zeros((len(rows), 1, 4, 4), bool),
        **changes,
    }
    return ConceptData(data, **settings)  # type: ignore[arg-type]


def test_refusals():
    with pytest.raises(
        BadInput, match="1 names and 2 categories of concepts came; expected one or more, as many of both"
    ):
        given(categories=("c", "d"))
    with pytest.raises(BadInput, match=r"the concepts \['x'\] stand twice in one category"):
        given(names=("x", "x"), categories=("c", "c"))
    with pytest.raises(
        BadInput, match=r"the masks of 'two' are float64 of shape \(1, 1, 4, 4\); expected bool \(1, 1, height, width\)"
    ):
        given(masks=lambda rows: np.zeros((1, 1, 4, 4))).batch([0])
    with pytest.raises(
        BadInput, match="there are no concept data 'brodn:x'; known: 'broden', 'masks', 'scenes', or PACKAGE"
    ):
        load_concepts("brodn:x")
    with pytest.raises(BadInput, match="were given a setting that they do not have"):
        load_concepts("masks:x", sides=3)
    with pytest.raises(BadInput, match=r"os.path:basename returned a str; expected a ConceptData"):
        load_concepts("os.path:basename", p="x")
    assert set(CONCEPT_SOURCES) == {"scenes", "broden", "masks"}
