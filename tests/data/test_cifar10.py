"""CIFAR-10 in both versions, from small files of the exact format."""

import os
import pickle

import numpy as np
import pytest

from repscope.core.errors import BadInput, Damaged, NotFound
from repscope.data import load_data

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
STEMS = (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")
EACH = 4


def batches(seed=0):
    generator = np.random.default_rng(seed)
    return {
        stem: (generator.integers(0, 256, (EACH, 3, 32, 32), np.uint8), generator.integers(0, 10, EACH))
        for stem in STEMS
    }


def write_binary(folder):
    folder.mkdir(exist_ok=True)
    for stem, (images, labels) in batches().items():
        records = np.concatenate([labels[:, None].astype(np.uint8), images.reshape(EACH, -1)], axis=1)
        (folder / f"{stem}.bin").write_bytes(records.tobytes())
    (folder / "batches.meta.txt").write_text("\n".join(NAMES) + "\n\n")
    return f"cifar10:{folder}"


def write_python(folder, protocol=2, text=str):
    folder.mkdir(exist_ok=True)
    for stem, (images, labels) in batches().items():
        content = {
            text("data"): images.reshape(EACH, -1),
            text("labels"): labels.tolist(),
            text("batch_label"): text("x"),
        }
        (folder / stem).write_bytes(pickle.dumps(content, protocol))
    (folder / "batches.meta").write_bytes(pickle.dumps({text("label_names"): [text(n) for n in NAMES]}, protocol))
    return f"cifar10:{folder}"


@pytest.mark.parametrize(
    "write",
    [
        write_binary,
        write_python,
        lambda folder: write_python(folder, 5),
        lambda folder: write_python(folder, 3, text=lambda s: s.encode()),
    ],
)
def test_round_trip(tmp_path, write):
    data = load_data(write(tmp_path / "cifar"))
    written = batches()
    assert data.class_names == NAMES
    assert len(data) == 6 * EACH
    assert data.labels.tolist() == np.concatenate([labels for _, labels in written.values()]).tolist()
    for row in range(len(data)):
        images, _ = written[STEMS[row // EACH]]
        assert (data.image(row).numpy() == images[row % EACH]).all()
    train, validation = data.partition("train"), data.partition("validation")
    assert (len(train), len(validation)) == (5 * EACH, EACH)
    assert train.ids[:2] == ("train-00000", "train-00001")
    assert validation.ids[0] == "validation-00000"
    assert (validation.image(0).numpy() == written["test_batch"][0][0]).all()


def test_both_versions_hold_the_same_samples(tmp_path):
    binary, python = load_data(write_binary(tmp_path / "b")), load_data(write_python(tmp_path / "p"))
    assert binary.describe()["digest"] == python.describe()["digest"]


def test_the_folder_of_the_archive_is_found(tmp_path):
    write_python(tmp_path / "cifar-10-batches-py")
    assert len(load_data(f"cifar10:{tmp_path}")) == 6 * EACH


def test_what_is_missing(tmp_path):
    with pytest.raises(NotFound, match=r"there is no CIFAR-10 in '.*'; expected the files data_batch_1.bin and so on"):
        load_data(f"cifar10:{tmp_path}")
    address = write_binary(tmp_path / "b")
    (tmp_path / "b" / "batches.meta.txt").unlink()
    with pytest.raises(NotFound, match=r"lacks batches.meta.txt, which names the classes; unpack the archive again"):
        load_data(address)
    (tmp_path / "b" / "data_batch_3.bin").unlink()
    with pytest.raises(NotFound, match=r"lacks data_batch_3.bin; unpack the archive again"):
        load_data(address)
    with pytest.raises(BadInput, match="'cifar10' has no settings, and colour came"):
        load_data(address, colour=True)


@pytest.mark.parametrize("left", [0, 1, 3073 * EACH - 1])
def test_truncated_binary_batches(tmp_path, left):
    address = write_binary(tmp_path / "b")
    path = tmp_path / "b" / "data_batch_2.bin"
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(Damaged, match=r"data_batch_2.bin has .* bytes, which are .* records of 3,073; .*truncated"):
        load_data(address)


def test_batches_cut_between_two_records(tmp_path):
    address = write_binary(tmp_path / "b")
    path = tmp_path / "b" / "data_batch_2.bin"
    path.write_bytes(path.read_bytes()[: 3073 * (EACH - 1)])
    with pytest.raises(Damaged, match=r"data_batch_2.bin holds 3 images and data_batch_1.bin 4; expected equally many"):
        load_data(address)


def test_python_batches_that_are_not_as_expected(tmp_path):
    folder = tmp_path / "p"
    address = write_python(folder)
    images, labels = batches()["data_batch_4"]
    flat, wrong = images.reshape(EACH, -1), r"data_batch_4 has data of shape .*; expected bytes of shape \(n, 3072\)"
    cases = [
        ({"data": flat}, r"data_batch_4 has no 'data' and 'labels' \(it has \['data'\]\)"),
        ({"data": flat[:, 1:], "labels": labels.tolist()}, wrong),
        ({"data": flat, "labels": labels.tolist()[1:]}, wrong),
        ({"data": flat.astype(np.int64), "labels": labels.tolist()}, wrong),
        (
            {"data": flat, "labels": [10] * EACH},
            "has labels that are no number from 0 to 9, the classes in the meta file",
        ),
        ({"data": flat, "labels": ["a"] * EACH}, "has labels that are no number from 0 to 9"),
        ({"data": flat, "labels": [[1]] * EACH}, wrong),
    ]
    for content, message in cases:
        (folder / "data_batch_4").write_bytes(pickle.dumps(content, 2))
        with pytest.raises(Damaged, match=message):
            load_data(address)
    whole = pickle.dumps({"data": flat, "labels": labels.tolist()}, 2)
    (folder / "data_batch_4").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Damaged, match="data_batch_4 is not a pickle that can be read"):
        load_data(address)
    (folder / "batches.meta").write_bytes(pickle.dumps({"names": []}, 2))
    with pytest.raises(Damaged, match=r"batches.meta has no 'label_names'; unpack the archive again"):
        load_data(address)


class Malicious:
    def __reduce__(self):
        return os.system, ("touch executed",)


def test_code_in_a_batch_is_refused_and_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    address = write_python(tmp_path / "p")
    (tmp_path / "p" / "test_batch").write_bytes(pickle.dumps({"data": Malicious(), "labels": [0]}, 2))
    with pytest.raises(BadInput, match=r"test_batch is refused: it is a pickle with the name .*system"):
        load_data(address)
    assert not (tmp_path / "executed").exists()
