"""Items of data sets of one's own: dictionaries, texts as labels, functions and items that fail."""

import numpy as np
import pytest
import torch

from repscope import DataSet, load_data
from repscope.core.errors import BadInput

IMAGE = "np.full((8, 8, 3), i, np.uint8)"
IDS = tuple("abcd")


@pytest.fixture
def mine(tmp_path):
    def load(body, **settings):
        (tmp_path / "mine.py").write_text(f"import numpy as np\nimport torch\n\n{body}")
        return load_data(f"{tmp_path}/mine.py:make", **settings)

    return load


def items(fields):
    return f"def make():\n    return [{{{fields}}} for i in range(6)]\n"


@pytest.mark.parametrize(
    "fields", [f"'image': {IMAGE}, 'label': i % 2", f"'img': {IMAGE}, 'fine_label': i % 2, 'id': i"]
)
def test_dictionaries_with_usual_names(mine, fields):
    data = mine(items(fields))
    assert data.labels.tolist() == [0, 1, 0, 1, 0, 1]
    assert int(data.image(3).max()) == 3


def test_dictionaries_with_more_than_one_reading(mine):
    fields = f"'image': {IMAGE}, 'fine_label': i, 'coarse_label': i % 2"
    with pytest.raises(
        BadInput, match=r"fine_label and coarse_label may be the label; say which: --data-set label_field=fine_label"
    ):
        mine(items(fields))
    assert mine(items(fields), label_field="coarse_label").labels.max() == 1
    with pytest.raises(BadInput, match=r"no field 'colour' for the label; known: 'image'"):
        mine(items(fields), label_field="colour")


def test_dictionaries_without_an_image(mine):
    with pytest.raises(
        BadInput, match=r"has the fields photo, label; expected one called image, .* --data-set image_field=NAME"
    ):
        mine(items(f"'photo': {IMAGE}, 'label': 0"))
    assert len(mine(items(f"'photo': {IMAGE}, 'label': 0"), image_field="photo")) == 6


def test_names_of_classes_as_hugging_face_has_them(mine):
    body = f"""
class Names:
    names = ["cat", "dog"]

class Items(list):
    features = {{"image": None, "label": Names()}}

def make():
    return Items({{"image": {IMAGE}, "label": i % 2}} for i in range(4))
"""
    assert mine(body).class_names == ("cat", "dog")


def test_texts_are_labels(mine):
    data = mine(f"def make():\n    return [({IMAGE}, 'yx'[i % 2]) for i in range(4)]\n")
    assert (data.class_names, data.labels.tolist()) == (("x", "y"), [1, 0, 1, 0])


def test_texts_that_are_no_class(mine):
    body = (
        f"class Items(list):\n    classes = ['x']\n\ndef make():\n    return Items(({IMAGE}, 'y') for i in range(2))\n"
    )
    with pytest.raises(BadInput, match=r"has the label 'y', which is not among its classes x"):
        mine(body)


def test_a_function_or_an_item_that_fails(mine):
    with pytest.raises(BadInput, match=r"mine.py:make\(\) failed \(RuntimeError: no such disk\)"):
        mine("def make():\n    raise RuntimeError('no such disk')\n")
    body = "class Items:\n    def __len__(s): return 3\n    def __getitem__(s, i): return (np.zeros((2, 2, 3), np.uint8), 1 // (2 - i))\n"
    with pytest.raises(BadInput, match=r"item 2 of .* cannot be read \(ZeroDivisionError"):
        mine(body + "def make(): return Items()\n")


def images():
    return np.zeros((4, 8, 8, 3), np.uint8)


@pytest.mark.parametrize(
    "labels", [[0, 1, 0, 1], (0, 1, 0, 1), torch.tensor([0, 1, 0, 1]), np.array([0, 1, 0, 1], np.uint8)]
)
def test_labels_in_any_form(labels):
    data = DataSet("d", images(), IDS, labels, ("x", "y"))
    assert data.labels.tolist() == [0, 1, 0, 1]
    assert data.balanced(2).labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    "labels", [["y", "x", "y", "x"], np.array(["y", "x", "y", "x"]), np.array(["y", "x", "y", "x"], object)]
)
def test_labels_as_texts(labels):
    assert DataSet("d", images(), IDS, labels, ("x", "y")).labels.tolist() == [1, 0, 1, 0]
    assert DataSet("d", images(), IDS, labels).class_names == ("x", "y")
    with pytest.raises(BadInput, match=r"has the label 'y', which is not among its class names x"):
        DataSet("d", images(), IDS, labels, ("x",))


