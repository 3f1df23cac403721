"""Trap 55: an item of a data set can be read in two ways, and one is taken. Ours asks which: fields, layouts, ranges, readings."""

import pytest

from repscope import load_data
from repscope.core.errors import BadInput

ITEM = "np.full((8, 8, 3), i, np.uint8)"


def load(tmp_path, item, **settings):
    (tmp_path / "d.py").write_text(
        "import numpy as np\n"
        "class D:\n"
        "    read = 0\n"
        "    def __len__(s): return 60\n"
        f"    def __getitem__(s, i):\n        s.read += 1\n        return {item}\n"
        "def items(): return D()\n"
    )
    return load_data(f"{tmp_path}/d.py:items", **settings)


def test_fields_are_found_by_their_names_or_asked_for(tmp_path):
    data = load(tmp_path, f"{{'image': {ITEM}, 'label': i % 2}}")
    assert data.labels.tolist() == [0, 1] * 30
    assert data.image(7).unique().tolist() == [7]
    two = f"{{'img': {ITEM}, 'fine_label': i % 5, 'coarse_label': i % 2}}"
    with pytest.raises(BadInput, match=r"fine_label and coarse_label may be the label"):
        load(tmp_path, two)
    assert load(tmp_path, two, label_field="coarse_label").labels.max() == 1


@pytest.mark.parametrize(
    "item", ["np.zeros((3, 8, 3), np.uint8)", "np.full((8, 8, 3), 200.0)", "np.full((8, 8, 3), -0.5)"]
)
def test_layouts_and_ranges_are_not_guessed(tmp_path, item):
    with pytest.raises(BadInput, match=r"can be that of the channels|expected 0 to 1"):
        load(tmp_path, item).image(0)


def test_augmentation_does_not_belong_into_the_data(tmp_path):
    with pytest.raises(BadInput, match=r"another image each time it is read; .* \(two readings differ by up to 100\)"):
        load(tmp_path, f"{ITEM} + np.uint8(100 * (s.read % 37 == 0))")
