"""The study of augmentation: trainings, what each layer makes of changed images, from where on a change is looked past."""

import json

import numpy as np
import pytest
import torch

from repscope import layer_similarity, load_data, neighbor_graph
from repscope.activations import record
from repscope.core.errors import BadInput
from repscope.report import write_study
from repscope.studies import STUDIES, published
from repscope.studies._augmentation_words import PUBLISHED, onset
from repscope.studies._augmented import augmented, every_time
from repscope.studies._subjects import opened_network
from repscope.studies.augmentation import NAMES
from repscope.training import Augmentation
from tools.headless import axe_violations, overflow

DATA = {"classes": "AB", "per_class": 24}
SMALL = {
    "data_settings": DATA,
    "network": "repscope:inception_v1",
    "augmentations": ["translate", "grayscale"],
    "seeds": 2,
    "recipe": {"epochs": 1, "batch": 8},
    "layers": ["input", "pool"],
    "samples": 12,
    "k": 3,
}


@pytest.fixture(scope="module")
def study():
    return STUDIES["augmentation"].with_settings(SMALL)


@pytest.fixture(scope="module")
def folder(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("augmentation") / "a"
    study.run(folder)
    return folder


def test_each_alone_all_and_none(study, folder):
    result = study.run(folder)
    rows = {row[0]: row for row in result.table("augmentations").rows}
    assert list(rows) == ["none", "translate", "grayscale", "all"]
    theirs = {row["augmentation"]: float(row["mean_accuracy"]) for row in published("augmentation_ablation_cifar10")}
    assert rows["all"][6] == theirs["all of them"]
    assert rows["none"][3:6] == (None, "", None)
    found = [json.loads((folder / "networks" / f"grayscale-{seed}.json").read_text(encoding="utf8")) for seed in (0, 1)]
    assert all(record["recipe"]["augment"]["grey"] == 0.2 for record in found)
    assert all(record["recipe"]["augment"]["translate"] == 0 for record in found)
    assert rows["grayscale"][1] == pytest.approx(50 * sum(record["accuracies"]["validation"] for record in found))


def test_neighbours_that_stay_are_those_of_the_graphs(study, folder, tmp_path):
    result = study.run(folder)
    (row,) = [
        r
        for r in result.figure("kept_translate").table.rows
        if r.partition == "trained with none" and r.layer == "pool"
    ]
    part = load_data("glyphs", **DATA).partition("validation").balanced(12)
    changed = augmented(part, every_time(Augmentation.only("translate")), seed=0)
    values = []
    for seed in (0, 1):
        network = opened_network("repscope:inception_v1", str(folder / "networks" / f"none-{seed}.safetensors"))
        graphs = [
            neighbor_graph(record(network, images, ["pool"], tmp_path / f"{seed}-{i}").activations("pool"), 3)
            for i, images in enumerate((part, changed))
        ]
        values.append(layer_similarity(*graphs).value)
    assert row.score.value == pytest.approx(np.mean(values))


def test_again_and_interrupted_it_gives_the_same_bytes(study, folder, tmp_path):
    done = []

    def stop(word):
        done.append(word)
        if word.startswith("looking at translate"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study.run(tmp_path / "b", stop)
    study.run(tmp_path / "b")
    assert (tmp_path / "b" / "result.json").read_bytes() == (folder / "result.json").read_bytes()


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_the_page(study, folder, open_page, theme, width):
    opened = open_page(write_study(study.run(folder), folder), theme, width)
    assert "Neighbours that stay under translate" in opened.page.inner_text("main")
    assert overflow(opened.page) <= 0
    assert axe_violations(opened.page) == []
    assert opened.complaints == []


def test_an_onset_is_the_first_layer_of_the_gap():
    random = np.random.default_rng(0)
    layers = ("a", "b", "c", "d", "e")
    plain = 0.3 + 0.001 * random.normal(size=(4, 5))
    trained = 0.3 + np.array([0.0, 0.0, 0.1, 0.2, 0.1]) + 0.001 * random.normal(size=(4, 5))
    found = onset(layers, trained, plain)
    assert (found.layer, found.widest) == ("c", "d")
    assert found.gap.value == pytest.approx(0.2, abs=0.01)


def test_what_seeds_do_is_no_onset():
    found = [
        onset(tuple(map(str, range(13))), *np.random.default_rng(seed).normal(0.5, 0.05, (2, 3, 13))).layer
        for seed in range(100)
    ]
    assert sum(layer is not None for layer in found) <= 10


def test_one_seed_has_no_onset():
    assert onset(("a", "b"), np.array([[0.9, 0.9]]), np.array([[0.1, 0.1]])).layer is None


@pytest.mark.parametrize("name", NAMES)
def test_images_are_changed_once_and_for_all(name):
    clean = load_data("glyphs", classes="AB", per_class=4)
    how = every_time(Augmentation.only(name))
    changed = augmented(clean, how, seed=0)
    assert changed.ids == clean.ids
    for row in range(len(clean)):
        assert torch.equal(changed.image(row), augmented(clean.subset([row]), how, seed=0).image(0))
        assert changed.image(row).dtype == torch.uint8
    differ = sum(not torch.equal(changed.image(row), clean.image(row)) for row in range(len(clean)))
    assert differ >= len(clean) - 1  # a translation may be by nothing
    assert not all(
        torch.equal(changed.image(row), augmented(clean, how, seed=1).image(row)) for row in range(len(clean))
    ) or name in (
        "flip",
        "grayscale",
    )


def test_every_published_augmentation_has_a_name():
    assert set(PUBLISHED.values()) == {row["augmentation"] for row in published("augmentation_ablation_cifar10")}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"augmentations": ["mixup"]}, r"there is no augmentation 'mixup'; known: 'translate', 'rotation'"),
        ({"augmentations": []}, r"augmentations = \[\]; expected one or more, each once"),
        ({"augmentations": ["blur", "blur"]}, r"augmentations = \['blur', 'blur'\]; expected one or more, each once"),
        (
            {"recipe": {"augment": True}},
            r"the common recipe has augment, which the study chooses; leave that out of it",
        ),
        ({"recipe": {"speed": 1}}, r"the common recipe has the settings speed; expected some of epochs"),
        ({"seeds": 0}, r"seeds = 0; expected one or more, three for intervals"),
    ],
)
def test_refusals(given, words, tmp_path):
    with pytest.raises(BadInput, match=words):
        STUDIES["augmentation"].with_settings(given).run(tmp_path / "a")
