"""The handwritten digits."""

import numpy as np
import pytest

from repscope.core.errors import BadInput
from repscope.data import load_data


def test_every_digit_is_there_once_and_upright():
    from sklearn.datasets import load_digits

    digits, data = load_digits(), load_data("digits")
    assert data.labels.tolist() == digits.target.tolist()
    assert data.class_names == tuple("0123456789")
    assert data.ids[17] == "digit-0017"
    images = np.stack([data.image(i).numpy() for i in range(len(data))])
    assert images.shape == (1797, 3, 32, 32)
    assert (images[:, 0] == images[:, 1]).all()
    # averaged over blocks of 4x4, an image is about the counts that it came from
    blocks = images[:, 0].reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)) / 255 * 16
    assert np.corrcoef(blocks.ravel(), digits.images.ravel())[0, 1] > 0.99


def test_partitions_are_stratified_and_drawn_by_the_seed():
    data = load_data("digits", validation=400, seed=3)
    train, validation = data.partitions["train"], data.partitions["validation"]
    assert sorted([*train, *validation]) == list(range(1797))
    assert len(validation) == 400
    expected = np.bincount(data.labels) * 400 / 1797
    assert np.abs(np.bincount(data.labels[validation]) - expected).max() <= 1
    assert (load_data("digits", validation=400, seed=3).partitions["train"] == train).all()
    assert not (load_data("digits", validation=400, seed=4).partitions["train"] == train).all()
    assert data.settings == {"validation": 400, "seed": 3}


def test_too_few_for_every_class():
    with pytest.raises(BadInput, match="the setting validation is 9; expected a whole number from 10 to 1,787"):
        load_data("digits", validation=9)
