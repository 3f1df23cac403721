"""Torch data sets from a user's own function."""

import textwrap

import numpy as np
import pytest
import torch

from repscope.core.errors import BadInput, Mismatch, NotFound
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
        (f"[({ZEROS}, 'cat')]", "item 0 of .* has the label 'cat'; expected a whole number"),
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


@pytest.mark.parametrize(
    ("item", "fields", "label"),
    [
        ("{'image': PIXELS, 'label': 1}", {}, 1),
        ("{'img': PIXELS, 'fine_label': 1}", {}, 1),
        ("{'pixel_values': PIXELS, 'labels': torch.tensor(1)}", {}, 1),
        ("{'scan': PIXELS, 'y': 1}", {}, 1),
        ("{'scan': PIXELS, 'mask': PIXELS[..., 0], 'label': 1}", {"image": "scan"}, 1),
        ("{'img': PIXELS, 'fine_label': 1, 'coarse_label': 0}", {"label": "coarse_label"}, 0),
        ("{'img': PIXELS, 'digit': 1}", {"label": "digit"}, 1),
        ("{'img': PIXELS, 'digit': 1}", {"label": ""}, None),
        ("{'image': Image.fromarray(PIXELS), 'id': 7, 'text': 'a caption'}", {}, None),
    ],
)
def test_items_with_named_fields(mine, item, fields, label):
    data = mine(f"PIXELS = np.full((4, 5, 3), 7, np.uint8)\ndef make():\n    return [{item}] * 2\n", **fields)
    assert data.image(1).unique().tolist() == [7]
    assert data.image(1).shape == (3, 4, 5)
    assert (None if data.labels is None else int(data.labels[1])) == label
    assert data.settings == fields


@pytest.mark.parametrize(
    ("item", "fields", "message"),
    [
        (
            "{'image': P, 'pixel_values': P}",
            {},
            "image or pixel_values could be the image; say which is by the setting image=",
        ),
        ("{'a': P, 'b': P}", {}, "have the fields a, b, and a or b could be the image"),
        ("{'a': 1, 'label': 2}", {}, "none is an image by its name or contents; say which is by the setting image="),
        (
            "{'img': P, 'fine_label': 1, 'coarse_label': 0}",
            {},
            "fine_label or coarse_label could be the label; .*label=…",
        ),
        (
            "{'img': P, 'digit': 1}",
            {},
            "digit could be the label; say which is by the setting label=…, or label='' if none is",
        ),
        ("{'img': P, 'label': 1}", {"label": "lable"}, "have no field 'lable'; known: 'img', 'label'"),
        ("(P, 1)", {"label": "y"}, "the items of .* are tuple, without fields; leave out image = None and label = 'y'"),
        ("{'img': P, 'label': 1}", {"image": 3}, "the setting image is 3; expected the name of a field of the items"),
    ],
)
def test_fields_that_leave_it_open_what_is_meant(mine, item, fields, message):
    with pytest.raises((BadInput, NotFound), match=message):
        mine(f"P = np.zeros((4, 5, 3), np.uint8)\ndef make():\n    return [{item}]\n", **fields)


def test_items_that_are_not_like_the_first(mine):
    body = "P = np.zeros((4, 5, 3), np.uint8)\ndef make():\n    return [{'img': P, 'label': 1}, %s]\n"
    for odd in ("{'img': P}", "(P, 1)"):
        with pytest.raises(BadInput, match=r"item 1 of .* lacks 'img' or 'label', which the first item has"):
            mine(body % odd)
    with pytest.raises(BadInput, match=r"item 1 of .* has fields, and the first item has none; expected one form"):
        mine("P = np.zeros((4, 5, 3), np.uint8)\ndef make():\n    return [P, {'img': P}]\n")


def test_a_setting_that_the_function_takes_is_its_own(mine):
    data = mine(
        "def make(image, label=2):\n    return [(np.full((4, 5, 3), image, np.uint8), label)]\n", image=9, label=0
    )
    assert data.image(0).unique().tolist() == [9]
    assert data.labels.tolist() == [0]


def test_a_data_set_of_ours_has_no_fields(mine):
    with pytest.raises(BadInput, match="returned a repscope DataSet, whose items have no fields; leave out image"):
        mine(
            "from repscope.data import DataSet\n"
            "def make():\n    return DataSet('d', np.zeros((1, 2, 2, 3), np.uint8), ('a',))\n",
            image="img",
        )