@pytest.mark.parametrize("labels", [[0.0, 1.0, 0.0, 1.0], [True, False, True, False], [None, 1, 2, 3]])
def test_labels_that_are_none(labels):
    with pytest.raises(BadInput, match=r"has labels of type .*; expected whole numbers, or the names of classes"):
        DataSet("d", images(), IDS, labels, ("x", "y"))


def test_images_given_to_a_preprocessing_are_copies():
    tensors = [torch.zeros(3, 4, 4, dtype=torch.uint8), torch.zeros(3, 4, 4)]
    data = DataSet("d", tensors, ("a", "b"))
    for row in (0, 1):
        data.image(row).add_(1)
        assert not tensors[row].any()


def test_other_arrays_are_other_data():
    first, second = images(), images()
    second[2, 3, 4, 1] = 9
    assert DataSet("d", first, IDS).describe()["images"] != DataSet("d", second, IDS).describe()["images"]
    rows = DataSet("d", first, IDS).subset([0, 1]), DataSet("d", second, IDS).subset([0, 1])
    assert rows[0].describe() == rows[1].describe()


@pytest.mark.parametrize(
    ("image", "value"),
    [
        ("np.full((3, 4, 5), 7, np.uint8)", 7),
        ("np.full((1, 4, 5), 7, np.uint8)", 7),
        ("torch.full((4, 5, 3), 7, dtype=torch.uint8)", 7),
        ("np.full((4, 5, 3), 0.25)", 0.25),
        ("np.full((4, 5), 0.25, np.float32)", 0.25),
        ("np.full((4, 5, 4), (9, 9, 9, 0), np.uint8)", 255),
        ("torch.full((3, 4, 5), 0.25, requires_grad=True)", 0.25),
    ],
)
def test_arrays_of_either_layout(tmp_path, image, value):
    (tmp_path / "m.py").write_text(f"import numpy as np, torch\ndef make(): return [{image}] * 2\n")
    found = load_data(f"{tmp_path}/m.py:make").image(1)
    assert found.shape == (3, 4, 5)
    assert found.unique().tolist() == [value]


@pytest.mark.parametrize("shape", ["(3, 4, 3)", "(1, 4, 3)", "(3, 4, 1)"])
def test_a_shape_with_two_readings(tmp_path, shape):
    (tmp_path / "m.py").write_text(f"import numpy as np\ndef make(): return [np.zeros({shape}, np.uint8)]\n")
    with pytest.raises(
        BadInput, match=r"has the shape .*, where the first or the last number can be that of the channels"
    ):
        load_data(f"{tmp_path}/m.py:make")


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ("Items(-1)", r"the length of what .* returned cannot be asked for \(ValueError"),
        ("Items(10**12)", r"returned a data set of 1,000,000,000,000 items; expected one with an end"),
        ("Stream()", r"returned a Stream, whose items cannot be read by number"),
    ],
)
def test_data_without_an_end(tmp_path, made, message):
    (tmp_path / "m.py").write_text(
        "import numpy as np\nfrom torch.utils.data import IterableDataset\n"
        "class Items:\n    def __init__(s, n): s.n = n\n    def __len__(s): return s.n\n    def __getitem__(s, i): return np.zeros((4, 5, 3), np.uint8)\n"
        "class Stream(IterableDataset):\n    def __len__(s): return 8\n    def __iter__(s): return iter(())\n"
        f"def make(): return {made}\n"
    )
    with pytest.raises(BadInput, match=message):
        load_data(f"{tmp_path}/m.py:make")


@pytest.mark.parametrize("made", ["Items()", "DataSet('mine', Items(), tuple(map(str, range(64))))"])
@pytest.mark.parametrize(
    ("image", "how"),
    [
        ("np.full((4, 5, 3), s.read % 50 == 0, np.uint8)", "by up to 1"),
        ("np.zeros((4, 5 + s.read % 2, 3), np.uint8)", "in their shapes"),
    ],
)
def test_rare_changes_are_noticed_in_every_kind_of_data_set(tmp_path, made, image, how):
    (tmp_path / "m.py").write_text(
        "import numpy as np\nfrom repscope.data import DataSet\n"
        "class Items:\n    read = 40\n    def __len__(s): return 64\n"
        f"    def __getitem__(s, i):\n        s.read += 1\n        return {image}\n"
        f"def make(): return {made}\n"
    )
    with pytest.raises(BadInput, match=rf"is another image each time it is read; .*two readings differ {how}"):
        load_data(f"{tmp_path}/m.py:make")
