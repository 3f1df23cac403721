"""The data set: order, ids, labels, partitions, balanced subsets, and what it refuses."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from repscope.core.errors import BadInput, NotFound
from repscope.data import DataSet


def make(given=(0, 0, 1, 1, 1), **changes):
    n = len(given)
    images = np.arange(n, dtype=np.uint8)[:, None, None, None] * np.ones((n, 4, 5, 3), np.uint8)
    fields = {
        "name": "mine",
        "images": images,
        "ids": tuple("abcdefghij"[:n]),
        "labels": np.array(given),
        "class_names": ("x", "y"),
        "partitions": {"train": np.array([0, 1, 2]), "validation": np.array([3, 4])},
    }
    return DataSet(**{**fields, **changes})


def test_images_come_as_tensors_with_channels_first():
    image = make().image(3)
    assert image.shape == (3, 4, 5)
    assert image.dtype == torch.uint8
    assert image.unique().tolist() == [3]
    assert [i.unique().item() for i in make()] == [0, 1, 2, 3, 4]


def test_an_image_is_a_copy():
    data = make()
    data.image(0).fill_(99)
    assert data.image(0).unique().tolist() == [0]


def test_subsets_keep_order_ids_labels_and_partitions():
    subset = make().subset([4, 0, 1])
    assert subset.ids == ("e", "a", "b")
    assert subset.labels.tolist() == [1, 0, 0]
    assert subset.image(0).unique().tolist() == [4]
    assert {k: v.tolist() for k, v in subset.partitions.items()} == {"train": [1, 2], "validation": [0]}
    assert "validation" not in make().subset([0, 1]).partitions
    assert subset.subset([2, 0]).ids == ("b", "e")


def test_partitions():
    assert make().partition("validation").ids == ("d", "e")
    assert len(make().partition("all")) == 5
    with pytest.raises(NotFound, match=r"'mine' has no partition 'test'; known: 'train', 'validation', 'all'"):
        make().partition("test")


@given(st.integers(0, 2**31), st.integers(1, 40), st.integers(1, 5), st.integers(0, 100))
def test_balanced_subsets_have_equally_many_of_each_class(seed, wanted, classes, label_seed):
    each = 8
    labels = np.random.default_rng(label_seed).permutation(np.repeat(np.arange(classes), each))
    n = len(labels)
    data = DataSet("d", np.zeros((n, 1, 1, 3), np.uint8), tuple(map(str, range(n))), labels, tuple("abcde"))
    wanted = min(wanted, n)
    subset = data.balanced(wanted, seed)
    counts = np.bincount(subset.labels, minlength=classes)
    assert counts.sum() == wanted
    assert counts.max() - counts.min() <= 1
    rows = [int(i) for i in subset.ids]
    assert rows == sorted(set(rows))
    assert data.balanced(wanted, seed).ids == subset.ids


def test_balanced_without_labels_is_a_random_subset():
    data = make((0,) * 8)
    plain = DataSet("d", data.images, data.ids)
    assert len({plain.balanced(4, seed).ids for seed in range(10)}) > 1


def test_balanced_refuses_what_it_cannot_give():
    with pytest.raises(BadInput, match=r"cannot choose 6 images from the 5 of 'mine'; expected 1 to 5"):
        make().balanced(6)
    with pytest.raises(BadInput, match=r"cannot choose 0 images"):
        make().balanced(0)
    with pytest.raises(BadInput, match=r"4 needs 2 images of class 'x' and 'mine' has 1; ask for at most 2"):
        make((0, 1, 1, 1, 1)).balanced(4)


def test_the_description_changes_with_ids_and_labels_only():
    plain = make().describe()
    assert plain["count"] == 5
    assert plain["classes"] == ["x", "y"]
    assert make(ids=tuple("abcdz")).describe()["digest"] != plain["digest"]
    assert make((1, 0, 1, 1, 1)).describe()["digest"] != plain["digest"]
    assert make(partitions={}).describe() == plain


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ids": (), "images": np.zeros((0, 4, 4, 3), np.uint8)}, "'mine' holds no images; expected at least one"),
        ({"ids": ("a", "b")}, "has 5 images and 2 ids; expected one id per image"),
        ({"ids": ("a", "b", "c", "a", "b")}, r"has 2 repeated ids \['a', 'b'\]; expected unique ones"),
        ({"labels": np.array([0, 1])}, r"has 5 images and labels of shape \(2,\); expected \(5,\)"),
        ({"labels": np.array([0, 1, 2, 0, 0])}, "has labels from 0 to 2 and 2 class names; expected labels 0 to 1"),
        ({"labels": np.array([0, 1, -1, 0, 0])}, "has labels from -1 to 1"),
    ],
)
def test_what_does_not_fit_together_is_refused(changes, message):
    with pytest.raises(BadInput, match=message):
        make(**changes)


def test_float_images_from_0_to_1_are_passed_on():
    data = make(images=[torch.full((3, 2, 2), v, dtype=torch.float64) for v in (0, 0.25, 0.5, 0.75, 1)])
    assert data.image(1).dtype == torch.float32
    assert data.image(1).unique().tolist() == [0.25]


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((4, 4, 3)), r"image 'a' of 'mine' is float64 of shape \(4, 4, 3\); expected uint8"),
        (np.zeros((4, 4), np.uint8), r"is uint8 of shape \(4, 4\)"),
        (
            torch.full((3, 2, 2), -1.5),
            "has values from -1.5 to -1.5; expected 0 to 1: return images before normalisation",
        ),
        (torch.full((3, 2, 2), torch.nan), "has values from nan to nan"),
        (torch.zeros(1, 2, 2), r"is a Tensor of shape \(1, 2, 2\); expected an RGB image"),
        (torch.zeros(3, 2, 2, dtype=torch.int32), "is a Tensor of shape"),
        ("text", "is a str; expected an RGB image"),
    ],
)
def test_what_is_no_image_is_refused(image, message):
    with pytest.raises(BadInput, match=message):
        make(images=[image] * 5).image(0)


class AtOnce:
    """Images that are made many at a time."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int) -> np.ndarray:
        return np.full((2, 2, 3), index, np.uint8)

    def batch(self, rows: np.ndarray) -> np.ndarray:
        self.asked.append(rows.tolist())
        return np.stack([self[i] for i in rows])


def test_a_batch_is_the_images_one_by_one():
    plain = DataSet("plain", [np.full((2, 2, 3), i, np.uint8) for i in range(6)], tuple("abcdef"))
    source = AtOnce()
    quick = DataSet("quick", source, tuple("abcdef")).subset([5, 3, 1, 0]).subset([0, 1, 3])
    assert [int(i[0, 0, 0]) for i in quick.batch(range(1, 3))] == [3, 0]
    assert source.asked == [[3, 0]]
    assert [int(i[0, 0, 0]) for i in plain.batch([4, 2])] == [4, 2]
    assert int(quick.image(0)[0, 0, 0]) == 5


def test_images_that_cannot_be_made_are_named():
    class Broken:
        def __len__(self):
            return 5

        def __getitem__(self, index):
            raise OSError("the disk is gone")

    data = make(images=Broken())
    with pytest.raises(
        BadInput, match=r"image 'b' of 'mine' cannot be made \(OSError: the disk is gone\); mend the data set"
    ):
        data.image(1)
    with pytest.raises(BadInput, match=r"one of 2 images from 'b' on of 'mine' cannot be made"):
        data.batch([1, 2])
