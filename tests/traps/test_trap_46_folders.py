"""Trap 46: links swallow classes, one file name refuses a folder, pairs are looked up by position. Ours: as they are, or a sentence."""

from PIL import Image

from repscope import load_data
from repscope.data import read_pairs


def pictures(folder, names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(folder / name)


def test_a_link_is_a_class_or_a_partition_of_its_own(tmp_path):
    pictures(tmp_path / "train", [f"{c}/{i}.png" for c in ("cat", "dog") for i in range(3)])
    (tmp_path / "train" / "kitten").symlink_to("cat")
    (tmp_path / "val").symlink_to("train")
    data = load_data(f"folder:{tmp_path}")
    assert data.class_names == ("cat", "dog", "kitten")
    assert {name: len(rows) for name, rows in data.partitions.items()} == {"train": 9, "validation": 9}


def test_spaces_and_joiners_in_names(tmp_path):
    names = ["10.00\u202fAM.png", "a\u00a0b.png", "می\u200cخواهم.png"]
    pictures(tmp_path, names)
    assert set(load_data(f"folder:{tmp_path}").ids) == set(names)


def test_pairs_mean_the_number_in_the_name(tmp_path):
    pictures(tmp_path / "faces", [f"{n}/img{i}.png" for n in ("Ada", "Bo") for i in (1, 2, 3, 10)])
    (tmp_path / "pairs.txt").write_text("1\t1\nAda\t2\t10\nAda\t3\tBo\t2\n")
    data = load_data(f"folder:{tmp_path / 'faces'}")
    rows = read_pairs(tmp_path / "pairs.txt").rows(data)
    assert [[data.ids[i] for i in row] for row in rows] == [
        ["Ada/img2.png", "Ada/img10.png"],
        ["Ada/img3.png", "Bo/img2.png"],
    ]
