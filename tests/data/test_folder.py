"""A folder of images: classes, partitions, names, and what is broken."""

import os

import numpy as np
import pytest
from PIL import Image

from repscope.core.errors import BadInput, Damaged, NotFound
from repscope.data import load_data


def fill(folder, *names, size=(6, 4)):
    for i, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, (i, 0, 0)).save(path)
    return f"folder:{folder}"


def test_a_folder_per_class(tmp_path):
    address = fill(tmp_path, "dog/b.png", "cat/2.png", "cat/10.png", "dog/deep/er/a.BMP", "cat/x.jpg")
    (tmp_path / "cat" / "notes.txt").write_text("no picture")
    (tmp_path / "cat" / ".hidden.png").write_text("no picture")
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "1.png").write_text("no picture")
    (tmp_path / "empty").mkdir()
    data = load_data(address)
    assert data.ids == ("cat/10.png", "cat/2.png", "cat/x.jpg", "dog/b.png", "dog/deep/er/a.BMP")
    assert data.labels.tolist() == [0, 0, 0, 1, 1]
    assert data.class_names == ("cat", "dog")
    assert not data.partitions
    assert data.image(4).shape == (3, 4, 6)
    assert data.image(4)[0, 0, 0] == 3


def test_flat_and_unlabelled(tmp_path):
    data = load_data(fill(tmp_path, "b.png", "a.png"))
    assert data.ids == ("a.png", "b.png")
    assert data.labels is None
    assert data.class_names == ()


def test_a_single_class_is_a_data_set(tmp_path):
    assert load_data(fill(tmp_path, "cat/1.png", "cat/2.png")).class_names == ("cat",)


def test_partitions(tmp_path):
    address = fill(tmp_path, "train/cat/1.png", "train/dog/1.png", "val/dog/1.png", "test/cow/1.png")
    data = load_data(address)
    assert data.class_names == ("cat", "cow", "dog")
    assert {name: data.partition(name).ids for name in data.partitions} == {
        "train": ("train/cat/1.png", "train/dog/1.png"),
        "validation": ("val/dog/1.png",),
        "test": ("test/cow/1.png",),
    }
    assert data.partition("test").labels.tolist() == [1]


def test_partitions_without_classes(tmp_path):
    data = load_data(fill(tmp_path, "train/1.png", "Validation/1.png"))
    assert data.labels is None
    assert set(data.partitions) == {"train", "validation"}


def test_a_class_may_be_called_train(tmp_path):
    data = load_data(fill(tmp_path, "train/1.png", "car/1.png", "boat/1.png"))
    assert data.class_names == ("boat", "car", "train")
    assert not data.partitions


def test_links_are_followed_but_not_in_circles(tmp_path):
    fill(tmp_path / "elsewhere", "1.png")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "cat").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "here" / "loop").symlink_to(tmp_path / "here")
    assert load_data(f"folder:{tmp_path / 'here'}").ids == ("cat/1.png",)


def test_broken_images_are_errors_or_skipped_and_listed(tmp_path):
    address = fill(tmp_path, "cat/1.png", "cat/2.png", "dog/1.png")
    (tmp_path / "cat" / "2.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    data = load_data(address)
    assert len(data) == 3
    with pytest.raises(Damaged, match=r"the image 'cat/2.png' cannot be read"):
        data.image(1)
    rest = load_data(address, skip_broken=True)
    assert rest.ids == ("cat/1.png", "dog/1.png")
    assert rest.settings["skipped"] == ["cat/2.png"]
    assert data.settings["skipped"] == []
    assert rest.describe()["digest"] != data.describe()["digest"]


def test_other_pictures_under_the_same_names_are_another_data_set(tmp_path):
    small = load_data(fill(tmp_path, "1.png", size=(4, 4))).describe()
    assert load_data(fill(tmp_path, "1.png", size=(4, 4))).describe() == small
    assert load_data(fill(tmp_path, "1.png", size=(90, 70))).describe() != small


def test_images_of_a_folder_can_be_analysed_in_any_order(tmp_path):
    data = load_data(fill(tmp_path, *(f"{c}/{i}.png" for c in "ab" for i in range(5))))
    some = data.balanced(4, seed=1)
    assert np.bincount(some.labels).tolist() == [2, 2]
    for row, name in enumerate(some.ids):
        assert some.image(row)[0, 0, 0] == data.ids.index(name)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "there are no images in .*; expected files such as .png or .jpg in it, or in a folder per class"),
        (("1.png", "cat/1.png"), "holds the image '1.png' beside the folder 'cat'; expected either images, or folders"),
        (("train/a/1.png", "b/1.png"), "holds the partition 'train' beside the folder 'b', which is none"),
        (
            ("train/a/1.png", "test/1.png"),
            "the image 'train/a/1.png' has a class and 'test/1.png' has none; .*one by one",
        ),
    ],
)
def test_folders_that_leave_it_open_what_the_classes_are(tmp_path, names, message):
    with pytest.raises(BadInput, match=message):
        load_data(fill(tmp_path, *names))


def test_folders_that_cannot_be_used(tmp_path):
    with pytest.raises(NotFound, match=r"there is no folder .*; expected 'folder:DIR' with a folder of images"):
        load_data(f"folder:{tmp_path}/nowhere")
    with pytest.raises(BadInput, match="'folder' needs a folder after the colon"):
        load_data("folder:")
    (tmp_path / "1.png").write_text("broken")
    with pytest.raises(BadInput, match=r"none of the 1 images in .* can be read, for example '1.png'"):
        load_data(f"folder:{tmp_path}", skip_broken=True)
    with pytest.raises(BadInput, match="the setting skip_broken is 'yes'; expected true or false"):
        load_data(f"folder:{tmp_path}", skip_broken="yes")


def test_names_that_cannot_be_printed(tmp_path):
    try:
        Image.new("L", (4, 4)).save(os.fsencode(tmp_path) + b"/\xff.png")
    except OSError:
        pytest.skip("this file system takes only names in UTF-8")
    with pytest.raises(
        BadInput, match=r"the file name '\\udcff.png' has a line break, .* so it cannot name an image; rename it, or"
    ):
        load_data(f"folder:{tmp_path}")
