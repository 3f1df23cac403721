"""Oxford, Paris and Holidays in files of their exact formats: queries, boxes, good, ok, junk, and what is refused."""

import numpy as np
import pytest
from PIL import Image

from repscope.core.errors import BadInput, NotFound
from repscope.data import Judgements, load_data


def picture(path, value=0, size=(20, 10)):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((size[1], size[0], 3), value, dtype=np.uint8)
    pixels[2:5, 4:9] = 255
    Image.fromarray(pixels).save(path, quality=95)


@pytest.fixture
def oxford(tmp_path):
    for number, name in enumerate(["all_souls_000001", "all_souls_000002", "oxford_000003", "radcliffe_000004"]):
        picture(tmp_path / "images" / f"{name}.jpg", 20 * number)
    truth = tmp_path / "gt_files"
    truth.mkdir()
    (truth / "all_souls_1_query.txt").write_text("oxc1_all_souls_000001 4.2 2.0 8.7 5.0\n")
    (truth / "all_souls_1_good.txt").write_text("all_souls_000001\n")
    (truth / "all_souls_1_ok.txt").write_text("all_souls_000002\n")
    (truth / "all_souls_1_junk.txt").write_text("oxford_000003\n")
    return tmp_path


def test_oxford_has_queries_cut_to_their_boxes(oxford):
    data = load_data(f"oxford:{oxford}")
    assert data.ids == (
        "all_souls_000001",
        "all_souls_000002",
        "oxford_000003",
        "radcliffe_000004",
        "query:all_souls_1",
    )
    queries, gallery = data.partition("queries"), data.partition("gallery")
    assert queries.ids == ("query:all_souls_1",)
    assert len(gallery) == 4
    assert data.judgements.relevant == {"query:all_souls_1": ("all_souls_000001", "all_souls_000002")}
    assert data.judgements.junk == {"query:all_souls_1": ("oxford_000003",)}
    assert tuple(queries.image(0).shape) == (3, 3, 5)
    assert int(queries.image(0).min()) > 180
    relevant, junk = queries.judgements.rows(queries.ids, gallery.ids)
    assert (relevant[0].tolist(), junk[0].tolist()) == ([0, 1], [2])


def test_queries_may_be_left_whole(oxford):
    assert tuple(load_data(f"oxford:{oxford}", crop=False).partition("queries").image(0).shape) == (3, 10, 20)


def test_paris_lies_in_folders_and_has_no_prefix(oxford):
    picture(oxford / "images" / "defense" / "paris_defense_000605.jpg")
    for kind, text in (
        ("query", "paris_defense_000605 0 0 20 10"),
        ("good", "paris_defense_000605"),
        ("ok", ""),
        ("junk", ""),
    ):
        (oxford / "gt_files" / f"defense_1_{kind}.txt").write_text(text)
    data = load_data(f"oxford:{oxford}")
    assert data.partition("queries").ids == ("query:all_souls_1", "query:defense_1")


def test_images_that_are_judged_and_not_there(oxford):
    (oxford / "gt_files" / "all_souls_1_ok.txt").write_text("all_souls_000002\nall_souls_000009\n")
    with pytest.raises(
        BadInput,
        match=r"1 images that are judged for 'query:all_souls_1' are not in .*'all_souls_000009'.*missing=leave out",
    ):
        load_data(f"oxford:{oxford}")
    data = load_data(f"oxford:{oxford}", missing="leave out")
    assert data.judgements.relevant["query:all_souls_1"] == ("all_souls_000001", "all_souls_000002")


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        (
            "all_souls_1_query.txt",
            "oxc1_all_souls_000001 1 2 3",
            "holds 'oxc1_all_souls_000001 1 2 3'; expected an image's name and four numbers",
        ),
        ("all_souls_1_query.txt", "", "holds ''; expected an image's name"),
        ("all_souls_1_query.txt", "oxc1_none 1 2 3 4", "names the image 'none', which is not in"),
        ("all_souls_1_good.txt", "", "'query:all_souls_1' has no relevant images"),
        ("all_souls_1_junk.txt", "all_souls_000001", "'all_souls_000001' is both relevant and junk"),
    ],
)
def test_files_that_are_not_in_the_format(oxford, file, text, message):
    (oxford / "gt_files" / file).write_text(text)
    if "no relevant" in message:
        (oxford / "gt_files" / "all_souls_1_ok.txt").write_text("")
    with pytest.raises(BadInput, match=message):
        load_data(f"oxford:{oxford}")


