"""Data sets that are made to be difficult: functions in `DATA`, and folders in `FOLDERS` that are written where they are told."""

import os

import numpy as np
from PIL import Image

from repscope.data import DataSet

RANDOM = np.random.default_rng(0)
PIXELS = RANDOM.integers(0, 256, (60, 16, 16, 3), dtype=np.uint8)
CLASSES = [i % 3 for i in range(60)]


class Items:
    """A data set of items."""

    def __init__(self, items, **attributes):
        self.items = items
        vars(self).update(attributes)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]


class Failing(Items):
    """One of its items cannot be read."""

    def __getitem__(self, index):
        if index == 5:
            raise KeyError("file 5 is gone")
        return self.items[index]


class Endless(Items):
    """Says that it is longer than it is."""

    def __len__(self):
        return 100


def pairs(labels=CLASSES, pixels=PIXELS):
    return [(pixels[i], label) for i, label in enumerate(labels)]


def raises():
    raise RuntimeError("the disk is away")


DATA = {
    "plain": lambda: DataSet(
        "plain",
        PIXELS,
        tuple(map(str, range(60))),
        np.array(CLASSES),
        ("a", "b", "c"),
        {"train": np.arange(0, 60, 2), "validation": np.arange(1, 60, 2)},
    ),
    "items": lambda: Items(pairs()),
    "without_labels": lambda: Items(list(PIXELS)),
    "dict_items": lambda: Items([{"image": image, "label": label} for image, label in pairs()]),
    "other_dict_items": lambda: Items([{"x": image, "y": label} for image, label in pairs()]),
    "labels_as_texts": lambda: Items(pairs([str("abc"[c]) for c in CLASSES])),
    "labels_as_list": lambda: Items(pairs([[c] for c in CLASSES])),
    "labels_as_fractions": lambda: Items(pairs([c / 2 for c in CLASSES])),
    "labels_below_zero": lambda: Items(pairs([c - 1 for c in CLASSES])),
    "labels_huge": lambda: Items(pairs([c * 10**12 for c in CLASSES])),
    "one_class": lambda: Items(pairs([0] * 60)),
    "every_class_once": lambda: Items(pairs(list(range(60)))),
    "one_image": lambda: Items(pairs()[:1]),
    "two_images": lambda: Items(pairs()[:2]),
    "no_image": lambda: Items([]),
    "alike": lambda: Items([(PIXELS[0], c) for c in CLASSES]),
    "sizes": lambda: Items([(PIXELS[i][: 8 + i % 8], c) for i, c in enumerate(CLASSES)]),
    "one_pixel": lambda: Items([(image[:1, :1], c) for image, c in pairs()]),
    "two_channels": lambda: Items([(image[..., :2], c) for image, c in pairs()]),
    "text_images": lambda: Items([("cat.png", c) for c in CLASSES]),
    "floats_beyond": lambda: Items([(image.astype(np.float32) * 300, c) for image, c in pairs()]),
    "not_numbers": lambda: Items([(image * np.float32("nan"), c) for image, c in pairs()]),
    "three_parts": lambda: Items([(image, c, "more") for image, c in pairs()]),
    "failing": lambda: Failing(pairs()),
    "endless": lambda: Endless(pairs()),
    "same_ids": lambda: Items(pairs(), ids=["a"] * 60),
    "few_ids": lambda: Items(pairs(), ids=["a", "b"]),
    "few_classes": lambda: Items(pairs(), classes=["a"]),
    "generator": lambda: (pair for pair in pairs()),
    "a_dict": lambda: {"images": PIXELS},
    "nothing": lambda: None,
    "raises": raises,
    "labels_as_list_of_data_set": lambda: DataSet("d", PIXELS, tuple(map(str, range(60))), CLASSES, ("a", "b", "c")),
    "data_set_of_floats": lambda: DataSet("d", PIXELS / 7.0, tuple(map(str, range(60)))),
}


def data(kind: str):
    """The data set of this kind, as the command line names it: FILE.py:data with --data-set kind=KIND."""
    return DATA[kind]()


def _write(folder, names):
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(PIXELS[number % 60]).save(path, "PNG")


def _broken(folder):
    _write(folder, [f"{c}/{i}.png" for c in "ab" for i in range(6)])
    (folder / "a" / "2.png").write_bytes(b"no picture")


def _cut(folder):
    _write(folder, [f"{c}/{i}.png" for c in "ab" for i in range(6)])
    whole = (folder / "b" / "3.png").read_bytes()
    (folder / "b" / "3.png").write_bytes(whole[: len(whole) // 2])


def _dangling(folder):
    _write(folder, [f"{c}/{i}.png" for c in "ab" for i in range(6)])
    (folder / "b" / "7.png").symlink_to(folder / "gone.png")


def _latin(folder):
    _write(folder, [f"{c}/{i}.png" for c in "ab" for i in range(6)])
    (folder / "a" / os.fsdecode(b"caf\xe9.png")).write_bytes((folder / "a" / "0.png").read_bytes())


def _file(folder):
    folder.rmdir()
    folder.write_text("no folder")


def _endless_link(folder):
    _write(folder, [f"{c}/{i}.png" for c in "ab" for i in range(6)])
    (folder / "a" / "again").symlink_to(folder)


FOLDERS = {
    "empty": lambda folder: None,
    "missing": lambda folder: folder.rmdir(),
    "a_file": _file,
    "flat": lambda folder: _write(folder, [f"{i}.png" for i in range(12)]),
    "one_picture": lambda folder: _write(folder, ["a/0.png"]),
    "empty_classes": lambda folder: [(folder / c).mkdir() for c in "ab"],
    "texts": lambda folder: [(folder / c).write_text("text") for c in ("a.txt", "b.txt")],
    "broken": _broken,
    "cut": _cut,
    "dangling": _dangling,
    "not_utf8": _latin,
    "endless_link": _endless_link,
    "odd_names": lambda folder: _write(folder, [f"{c}/na\u202fme {i}\n.png" for c in "ab" for i in range(6)]),
}
