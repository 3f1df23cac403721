"""A few images of each class side by side."""

import numpy as np
import pytest

from repscope.core.errors import BadInput
from repscope.data import DataSet
from repscope.data._contact_sheet import contact_sheet


def solid(labels, shape=(4, 4)):
    """Images of one grey each: ten times their label."""
    n = 6 if labels is None else len(labels)
    greys = [10 * i for i in (range(n) if labels is None else labels)]
    images = [np.full((*shape, 3), g, np.uint8) for g in greys]
    given = None if labels is None else np.array(labels)
    return DataSet("d", images, tuple(map(str, range(n))), given, () if labels is None else tuple("abcdef"))


def test_a_row_for_each_class_that_has_images():
    sheet = contact_sheet(solid([0, 3, 3, 0, 5]), per_class=2, side=4, gap=1)
    assert sheet.shape == (1 + 3 * 5, 1 + 2 * 5, 3)
    assert sheet.dtype == np.uint8
    tiles = [[sheet[1 + 5 * i + 1, 1 + 5 * j + 1, 0] for j in range(2)] for i in range(3)]
    assert tiles == [[0, 0], [30, 30], [50, 255]]
    assert (sheet[::5] == 255).all()
    assert (sheet[:, ::5] == 255).all()
    assert contact_sheet(solid([0, 3, 3, 0, 5]), classes=2, side=4, gap=0).shape == (8, 8, 3)


def test_without_labels_a_square():
    assert contact_sheet(solid(None), per_class=2, side=8, gap=0).shape == (16, 16, 3)
    assert contact_sheet(solid(None), per_class=4, side=8, gap=0).shape == (16, 32, 3)


def test_shapes_are_kept_in_the_middle_of_their_place():
    sheet = contact_sheet(solid([0], shape=(2, 4)), per_class=1, side=8, gap=0)
    assert (sheet[2:6] == 0).all()
    assert (sheet[:2] == 255).all()
    assert (sheet[6:] == 255).all()


def test_float_images_have_the_same_greys():
    import torch

    data = DataSet("d", [torch.full((3, 4, 4), 0.2)], ("a",))
    assert np.unique(contact_sheet(data, per_class=1, side=4, gap=0)).tolist() == [51]


def test_which_images_is_drawn_by_the_seed():
    data = DataSet("d", np.arange(50, dtype=np.uint8)[:, None, None, None].repeat(3, 3), tuple(map(str, range(50))))
    same, other = contact_sheet(data, 3, seed=1), contact_sheet(data, 3, seed=2)
    assert (contact_sheet(data, 3, seed=1) == same).all()
    assert not (other == same).all()


@pytest.mark.parametrize("wrong", [{"per_class": 0}, {"side": 0}, {"classes": -1}, {"gap": -1}])
def test_numbers_that_make_no_picture(wrong):
    with pytest.raises(BadInput, match=r"a contact sheet of .* cannot be made; expected positive numbers"):
        contact_sheet(solid([0, 1]), **wrong)
