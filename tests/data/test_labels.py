"""Labels of every kind."""

import numpy as np
import pytest
import torch

from repscope.core.errors import BadInput
from repscope.data import DataSet


def data_set(labels, names=("x", "y"), ids=("a", "b", "c")):
    return DataSet("mine", np.zeros((3, 4, 5, 3), np.uint8), ids, labels, names)


@pytest.mark.parametrize(
    "labels",
    [
        [0, 1, 0],
        (0, 1, 0),
        np.array([0, 1, 0], np.uint8),
        np.array([0.0, 1.0, 0.0]),
        torch.tensor([0, 1, 0]),
        torch.tensor([0.0, 1.0, 0.0], requires_grad=True),
        ["x", "y", "x"],
        np.array(["x", "y", "x"]),
        np.array(["x", "y", "x"], dtype=object),
    ],
)
def test_they_count_the_classes(labels):
    data = data_set(labels)
    assert data.labels.dtype == np.int64
    assert data.labels.tolist() == [0, 1, 0]
    assert data.subset([1]).labels.tolist() == [1]


def test_texts_without_names_are_sorted():
    data = data_set(["dog", "cat", "dog"], ())
    assert data.class_names == ("cat", "dog")
    assert data.labels.tolist() == [1, 0, 1]
    assert data_set([2, 10, 2], tuple("abcdefghijk")).labels.tolist() == [2, 10, 2]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            [0.5, 1, 0],
            "are float64, the label of image 0 is 0.5; expected whole numbers that count the classes from 0, or texts",
        ),
        ([0, float("nan"), 0], "the label of image 1 is nan; expected whole numbers"),
        ([0, None, 1], "are object, the label of image 1 is None; expected whole numbers"),
        ([True, False, True], "are bool, the label of image 0 is True; expected whole numbers"),
        ([0, "x", 1], "have '0', which is none of its 2 class names"),
        (["x", "z", "y"], r"have 'z', which is none of its 2 class names \(x, y\); expected those, or no class names"),
        (np.eye(3)[:, :2], r"of shape \(3, 2\), a score for each class; expected \(3,\), .*labels.argmax\(axis=1\)"),
        ([[0], [1, 2], [3]], "are not one for each image .*; expected whole numbers"),
        ([0, 1], r"has 3 images and labels of shape \(2,\); expected \(3,\)"),
        ([0, -1, 1], "has labels from -1 to 1"),
        ([0, 2, 1], "has labels from 0 to 2 and 2 class names"),
    ],
)
def test_what_is_no_label_is_refused(labels, message):
    with pytest.raises(BadInput, match=message):
        data_set(labels)


def test_numbers_need_names():
    with pytest.raises(BadInput, match="has labels and no class names; give class_names, one for each class"):
        data_set([0, 1, 0], ())


def test_ids_may_be_any_sequence():
    assert data_set(None, (), ["a", "b", "c"]).ids == ("a", "b", "c")
    assert data_set(None, (), np.arange(3)).ids == ("0", "1", "2")


@pytest.mark.parametrize("rows", [[3], [-1], [0.5], [[0, 1]]])
def test_partitions_are_rows(rows):
    with pytest.raises(
        BadInput, match=r"the partition 'train' of the data set 'mine' is .*; expected row numbers from 0 to 2"
    ):
        DataSet("mine", np.zeros((3, 4, 5, 3), np.uint8), ("a", "b", "c"), partitions={"train": rows})


def test_images_that_cannot_be_made_are_named():
    class Broken:
        def __len__(self):
            return 3

        def __getitem__(self, index):
            raise OSError("the disk is gone")

    data = DataSet("mine", Broken(), ("a", "b", "c"))
    with pytest.raises(
        BadInput, match=r"image 'b' of 'mine' cannot be made \(OSError: the disk is gone\); mend the data set"
    ):
        data.image(1)
    with pytest.raises(BadInput, match=r"one of the images 'b' and on of 'mine' cannot be made"):
        data.batch([1, 2])
