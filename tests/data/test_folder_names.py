"""Folders as people have them: links, names in any script, broken EXIF, another picture under the same name."""

import os

import numpy as np
import pytest
from PIL import Image

from repscope import load_data
from repscope.core.errors import BadInput
from repscope.data import read_pairs
from repscope.data._file_digests import FEW, digest_files


def pictures(folder, names, color=(0, 0, 0)):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), color).save(folder / name)


CLASSES = [f"{c}/{i}.png" for c in ("cat", "dog") for i in range(3)]


def test_a_partition_may_be_a_link(tmp_path):
    pictures(tmp_path / "train", CLASSES)
    (tmp_path / "val").symlink_to("train")
    data = load_data(f"folder:{tmp_path}")
    assert {name: len(rows) for name, rows in data.partitions.items()} == {"train": 6, "validation": 6}


def test_a_class_may_be_a_link(tmp_path):
    pictures(tmp_path, CLASSES)
    (tmp_path / "kitten").symlink_to("cat")
    data = load_data(f"folder:{tmp_path}")
    assert data.class_names == ("cat", "dog", "kitten")
    assert np.bincount(data.labels).tolist() == [3, 3, 3]


def test_links_in_circles_end(tmp_path):
    pictures(tmp_path, CLASSES)
    (tmp_path / "cat" / "self").symlink_to("../cat")
    (tmp_path / "dog" / "up").symlink_to("..")
    assert len(load_data(f"folder:{tmp_path / 'cat'}")) == 3


def test_a_link_to_nothing(tmp_path):
    pictures(tmp_path, CLASSES)
    (tmp_path / "cat" / "zz.png").symlink_to("gone.png")
    with pytest.raises(
        BadInput, match=r"the image 'cat/zz.png' is a link to 'gone.png' that leads to no file; mend it"
    ):
        load_data(f"folder:{tmp_path}")
    data = load_data(f"folder:{tmp_path}", skip_broken=True)
    assert len(data) == 6
    assert list(data.settings["skipped"]) == ["cat/zz.png"]


@pytest.mark.parametrize(
    "name", ["10.00.00\u202fAM.png", "v\u00a013.05.png", "👨‍👩‍👧.png", "می\u200cخواهم.png", "it's 100% <b>&.png"]
)
@pytest.mark.parametrize("skip_broken", [False, True])
def test_names_in_daily_use(name, skip_broken, tmp_path):
    pictures(tmp_path, ["a.png", name])
    assert name in load_data(f"folder:{tmp_path}", skip_broken=skip_broken).ids


def test_names_of_two_lines_are_left_out_if_asked(tmp_path):
    pictures(tmp_path, ["a.png", "two\nlines.png"])
    with pytest.raises(BadInput, match=r"the file name 'two\\nlines.png' has a line break"):
        load_data(f"folder:{tmp_path}")
    data = load_data(f"folder:{tmp_path}", skip_broken=True)
    assert data.ids == ("a.png",)
    assert list(data.settings["skipped"]) == ["two\\nlines.png"]


def test_nothing_that_can_be_used(tmp_path):
    pictures(tmp_path, ["two\nlines.png"])
    with pytest.raises(BadInput, match=r"none of the 1 images in .* can be used"):
        load_data(f"folder:{tmp_path}", skip_broken=True)


def test_broken_exif_does_not_hide_the_pixels(tmp_path):
    Image.new("RGB", (8, 4), "red").save(tmp_path / "e.png", exif=b"Exif\0\0\0\x08\0\x02garb")
    image = load_data(f"folder:{tmp_path}").image(0)
    assert image.shape == (3, 4, 8)
    assert image[0].min() == 255


def test_other_pictures_of_the_same_size_are_other_data(tmp_path):
    pictures(tmp_path, CLASSES, (1, 2, 3))
    before = load_data(f"folder:{tmp_path}").describe()
    first = tmp_path / CLASSES[3]
    facts = first.stat()
    pixels = bytearray(first.read_bytes())
    pictures(tmp_path, [CLASSES[3]], (3, 2, 1))
    assert first.stat().st_size == len(pixels)
    os.utime(first, ns=(facts.st_atime_ns, facts.st_mtime_ns))  # as a copy that keeps times would
    after = load_data(f"folder:{tmp_path}").describe()
    assert after["digest"] == before["digest"]
    assert after["images"] != before["images"]


