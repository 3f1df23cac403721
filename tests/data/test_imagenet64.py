"""Down-sampled ImageNet, from small files of the exact format."""

import pickle

import numpy as np
import pytest

from repscope.core.errors import BadInput, Damaged, NotFound
from repscope.data import load_data

STEMS = (*(f"train_data_batch_{i}" for i in range(1, 11)), "val_data")
EACH = 3
PIXELS = 3 * 64 * 64


def batch(stem):
    generator = np.random.default_rng(STEMS.index(stem))
    return generator.integers(0, 256, (EACH, 3, 64, 64), np.uint8), generator.integers(1, 6, EACH).tolist()


def write(folder, stems=STEMS, npz=False):
    folder.mkdir(exist_ok=True)
    for stem in stems:
        images, labels = batch(stem)
        content = {"data": images.reshape(EACH, -1), "labels": labels, "mean": np.zeros(PIXELS)}
        if npz:
            np.savez_compressed(folder / f"{stem}.npz", **content)
        else:
            (folder / stem).write_bytes(pickle.dumps(content, 4))
    return f"imagenet64:{folder}"


@pytest.mark.parametrize("npz", [False, True])
def test_round_trip(tmp_path, npz):
    data = load_data(write(tmp_path, npz=npz))
    assert len(data) == 11 * EACH
    assert data.class_names == tuple(map(str, range(1, 1001)))
    assert {k: len(v) for k, v in data.partitions.items()} == {"train": 10 * EACH, "validation": EACH}
    for row in range(len(data)):
        images, labels = batch(STEMS[row // EACH])
        assert (data.image(row).numpy() == images[row % EACH]).all()
        assert data.class_names[data.labels[row]] == str(labels[row % EACH])
    assert data.ids[EACH] == f"train-{EACH:07d}"
    assert data.partition("validation").ids[0] == "validation-0000000"


def test_some_classes_only(tmp_path):
    address = write(tmp_path)
    everything = load_data(address)
    some = load_data(address, classes=2)
    assert some.class_names == ("1", "2")
    expected = [i for i, label in zip(everything.ids, everything.labels, strict=True) if label < 2]
    assert list(some.ids) == expected
    first = some.ids[0]
    assert (some.image(0) == everything.image(everything.ids.index(first))).all()
    named = load_data(address, classes=[5, 3])
    assert named.class_names == ("3", "5")
    assert set(named.settings["classes"]) == {3, 5}
    drawn = load_data(address, classes=900, seed=1).settings["classes"]
    assert drawn == sorted(set(drawn))
    assert len(drawn) == 900
    assert drawn != load_data(address, classes=900, seed=2).settings["classes"]
    assert drawn == load_data(address, classes=900, seed=1).settings["classes"]


def test_one_partition_may_be_missing(tmp_path):
    assert set(load_data(write(tmp_path, ["val_data"])).partitions) == {"validation"}
    assert set(load_data(write(tmp_path / "t", STEMS[:-1])).partitions) == {"train"}


def test_one_compressed_batch_at_a_time_is_in_memory(tmp_path):
    data = load_data(write(tmp_path, npz=True))
    for row in range(len(data)):
        data.image(row)
        assert len(data.images.batches[0].held) == 1


def test_names_of_classes(tmp_path):
    address = write(tmp_path, ["val_data"])
    (tmp_path / "map_clsloc.txt").write_text("n02119789 1 kit_fox\nn02100735 2 English_setter\n")
    assert load_data(address, classes=2).class_names == ("kit fox", "English setter")
    with pytest.raises(
        BadInput, match=r"map_clsloc.txt has no line for class 3; expected one such as 'n02119789 1 kit_fox'"
    ):
        load_data(address)


def test_what_is_missing(tmp_path):
    with pytest.raises(
        NotFound, match=r"there is no down-sampled ImageNet in '.*'; expected the files train_data_batch_1"
    ):
        load_data(f"imagenet64:{tmp_path}")
    address = write(tmp_path)
    (tmp_path / "train_data_batch_7").unlink()
    with pytest.raises(NotFound, match="lacks train_data_batch_7; unpack it again"):
        load_data(address)


@pytest.mark.parametrize("wrong", [0, 1001, "50", [0], [3, "a"], 2.5])
def test_classes_that_there_are_not(tmp_path, wrong):
    with pytest.raises(BadInput, match=r"the setting classes is .*; expected a whole number from 1 to 1,000"):
        load_data(write(tmp_path, ["val_data"]), classes=wrong)


def test_classes_without_an_image(tmp_path):
    with pytest.raises(BadInput, match="holds no images; expected at least one"):
        load_data(write(tmp_path, ["val_data"]), classes=[700])


def test_batches_that_are_not_as_expected(tmp_path):
    address = write(tmp_path, ["val_data"])
    images, labels = batch("val_data")
    flat = images.reshape(EACH, -1)
    as_data = r"val_data has as 'data' .*, and 3 labels; expected bytes of shape \(n, 12288\) and n labels"
    cases = [
        ({"data": flat[1:], "labels": labels}, as_data),
        ({"data": flat[:, 3:], "labels": labels}, as_data),
        ({"data": "flat", "labels": labels}, as_data),
        ({"labels": labels}, as_data),
        ({"data": flat, "labels": [0, 1, 2]}, "val_data has labels that are no whole numbers from 1 to 1000"),
        ({"data": flat, "labels": ["a", "b", "c"]}, "val_data has labels that are no whole numbers from 1 to 1000"),
    ]
    for content, message in cases:
        (tmp_path / "val_data").write_bytes(pickle.dumps(content, 4))
        with pytest.raises(Damaged, match=message):
            load_data(address)
    (tmp_path / "val_data").write_bytes(pickle.dumps({"data": flat, "labels": labels}, 4)[:-100])
    with pytest.raises(Damaged, match="val_data is not a pickle that can be read"):
        load_data(address)


def test_damaged_npz(tmp_path):
    address = write(tmp_path, ["val_data"], npz=True)
    path = tmp_path / "val_data.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Damaged, match=r"val_data.npz cannot be read .*truncated or damaged, unpack the archive again"):
        load_data(address)
    np.savez(path, data=np.zeros((2, PIXELS), np.uint8), labels=[1, 2, 3])
    data = load_data(address)
    with pytest.raises(Damaged, match=r"val_data.npz has as 'data' uint8 of shape .*, and 3 labels"):
        data.image(0)
    np.savez(path, data=np.array([None]), labels=np.array([{}], dtype=object))
    with pytest.raises(
        Damaged, match=r"val_data.npz cannot be read \(Object arrays cannot be loaded when allow_pickle=False\)"
    ):
        load_data(address)
