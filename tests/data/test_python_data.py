"""Torch data sets from a user's own function."""

import textwrap

import numpy as np
import pytest
import torch

from repscope.core.errors import BadInput, Mismatch
from repscope.data import load_data


@pytest.fixture
def mine(tmp_path):
    """Write a file with a function `make`, and load what it returns."""
    numbers = iter(range(99))

    def load(body, **settings):
        path = tmp_path / f"mine_{next(numbers)}.py"
        path.write_text(
            "import numpy as np, torch\nfrom PIL import Image\nfrom torch.utils.data import Dataset, TensorDataset\n"
            + textwrap.dedent(body)
        )
        return load_data(f"{path}:make", **settings)

    return load


def test_a_tensor_data_set_with_labels(mine):
    data = mine("""
        def make(n=6):
            images = torch.arange(n, dtype=torch.uint8)[:, None, None, None].expand(n, 3, 4, 5)
            return TensorDataset(images, torch.arange(n) % 3)
    """, n=7)  # fmt: skip
    assert data.ids == tuple("0123456")
    assert data.labels.tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert data.class_names == ("0", "1", "2")
    assert data.image(5).unique().tolist() == [5]
    assert data.settings == {"n": 7}
    assert data.name.endswith(".py:make")


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("Image.new('L', (5, 4), 7)", torch.full((3, 4, 5), 7, dtype=torch.uint8)),
        ("Image.new('RGBA', (5, 4), (1, 2, 3, 0))", torch.full((3, 4, 5), 255, dtype=torch.uint8)),
        ("np.full((4, 5), 7, np.uint8)", torch.full((3, 4, 5), 7, dtype=torch.uint8)),
        ("np.full((4, 5, 1), 7, np.uint8)", torch.full((3, 4, 5), 7, dtype=torch.uint8)),
        ("np.full((4, 5, 3), 7, np.uint8)", torch.full((3, 4, 5), 7, dtype=torch.uint8)),
        ("torch.full((4, 5), 7, dtype=torch.uint8)", torch.full((3, 4, 5), 7, dtype=torch.uint8)),
        ("torch.full((1, 4, 5), 0.25)", torch.full((3, 4, 5), 0.25)),
        ("torch.full((3, 4, 5), 0.25, dtype=torch.float64)", torch.full((3, 4, 5), 0.25)),
    ],
)
def test_every_kind_of_image(mine, image, expected):
    data = mine(f"def make():\n    return [{image}, {image}]\n")
    assert data.labels is None
    assert data.image(1).dtype == expected.dtype
    assert (data.image(1) == expected).all()


@pytest.mark.parametrize("label", ["1", "np.int32(1)", "torch.tensor(1)", "np.array([1])", "torch.tensor([1])"])
def test_every_kind_of_label(mine, label):
    data = mine(f"def make():\n    return [(np.zeros((2, 2, 3), np.uint8), {label})]\n")
    assert data.labels.tolist() == [1]


def test_names_of_samples_and_classes(mine):
    data = mine("""
        class Set(list):
            ids = ["x", "y"]
            classes = ["cat", "dog", "cow"]
        def make():
            return Set([(np.zeros((2, 2, 3), np.uint8), 1), (np.zeros((2, 2, 3), np.uint8), 0)])
    """)
    assert data.ids == ("x", "y")
    assert data.class_names == ("cat", "dog", "cow")


def test_our_own_data_sets_are_taken_as_they_are(mine):
    data = mine("""
        from repscope.data import DataSet
        def make(n):
            return DataSet("ours", np.zeros((n, 2, 2, 3), np.uint8), tuple(map(str, range(n))), partitions={"a": np.array([1])})
    """, n=3)  # fmt: skip
    assert data.name == "ours"
    assert len(data.partition("a")) == 1


def test_torchvision_data_sets():
    data = load_data("torchvision.datasets:FakeData", size=5, image_size=(3, 8, 8), num_classes=4)
    assert data.image(0).shape == (3, 8, 8)
    assert data.labels.max() < 4


def test_a_changing_label_is_noticed(mine):
    data = mine("""
        class Set(Dataset):
            shift = 0
            def __len__(self): return 10
            def __getitem__(self, i):
                j = (i + self.shift) % 10
                return np.full((2, 2, 3), j, np.uint8), j
        def make():
            return Set()
    """)
    assert data.image(4)[0, 0, 0] == 4
    data.images.items.shift = 3  # what a data set does that shuffles at each epoch
    with pytest.raises(Mismatch, match=r"item 4 of '.*' had the label 4 and now has 7: the data set changes its order"):
        data.image(4)


def test_random_transformations_are_noticed(mine):
    with pytest.raises(BadInput, match="is another image each time it is read; take random transformations out of the"):
        mine("""
            class Set(Dataset):
                def __len__(self): return 20
                def __getitem__(self, i): return torch.rand(3, 8, 8)
            def make():
                return Set()
        """)


ZEROS = "np.zeros((2, 2, 3), np.uint8)"


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (
            "torch.utils.data.DataLoader([1, 2])",
            "returned a DataLoader, which batches and may shuffle; return its data set",
        ),
        ("iter([1, 2])", "returned a list_iterator, whose items cannot be read by number; expected a torch data set"),
        ("{'a': 1}", "returned a dict, whose items cannot be read by number"),
        ("[]", "returned a data set without items; expected at least one"),
        (f"[({ZEROS}, 1, 2)]", "item 0 of .* has 3 parts; expected an image, or an image and a label"),
        (f"[({ZEROS}, 1), {ZEROS}]", "item 1 of .* has no label and others have; expected labels for all or for none"),
        (f"[({ZEROS}, 0.5)]", "item 0 of .* has the label 0.5; expected a whole number or a text"),
        (f"[({ZEROS}, 'cat'), ({ZEROS}, 1)]", "item 1 of .* has the label 1 and the first has 'cat'; expected whole"),
        (f"[({ZEROS}, 1.5)]", "has the label 1.5; expected a whole number"),
        (f"[({ZEROS}, True)]", "has the label True; expected a whole number"),
        (f"[({ZEROS}, torch.tensor([1, 2]))]", r"has the label tensor\(\[1, 2\]\); expected a whole number"),
        (f"[({ZEROS}, -1)]", "has labels from -1 to -1"),
    ],
)
def test_what_is_no_data_set_is_refused(mine, returned, message):
    with pytest.raises(BadInput, match=message):
        mine(f"def make():\n    return {returned}\n")


def test_normalised_images_are_refused_when_their_turn_comes(mine):
    data = mine("def make():\n    return [torch.full((3, 2, 2), 1.5)]\n")
    with pytest.raises(BadInput, match="expected 0 to 1: return images before normalisation"):
        data.image(0)


def test_an_unknown_argument_of_the_function_is_a_setting_that_is_not_there(mine):
    with pytest.raises(BadInput, match=r"was given a setting that it does not have .*'colour'"):
        mine("def make():\n    return [np.zeros((2, 2, 3), np.uint8)]\n", colour=1)


def test_arrays_are_a_data_set(mine):
    assert np.array_equal(
        mine("def make():\n    return np.zeros((3, 2, 2, 3), np.uint8)\n").image(0), np.zeros((3, 2, 2))
    )
