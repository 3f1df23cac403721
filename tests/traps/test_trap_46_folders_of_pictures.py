"""Trap 46: a link hides a partition, a name in daily use refuses a folder, image 3 of Ada is the third file of her folder.

Ours: a link counts as what it leads to, names are refused only if a line cannot hold them, and images are looked up by the number in
their name.
"""

import numpy as np
import pytest
from PIL import Image

from repscope import load_data
from repscope.core.errors import BadInput
from repscope.data import read_pairs

NAMES = (
    "Screenshot 10.00.00\u202fAM.png",
    "v\xa013.05.05.png",
    "\U0001f468\u200d\U0001f469.png",
    "\u0645\u06cc\u200c\u062e.png",
)


def fill(folder, names):
    for i, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (6, 4), (i, 0, 0)).save(path)
    return f"folder:{folder}"


def test_a_link_hides_neither_a_partition_nor_a_class(tmp_path):
    classes = [f"{c}/{i}.png" for c in ("cat", "dog") for i in range(10)]
    fill(tmp_path / "a" / "train", classes)
    (tmp_path / "a" / "val").symlink_to("train")
    data = load_data(f"folder:{tmp_path / 'a'}")
    assert {part: len(rows) for part, rows in data.partitions.items()} == {"train": 20, "validation": 20}
    fill(tmp_path / "b", classes)
    (tmp_path / "b" / "kitten").symlink_to("cat")
    data = load_data(f"folder:{tmp_path / 'b'}")
    assert dict(zip(data.class_names, np.bincount(data.labels), strict=True)) == {"cat": 10, "dog": 10, "kitten": 10}
    (tmp_path / "b" / "cat" / "zz.png").symlink_to("/nowhere/gone.png")
    with pytest.raises(BadInput, match=r"'cat/zz.png' in .* is a link to '/nowhere/gone.png', where nothing is"):
        load_data(f"folder:{tmp_path / 'b'}")


@pytest.mark.parametrize("name", NAMES)
def test_names_in_daily_use_are_names(tmp_path, name):
    assert set(load_data(fill(tmp_path, ["a.png", name])).ids) == {"a.png", name}


def test_damaged_notes_do_not_make_a_picture_unreadable(tmp_path):
    Image.new("RGB", (8, 8), "red").save(tmp_path / "e.png", exif=b"Exif\0\0\0\x08\0\x02garb")
    assert load_data(f"folder:{tmp_path}").image(0)[:, 0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    ("form", "numbers"), [("val/{n}/{n}_{i:04d}.png", (1, 3, 4, 7)), ("{n}/img{i}.png", (1, 2, 3, 10))]
)
def test_pairs_take_the_image_with_the_number(tmp_path, form, numbers):
    names = [form.format(n=n, i=i) for n in ("Ada", "Bo") for i in numbers]
    data = load_data(fill(tmp_path / "faces", names))
    (tmp_path / "p.txt").write_text("1\t1\nAda\t1\t3\nAda\t1\tBo\t3\n")
    taken = [[data.ids[row] for row in both] for both in read_pairs(tmp_path / "p.txt").rows(data)]
    assert taken == [
        [form.format(n=n, i=i) for n, i in pair] for pair in ([("Ada", 1), ("Ada", 3)], [("Ada", 1), ("Bo", 3)])
    ]


def test_one_number_and_two_files(tmp_path):
    data = load_data(
        fill(tmp_path / "faces", ["Ada/Ada_0001.jpg", "Ada/Ada_0001.png", "Ada/Ada_0002.png", "Bo/Bo_0001.png"])
    )
    (tmp_path / "p.txt").write_text("1\t1\nAda\t1\t2\nAda\t1\tBo\t1\n")
    with pytest.raises(BadInput, match=r"'Ada/Ada_0001.jpg' and 'Ada/Ada_0001.png' are called so"):
        read_pairs(tmp_path / "p.txt").rows(data)
