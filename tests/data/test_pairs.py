"""Pairs in the format of LFW, and images in its folders."""

import numpy as np
import pytest
from PIL import Image

from repscope import load_data
from repscope.core.errors import BadInput, Mismatch, NotFound
from repscope.data import DataSet, Pairs, draw_pairs, read_pairs, write_pairs
from repscope.data._pairs import file_numbers

TEXT = "2\t2\nAda_X\t1\t4\nBo\t2\t3\nAda_X\t4\tBo\t1\nBo\t2\tAda_X\t1\nCy\t1\t2\nDi\t1\t2\nCy\t1\tDi\t2\nDi\t1\tCy\t2\n"


@pytest.fixture
def faces(tmp_path):
    for person, numbers in {"Ada_X": (1, 4), "Bo": (1, 2, 3), "Cy": (1, 2), "Di": (1, 2)}.items():
        (tmp_path / "lfw" / person).mkdir(parents=True)
        for number in numbers:
            pixels = np.full((6, 5, 3), 10 * number + ord(person[0]), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "lfw" / person / f"{person}_{number:04d}.png")
    (tmp_path / "pairs.txt").write_text(TEXT)
    return tmp_path


def test_files_of_the_real_format(faces):
    data, pairs = load_data(f"lfw:{faces / 'lfw'}"), read_pairs(faces / "pairs.txt")
    assert pairs.same.tolist() == [True, True, False, False] * 2
    assert pairs.folds.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    rows = pairs.rows(data)
    assert [data.ids[r] for r in rows[0]] == ["Ada_X/Ada_X_0001.png", "Ada_X/Ada_X_0004.png"]
    assert [data.ids[r] for r in rows[2]] == ["Ada_X/Ada_X_0004.png", "Bo/Bo_0001.png"]
    assert int(data.image(int(rows[2, 0]))[0, 0, 0]) == 40 + ord("A")
    assert data.class_names == ("Ada_X", "Bo", "Cy", "Di")


def test_written_is_read(tmp_path, faces):
    pairs = read_pairs(faces / "pairs.txt")
    write_pairs(pairs, tmp_path / "again.txt")
    assert (tmp_path / "again.txt").read_text() == TEXT
    drawn = draw_pairs(np.repeat(np.arange(60), 12), [f"p{i}" for i in range(60)], each=30)
    write_pairs(drawn, tmp_path / "drawn.txt")
    again = read_pairs(tmp_path / "drawn.txt")
    np.testing.assert_array_equal(again.identities, drawn.identities)
    np.testing.assert_array_equal(again.numbers, drawn.numbers)
    with pytest.raises(Mismatch, match=r"folds of equally many matched and mismatched pairs, in this order"):
        write_pairs(Pairs(drawn.identities[::-1], drawn.numbers, drawn.folds), tmp_path / "x.txt")


def test_drawn_folds_share_no_identity_and_no_pair_comes_twice():
    labels = np.random.default_rng(0).integers(0, 40, 900)
    names = [f"p{i}" for i in range(40)]
    pairs = draw_pairs(labels, names, folds=10, each=40)
    where: dict[str, set[int]] = {}
    for (a, b), fold in zip(pairs.identities, pairs.folds, strict=True):
        where.setdefault(a, set()).add(fold)
        where.setdefault(b, set()).add(fold)
    assert all(len(folds) == 1 for folds in where.values())
    named = {
        frozenset(zip(i, n, strict=True))
        for i, n in zip(pairs.identities.tolist(), pairs.numbers.tolist(), strict=True)
    }
    assert len(named) == len(pairs) == 800
    assert (pairs.numbers[pairs.same, 0] != pairs.numbers[pairs.same, 1]).all()
    data = DataSet("d", np.zeros((900, 4, 4, 3), np.uint8), tuple(f"i{k}" for k in range(900)), labels, tuple(names))
    rows = pairs.rows(data)
    np.testing.assert_array_equal(np.array(names)[labels[rows]], pairs.identities)


