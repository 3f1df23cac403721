"""What a folder would lose without a word: links to nothing, folders that cannot be read, formats, names, doubled partitions."""

import os

import numpy as np
import pytest
from PIL import Image

from repscope.core.errors import BadInput
from repscope.data import load_data
from repscope.data._pictures import read_picture


def fill(folder, *names):
    for i, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (6, 4), (i, 0, 0)).save(path)
    return f"folder:{folder}"


@pytest.mark.parametrize("name", ["cat/gone.png", "horse", "cat/itself.png"])
def test_links_that_lead_to_nothing(tmp_path, name):
    address = fill(tmp_path, "cat/1.png", "dog/1.png")
    target = "itself.png" if "itself" in name else "/nowhere/gone"
    (tmp_path / name).symlink_to(target)
    with pytest.raises(BadInput, match=rf"the image '{name}' is a link to '{target}' that leads to no file"):
        load_data(address)
    rest = load_data(address, skip_broken=True)
    assert len(rest) == 2
    assert rest.settings["skipped"] == [name]


def test_links_between_folders_end(tmp_path):
    fill(tmp_path / "here", "cat/1.png", "dog/1.png")
    (tmp_path / "here" / "cat" / "friends").symlink_to("../dog")
    (tmp_path / "here" / "dog" / "friends").symlink_to("../cat")
    assert len(load_data(f"folder:{tmp_path / 'here'}")) == 4


def test_names_like_pictures_that_are_no_files(tmp_path):
    address = fill(tmp_path, "1.png")
    os.mkfifo(tmp_path / "2.png")
    with pytest.raises(BadInput, match=r"'2.png' is called like a picture and is no file; rename it, remove it"):
        load_data(address)
    assert load_data(address, skip_broken=True).settings["skipped"] == ["2.png"]


def test_photographs_of_formats_that_cannot_be_read(tmp_path):
    address = fill(tmp_path, "1.png")
    (tmp_path / "IMG_0001.HEIC").write_bytes(b"no matter")
    with pytest.raises(
        BadInput, match=r"the image 'IMG_0001.HEIC' is of a format that Pillow cannot read, and would be missing"
    ):
        load_data(address)
    assert load_data(address, skip_broken=True).settings["skipped"] == ["IMG_0001.HEIC"]


def test_a_folder_that_cannot_be_read(tmp_path, monkeypatch):
    address = fill(tmp_path, "cat/1.png", "dog/1.png")
    scandir = os.scandir

    def refused(folder):
        if str(folder).endswith("dog"):
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refused)
    with pytest.raises(BadInput, match=r"dog' cannot be read \(Permission denied\), and its pictures would be missing"):
        load_data(address)


@pytest.mark.parametrize("letter", ["\n", "\x07", "\u2028", "\u202e", "\u2066"])
def test_names_that_break_or_turn_round_a_line(tmp_path, letter):
    with pytest.raises(BadInput, match=r"the file name 'b.*c.png' has a line break"):
        load_data(fill(tmp_path, "a.png", f"b{letter}c.png"))


def test_two_folders_for_one_partition(tmp_path):
    with pytest.raises(
        BadInput, match=r"holds the partitions 'val', 'validation', of which two are the same by their names"
    ):
        load_data(fill(tmp_path, "val/cat/1.png", "validation/cat/1.png"))


def test_classes_that_look_the_same(tmp_path):
    with pytest.raises(BadInput, match=r"holds the classes 'cafe\\u0301' and 'caf\\xe9', which look the same"):
        load_data(fill(tmp_path / "a", "train/caf\xe9/1.png", "val/cafe\u0301/1.png"))
    with pytest.raises(BadInput, match=r"holds the class 'Cat' in one partition and 'cat' in another"):
        load_data(fill(tmp_path / "b", "train/Cat/1.png", "val/cat/1.png"))
    assert load_data(fill(tmp_path / "c", "Cat/1.png", "cat/1.png")).class_names == ("Cat", "cat")


def test_classes_are_numbered_as_torchvision_numbers_them(tmp_path):
    from torchvision.datasets import ImageFolder

    data = load_data(fill(tmp_path, "1/a.png", "10/a.png", "2/a.png", "b/a.png", "B/a.png"))
    assert list(data.class_names) == ImageFolder(str(tmp_path)).classes


@pytest.mark.parametrize("notes", [b"Exif\0\0\0\x08\0\x02garb", b"garbage", b"", b"Exif\0\0II*\0\x08\0\0\0\xff\xff"])
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_damaged_notes_turn_nothing_with_warnings_as_errors_too(tmp_path, notes, name):
    Image.new("RGB", (9, 6), (200, 30, 60)).save(tmp_path / name, exif=notes)
    image = read_picture(tmp_path / name, name)
    assert image.shape == (6, 9, 3)
    assert np.abs(image.astype(int) - (200, 30, 60)).max() <= 6
