"""A data set as a folder: the same images, classes and partitions come back."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from repscope.core.errors import BadInput
from repscope.data import DataSet, load_data, save_folder
from tests.cli.test_commands import run


def test_what_is_saved_comes_back(tmp_path):
    data = load_data("glyphs", classes="AB", per_class=6)
    back = load_data(f"folder:{save_folder(data, tmp_path / 'new')}")
    assert back.class_names == data.class_names
    for part in ("train", "validation"):
        ours, theirs = data.partition(part), back.partition(part)
        order = {name.rpartition("/")[2].removesuffix(".png"): row for row, name in enumerate(theirs.ids)}
        for row, name in enumerate(ours.ids):
            there = order[name]
            np.testing.assert_array_equal(theirs.image(there), ours.image(row))
            assert theirs.labels[there] == ours.labels[row]


def test_images_without_classes_in_floating_point(tmp_path):
    images = [torch.full((3, 4, 5), 0.5), torch.zeros(3, 4, 5)]
    path = save_folder(DataSet("two", images, ("a/b", "c:d")), tmp_path / "x")
    assert sorted(file.name for file in path.iterdir()) == ["a_b.png", "c_d.png"]
    assert int(load_data(f"folder:{path}").image(0)[0, 0, 0]) == 128


def test_what_cannot_be_saved(tmp_path):
    data = load_data("glyphs", classes="AB", per_class=4)
    (tmp_path / "there").write_text("x")
    with pytest.raises(BadInput, match="is there already and not an empty folder"):
        save_folder(data, tmp_path)
    some = {"train": data.partitions["train"]}
    with pytest.raises(BadInput, match=r"2 of 8 images .* are in no partition"):
        save_folder(replace(data, partitions=some), tmp_path / "a")
    odd = DataSet("odd", np.zeros((2, 4, 4, 3), np.uint8), ("a b", "a:b"))
    with pytest.raises(BadInput, match="differ by letters that file names do not tell apart"):
        save_folder(odd, tmp_path / "b")


def test_the_commands_save_transfer_embed_and_search(capsys, tmp_path):
    code, out, _ = run(
        capsys,
        "data",
        "glyphs",
        "--data-set",
        "classes=ABC",
        "--data-set",
        "per_class=12",
        "--save",
        tmp_path / "photos",
    )
    assert code == 0
    assert f"images: {tmp_path / 'photos'}" in out
    photos = f"folder:{tmp_path / 'photos'}"
    code, _, err = run(
        capsys, "transfer", "repscope:resnet20-glyphs", "--data", photos, "-l", "pool", "--post", "l2", "--use", "nearest_mean", "--out", tmp_path / "t",
    )  # fmt: skip
    assert code == 0, err
    file = tmp_path / "t" / "pipeline.safetensors"
    assert run(capsys, "embed", photos, "--pipeline", file, "--out", tmp_path / "p.npy")[0] == 0
    code, out, err = run(
        capsys,
        "search",
        photos,
        "-p",
        "validation",
        "--pipeline",
        file,
        "--index",
        tmp_path / "p.npy",
        "--queries",
        "2",
        "-k",
        "3",
    )
    assert code == 0, err
    assert "The most like of 36" in out
    code, out, _ = run(
        capsys,
        "search",
        photos,
        "--pipeline",
        file,
        "--index",
        tmp_path / "p.npy",
        "--queries",
        "1",
        "-k",
        "3",
        "--json",
    )
    (query, answers), *_ = json.loads(out).items()
    assert len(answers) == 3
    assert query not in answers
    np.save(tmp_path / "other.npy", np.eye(3))
    code, _, err = run(capsys, "search", photos, "--pipeline", file, "--index", tmp_path / "other.npy")
    assert code == 1
    assert "has 3 dimensions and the pipeline gives 64; embed the collection by this pipeline" in err
    pytest.importorskip("faiss", reason="faiss is not installed; pip install 'repscope[ann]'")
    words = [photos, "--pipeline", file, "--index", tmp_path / "p.npy", "--queries", "1", "-k", "3", "--json"]
    code, out, err = run(capsys, "search", *words, "--approximate")
    assert (code, json.loads(out)) == (0, {query: answers})
    assert "recall 1.000" in err