def test_files_that_are_not_there(oxford):
    (oxford / "gt_files" / "all_souls_1_ok.txt").unlink()
    with pytest.raises(BadInput, match=r"there is no file 'all_souls_1_ok.txt' beside the query"):
        load_data(f"oxford:{oxford}")
    (oxford / "gt_files" / "all_souls_1_query.txt").unlink()
    with pytest.raises(BadInput, match=r"there is no file \*_query.txt in"):
        load_data(f"oxford:{oxford}")


def test_boxes_outside_of_the_picture(oxford):
    (oxford / "gt_files" / "all_souls_1_query.txt").write_text("oxc1_all_souls_000001 90 2 95 5")
    with pytest.raises(
        BadInput,
        match=r"the query's box \(90.0, 2.0, 95.0, 5.0\) lies outside of 'all_souls_000001.jpg', 20 x 10 pixels",
    ):
        load_data(f"oxford:{oxford}").partition("queries").image(0)


def test_two_pictures_of_one_name_and_settings(oxford):
    with pytest.raises(BadInput, match="the setting missing is 'pass'; expected 'refuse' or 'leave out'"):
        load_data(f"oxford:{oxford}", missing="pass")
    picture(oxford / "more" / "all_souls_000001.jpg")
    with pytest.raises(BadInput, match="holds two pictures 'all_souls_000001'"):
        load_data(f"oxford:{oxford}")


@pytest.fixture
def holidays(tmp_path):
    for name in ("100000", "100001", "100002", "100100", "100101"):
        picture(tmp_path / f"{name}.jpg")
    return tmp_path


def test_holidays_has_a_query_in_each_scene(holidays):
    data = load_data(f"holidays:{holidays}")
    assert data.judgements.relevant == {"100000": ("100001", "100002"), "100100": ("100101",)}
    assert data.judgements.junk == {"100000": ("100000",), "100100": ("100100",)}
    assert data.partition("queries").ids == ("100000", "100100")
    assert len(data.partition("gallery")) == 5


def test_what_holidays_refuses(holidays):
    picture(holidays / "100200.jpg")
    with pytest.raises(BadInput, match=r"1 of 3 queries .* are alone in their scenes, such as '100200'"):
        load_data(f"holidays:{holidays}")
    picture(holidays / "beach.jpg")
    with pytest.raises(
        BadInput, match=r"1 of 7 pictures .* are not named by a number of three digits or more, such as 'beach'"
    ):
        load_data(f"holidays:{holidays}")


@pytest.mark.parametrize("kind", ["oxford", "holidays"])
def test_folders_without_pictures(kind, tmp_path):
    with pytest.raises(NotFound, match=f"expected '{kind}:DIR' with its images and ground truth"):
        load_data(f"{kind}:{tmp_path / 'none'}")
    with pytest.raises(BadInput, match="there are no pictures in"):
        load_data(f"{kind}:{tmp_path}")


@pytest.mark.parametrize(
    ("relevant", "junk", "message"),
    [
        ({}, {}, "there are no queries"),
        ({"a": ()}, {}, "the query 'a' has no relevant images"),
        ({"a": ("b",)}, {"a": ("b",)}, "'b' is both relevant and junk for the query 'a'"),
        ({"a": ("b",)}, {"c": ("b",)}, "junk is named for 'c', which is no query"),
    ],
)
def test_judgements_that_are_none(relevant, junk, message):
    with pytest.raises(BadInput, match=message):
        Judgements(relevant, junk)


def test_judgements_of_what_is_not_there():
    found = Judgements({"a": ("b",)})
    with pytest.raises(BadInput, match="1 of 1 queries have no judgements, such as 'z'"):
        found.rows(["z"], ["b"])
    with pytest.raises(
        BadInput, match="1 of 1 images that are judged for the query 'a' are not in the gallery, such as 'b'"
    ):
        found.rows(["a"], ["c"])