def test_without_folds_there_is_one(tmp_path):
    (tmp_path / "dev.txt").write_text("1\nAda\t1\t2\nAda\t1\tBo\t1\n")
    assert read_pairs(tmp_path / "dev.txt").folds.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"begins with nothing; expected the numbers of folds and of matched pairs"),
        ("1\t1\t1\n", r"begins with \['1', '1', '1'\]; expected the numbers of folds"),
        ("1\t2\nAda\t1\t2\n", r"announces 1 folds of 2 matched and 2 mismatched pairs, 4 lines, and has 1"),
        ("1\t1\nAda\t1\nAda\t1\tBo\t1\n", r"line 2 of .* has 2 words; expected a matched pair: name, number, number"),
        ("1\t1\nAda\t1\t2\nAda\t1\tBo\n", r"line 3 of .* has 3 words; expected a mismatched pair"),
        ("1\t1\nAda\t1\tx\nAda\t1\tBo\t1\n", r"line 2 of .* has 'x' where a number of 1 or more is expected"),
        ("1\t1\nAda\t1\t2\nAda\t1\tAda\t2\n", r"line 3 of .* is among the mismatched pairs and names 'Ada' twice"),
    ],
)
def test_files_of_another_format_are_refused(tmp_path, text, message):
    (tmp_path / "pairs.txt").write_text(text)
    with pytest.raises(BadInput, match=message):
        read_pairs(tmp_path / "pairs.txt")


def test_unknown_images_are_refused(faces):
    data = load_data(f"lfw:{faces / 'lfw'}")
    (faces / "pairs.txt").write_text("1\t1\nAda_X\t1\t2\nAda_X\t1\tBo\t1\n")  # Ada has 1 and 4
    with pytest.raises(
        BadInput,
        match=r"pair 1 names image 2 of 'Ada_X', which is not in 'lfw:.*expected a file of the class .* such as Ada_X/Ada_X_0002",
    ):
        read_pairs(faces / "pairs.txt").rows(data)
    with pytest.raises(NotFound, match=r"there is no pairs file"):
        read_pairs(faces / "none.txt")


def test_folders_that_are_not_like_lfw_are_refused(faces):
    with pytest.raises(BadInput, match=r"'lfw' has no settings, and skip_broken came"):
        load_data(f"lfw:{faces / 'lfw'}", skip_broken=True)
    Image.new("RGB", (4, 4)).save(faces / "lfw" / "Bo" / "other.png")
    with pytest.raises(
        BadInput, match=r"the image 'Bo/other.png' in .* is not called like LFW's; expected Bo/Bo_0001.jpg"
    ):
        load_data(f"lfw:{faces / 'lfw'}")


def test_too_few_images_for_so_many_pairs():
    with pytest.raises(
        BadInput, match=r"fold 0 has 4 identities with 4 pairs of images, and 5 matched pairs were asked for"
    ):
        draw_pairs(np.repeat(np.arange(8), 2), [str(i) for i in range(8)], folds=2, each=5)
    with pytest.raises(BadInput, match=r"fold 0 has 16 pairs of images of different identities; expected 20 or more"):
        draw_pairs(np.repeat(np.arange(4), 4), [str(i) for i in range(4)], folds=2, each=10)


def test_drawn_pairs_take_the_numbers_of_files(faces):
    data = load_data(f"lfw:{faces / 'lfw'}")
    numbers = file_numbers(data)
    assert numbers.tolist() == [1, 4, 1, 2, 3, 1, 2, 1, 2]
    drawn = draw_pairs(data.labels, data.class_names, folds=2, each=1, numbers=numbers)
    rows = drawn.rows(data)
    np.testing.assert_array_equal(np.array(data.class_names)[data.labels[rows]], drawn.identities)
    np.testing.assert_array_equal(numbers[rows], drawn.numbers)
    assert file_numbers(load_data("digits")) is None


def test_files_without_numbers_are_counted_if_that_is_said(tmp_path):
    for name in ("Ada/front.png", "Ada/side.png", "Bo/front.png", "Bo/side.png"):
        (tmp_path / "f" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4)).save(tmp_path / "f" / name)
    data = load_data(f"folder:{tmp_path / 'f'}")
    assert file_numbers(data) is None
    (tmp_path / "p.txt").write_text("1\t1\nAda\t1\t2\nAda\t1\tBo\t2\n")
    with pytest.raises(BadInput, match=r"pair 1 names image 1 of 'Ada', which is not in"):
        read_pairs(tmp_path / "p.txt").rows(data)
    assert read_pairs(tmp_path / "p.txt", by_position=True).rows(data).tolist() == [[0, 1], [0, 3]]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Ada\t1\t1", r"line 2 of .* pairs image 1 of 'Ada' with itself; leave it out"),
        ("Ada\t1\t²", r"line 2 of .* has '²' where a number of 1 or more is expected"),
    ],
)
def test_pairs_that_are_none(tmp_path, line, message):
    (tmp_path / "p.txt").write_text(f"1\t1\n{line}\nAda\t1\tBo\t1\n")
    with pytest.raises(BadInput, match=message):
        read_pairs(tmp_path / "p.txt")