def test_digests_are_kept_and_follow_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("REPSCOPE_CACHE", str(tmp_path / "cache"))
    names = [f"{i}.bin" for i in range(FEW)]
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    first = digest_files(tmp_path, names)
    (kept,) = (tmp_path / "cache" / "files").iterdir()
    read = []
    whole = type(tmp_path).read_bytes
    monkeypatch.setattr(type(tmp_path), "read_bytes", lambda self: read.append(self.name) or whole(self))
    assert digest_files(tmp_path, names) == first
    assert read == []
    facts = (tmp_path / "3.bin").stat()
    (tmp_path / "3.bin").write_bytes(b"4.bin")
    os.utime(tmp_path / "3.bin", ns=(facts.st_atime_ns, facts.st_mtime_ns))
    second = digest_files(tmp_path, names)
    assert read == ["3.bin"]
    assert second[3] == second[4] != first[3]
    kept.write_text("{not json")
    assert digest_files(tmp_path, names) == second


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("REPSCOPE_CACHE", str(tmp_path / "file"))
    names = [f"{i}.bin" for i in range(FEW)]
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    assert digest_files(tmp_path, names) == digest_files(tmp_path, names)


@pytest.mark.parametrize(
    ("form", "numbers"), [("val/{n}/{n}_{i:04d}.png", (1, 3, 4, 7)), ("{n}/img{i}.png", (1, 2, 3, 10, 11))]
)
def test_pairs_take_the_number_in_the_name(form, numbers, tmp_path):
    pictures(tmp_path / "faces", [form.format(n=n, i=i) for n in ("Ada", "Bo") for i in numbers])
    (tmp_path / "pairs.txt").write_text("1\t1\nAda\t1\t3\nAda\t1\tBo\t3\n")
    data = load_data(f"folder:{tmp_path / 'faces'}")
    rows = read_pairs(tmp_path / "pairs.txt").rows(data)
    expected = [[("Ada", 1), ("Ada", 3)], [("Ada", 1), ("Bo", 3)]]
    assert [[data.ids[i] for i in row] for row in rows] == [
        [form.format(n=n, i=i) for n, i in pair] for pair in expected
    ]
    (tmp_path / "pairs.txt").write_text("1\t1\nAda\t1\t5\nAda\t1\tBo\t3\n")
    with pytest.raises(BadInput, match="pair 1 names image 5 of 'Ada', which is not in"):
        read_pairs(tmp_path / "pairs.txt").rows(data)


def test_pairs_that_two_files_may_mean(tmp_path):
    pictures(tmp_path / "faces", ["Ada/Ada_0001.png", "Ada/Ada_0002.png", "Ada/Ada_0001.jpg", "Bo/Bo_0001.png"])
    (tmp_path / "pairs.txt").write_text("1\t1\nAda\t1\t2\nAda\t1\tBo\t1\n")
    with pytest.raises(
        BadInput, match=r"names image 1 of 'Ada', which may be 'Ada/Ada_0001.jpg' and 'Ada/Ada_0001.png'"
    ):
        read_pairs(tmp_path / "pairs.txt").rows(load_data(f"folder:{tmp_path / 'faces'}"))


def test_pairs_of_files_without_numbers_are_refused(tmp_path):
    pictures(tmp_path / "faces", ["Ada/left.png", "Ada/right.png", "Bo/left.png"])
    (tmp_path / "pairs.txt").write_text("1\t1\nAda\t1\t2\nAda\t1\tBo\t1\n")
    with pytest.raises(BadInput, match="expected a file of the class 'Ada' with that number at the end of its name"):
        read_pairs(tmp_path / "pairs.txt").rows(load_data(f"folder:{tmp_path / 'faces'}"))