def test_class_names_of_features_and_names_as_labels(mine):
    data = mine("""
        class Feature:
            names = ["cat", "dog"]
        class Set(list):
            features = {"label": Feature()}
        def make():
            return Set([{"image": np.zeros((4, 5, 3), np.uint8), "label": label} for label in (1, "cat")])
    """)
    assert data.class_names == ("cat", "dog")
    assert data.labels.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("np.full((3, 4, 5), 7, np.uint8)", torch.full((3, 4, 5), 7, dtype=torch.uint8)),
        ("np.full((1, 4, 5), 7, np.uint8)", torch.full((3, 4, 5), 7, dtype=torch.uint8)),
        ("torch.full((4, 5, 3), 7, dtype=torch.uint8)", torch.full((3, 4, 5), 7, dtype=torch.uint8)),
        ("np.full((4, 5, 3), 0.25)", torch.full((3, 4, 5), 0.25)),
        ("np.full((4, 5), 0.25, np.float32)", torch.full((3, 4, 5), 0.25)),
        ("np.full((4, 5, 4), (9, 9, 9, 0), np.uint8)", torch.full((3, 4, 5), 255, dtype=torch.uint8)),
        ("torch.full((3, 4, 5), 0.25, requires_grad=True)", torch.full((3, 4, 5), 0.25)),
    ],
)
def test_every_layout_of_arrays(mine, image, expected):
    found = mine(f"def make():\n    return [{image}, {image}]\n").image(1)
    assert found.dtype == expected.dtype
    assert torch.equal(found, expected)


@pytest.mark.parametrize("shape", ["(3, 4, 3)", "(1, 4, 3)", "(3, 4, 1)"])
def test_a_shape_with_two_readings_is_refused(mine, shape):
    with pytest.raises(
        BadInput, match=r"item 0 of .* has the shape .*, where the first or the last numbers can be the channels"
    ):
        mine(f"def make():\n    return [np.zeros({shape}, np.uint8)]\n")


@pytest.mark.parametrize(
    "image",
    [
        "np.full((4, 5, 3), 200.0)",
        "np.full((4, 5, 3), -0.5)",
        "torch.full((3, 4, 5), float('nan'))",
        "np.full((4, 5, 3), 7)",
    ],
)
def test_another_range_is_refused(mine, image):
    data = mine(f"def make():\n    return [{image}]\n")
    with pytest.raises(BadInput, match=r"has values from .*; expected 0 to 1|is int64 of shape .*; expected uint8"):
        data.image(0)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "raise RuntimeError('no such\\n disk')",
            "make' failed with RuntimeError: no such disk; expected it to return a data set",
        ),
        (
            "return Set(broken=0)",
            r"item 0 of .* cannot be read \(KeyError: 'broken'\); mend the data set, or leave this item",
        ),
        ("return Set(broken=5)", r"item 5 of .* cannot be read \(KeyError: 'broken'\)"),
        ("return Set(n=-1)", r"the length of what .* returned cannot be asked for \(ValueError: "),
        ("return Set(n=10**12)", "returned a data set of 1,000,000,000,000 items; expected one with an end"),
        ("return Stream()", "returned a Stream, whose items cannot be read by number"),
        ("return (Set()[i] for i in range(3))", "returned a generator, whose items cannot be read by number"),
    ],
)
def test_failures_of_a_user_s_data_are_sentences(mine, body, message):
    with pytest.raises(BadInput, match=message):
        mine(
            "from torch.utils.data import IterableDataset\n"
            "class Set(Dataset):\n"
            "    def __init__(self, n=8, broken=None): self.n, self.broken = n, broken\n"
            "    def __len__(self): return self.n\n"
            "    def __getitem__(self, i):\n"
            "        if i == self.broken: raise KeyError('broken')\n"
            "        return np.full((4, 5, 3), i, np.uint8)\n"
            "class Stream(IterableDataset):\n"
            "    def __len__(self): return 8\n"
            "    def __iter__(self): return iter(())\n"
            f"def make():\n    {body}\n"
        )


def test_a_missing_argument_is_named(mine):
    with pytest.raises(
        BadInput, match=r"cannot be called with the settings \[\]: missing a required argument: 'folder'"
    ):
        mine("def make(folder):\n    return []\n")


def test_an_item_that_fails_later_is_named(mine):
    data = mine("""
        class Set(Dataset):
            gone = False
            def __len__(self): return 4
            def __getitem__(self, i):
                if self.gone: raise OSError("the disk is gone")
                return np.full((4, 5, 3), i, np.uint8)
        def make():
            return Set()
    """)
    data.images.items.gone = True
    with pytest.raises(BadInput, match=r"item 2 of .* cannot be read \(OSError: the disk is gone\)"):
        data.batch([2])


@pytest.mark.parametrize("kind", ["Set()", "DataSet('mine', Set(), tuple(map(str, range(64))))"])
def test_rare_random_changes_are_noticed_in_every_kind_of_data_set(mine, kind):
    with pytest.raises(
        BadInput, match=r"is another image each time it is read; .* \(two readings differ, by up to 255\)"
    ):
        mine(
            "from repscope.data import DataSet\n"
            "class Set(Dataset):\n"
            "    read = 0\n"
            "    def __len__(self): return 64\n"
            "    def __getitem__(self, i):\n"
            "        self.read += 1\n"
            "        image = np.zeros((4, 5, 3), np.uint8)\n"
            "        image[0] = 255 * (self.read % 37 == 0)\n"
            "        return image\n"
            f"def make():\n    return {kind}\n"
        )
