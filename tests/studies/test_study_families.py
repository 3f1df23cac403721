"""Studies of several networks, on weights that were made beforehand: recipes, checkpoints, grounding, maps."""

import sys

import numpy as np
import pytest

from repscope import load_data, load_network
from repscope.core.errors import BadInput, MissingPackage
from repscope.core.files import write_tensors
from repscope.studies import STUDIES, grounding
from repscope.studies._families import over_networks
from repscope.studies.map import aligned

LAYERS = ("input", "stage3.2", "pool")


def weights(path, seed):
    module = load_network("repscope:resnet20", weights="random", seed=seed, classes=10).module
    write_tensors(path, {name: tensor.clone() for name, tensor in module.state_dict().items()}, {})
    return str(path)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    return [weights(folder / f"{seed}.safetensors", seed) for seed in range(5)]


def test_ab(files, tmp_path):
    study = STUDIES["ab"].with_settings(
        {"first_weights": files[:3], "second_weights": files[3:5], "layers": LAYERS, "samples": 40}
    )
    result = study.run(tmp_path / "a")
    curves = result.figure("class_similarity").table
    assert curves.partitions == ("plain, train", "plain, validation", "augmented, train", "augmented, validation")
    assert curves.rows[0].score.details["runs"] == 3
    matrices = result.figure("matrices_validation").table
    within = matrices.select(partition="plain-plain").matrix()
    np.testing.assert_allclose(within, within.T)
    assert within[0, 0] == 1  # the input is the same for all
    assert 0 < within[1, 1] < 1
    assert len(result.table("findings").rows) == 10
    inside = result.figure("layers_validation").table.select(partition="plain").matrix()
    np.testing.assert_allclose(np.diagonal(inside), 1)
    (accuracy,) = [row for row in result.table("accuracies").rows if row[:2] == ("plain", 2)]
    assert all(0 <= share <= 1 for share in accuracy[2:])
    # three layers are not the thesis' thirteen: nothing stands beside its figures
    assert {row[-2:] for row in result.table("published").rows} == {("", "no")}


def test_no_two_networks_begin_with_the_same_weights(monkeypatch, tmp_path):
    # networks of one seed stay alike whatever their recipes are: the recipes would look alike
    first, second = STUDIES["ab"].with_settings({"seeds": 4}).families
    assert (list(first.numbers), list(second.numbers)) == ([0, 1, 2, 3], [4, 5, 6, 7])
    seeds = []

    study = STUDIES["grounding"]
    monkeypatch.setattr(
        grounding, "train_all", lambda space, jobs: seeds.extend(jobs) or [job.path(space) for job in jobs]
    )
    monkeypatch.setattr(
        grounding, "opened_network", lambda address, weights, settings: load_network(address, **settings)
    )
    monkeypatch.setattr(grounding, "analyzed", lambda *given, **settings: None)
    monkeypatch.setattr(type(study), "_accuracies", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        study.run(tmp_path)
    assert [job.seed for job in seeds] == list(range(16))
    assert (seeds[5].name, seeds[5].recipe["label_noise"], seeds[5].recipe["noise"]) == ("shuffled-1", 1.0, "shuffled")
    assert (seeds[8].name, seeds[8].recipe["augment"]) == ("augmented-0", True)
    assert (seeds[-1].name, seeds[-1].recipe["epochs"]) == ("short-8", 8)


@pytest.mark.parametrize("how", [{"augment": True}, {"augmentation": ["all"]}, {"augmentation": ["blur"]}])
def test_the_augmented_family_is_known_by_its_recipe(how):
    study = STUDIES["ab"].with_settings({"first": {"augmentation": ["none"]}, "second": how})
    assert study._as_published == ("plain", "augmented")


def test_dynamics(files, tmp_path):
    result = (
        STUDIES["dynamics"]
        .with_settings({"checkpoints": files[:3], "layers": LAYERS, "samples": 60})
        .run(tmp_path / "a")
    )
    film = result.figure("class_similarity_film")
    assert film.film == "checkpoint"
    assert film.table.partitions == ("checkpoint 0", "checkpoint 1", "checkpoint 2")
    kept = result.figure("kept_film").table
    assert kept.partitions == ("checkpoint 0 → checkpoint 1", "checkpoint 1 → checkpoint 2")
    assert [r.score.value for r in kept.rows if r.layer == "input"] == [1.0, 1.0]


def test_grounding_asks_every_measure(tmp_path):
    kinds = [f"{kind}-{i}" for kind in ("plain", "shuffled", "augmented") for i in range(2)] + ["short-1"]
    for i, name in enumerate(kinds):
        (tmp_path / "networks").mkdir(exist_ok=True)
        weights(tmp_path / "networks" / f"{name}-{i}.safetensors", 0 if name.startswith("plain") else 10 + i)
    study = STUDIES["grounding"].with_settings(
        {"measures": ["cka", "mutual_neighbors"], "seeds": 2, "lengths": [1], "samples": 40}
    )
    result = study.run(tmp_path)
    rows = {row[0]: row for row in result.table("grounding").rows}
    assert set(rows) == {"CKA", "mutual k-NN"}
    for row in rows.values():
        assert row[1] == "1.00 passed"  # the plain ones have the same weights here, the shuffled ones others
        assert row[2] == "no answer"  # two and two can be divided in three ways
        assert row[6] == "1.00 passed"  # every layer is found again
    assert any("found by CKA" in sentence for sentence in result.sentences)


def test_grounding_takes_settings_of_network_and_data(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(grounding, "opened_data", lambda *given: asked.append(given) or load_data("digits"))
    monkeypatch.setattr(grounding, "opened_network", lambda *given: asked.append(given) or load_network(given[0]))
    given = {"layer": "head", "network_settings": {"channels": 1}, "data_settings": {"classes": 50}}
    with pytest.raises(BadInput, match="the network has no layer 'head'"):
        STUDIES["grounding"].with_settings(given).run(tmp_path)
    assert asked == [("digits", {"classes": 50}), ("repscope:resnet20", "random", {"classes": 10, "channels": 1})]


def test_grounding_refuses_a_layer_that_is_not_there(tmp_path):
    with pytest.raises(BadInput, match="the network has no layer 'head' among its blocks; known: input, neck"):
        STUDIES["grounding"].with_settings({"layer": "head"}).run(tmp_path)


def test_over_networks_leaves_each_network_out():
    g = np.random.default_rng(0)
    members = [(a, b) for a in range(8) for b in range(a)]
    covered = 0
    for _ in range(200):
        own = g.normal(size=8)
        score = over_networks(np.array([own[a] + own[b] for a, b in members]), members, "m", None, bounds=None)
        covered += score.interval[0] <= 0 <= score.interval[1]
    assert 0.9 <= covered / 200 <= 1.0
    few = over_networks(np.array([0.3]), [(0, 1)], "m", 0.1)
    assert few.value == 0.3
    assert np.isnan(few.interval).all()
    assert few.notes == ("one pair of networks: no interval",)
    near_one = over_networks(np.array([0.9, 0.99, 0.6]), [(0, 1), (0, 2), (1, 2)], "m", None)
    assert near_one.interval[1] == 1.0


def test_a_drawing_is_turned_towards_the_one_before():
    g = np.random.default_rng(0)
    before = aligned(g.normal(size=(40, 2)), None)
    turn = np.linalg.qr(g.normal(size=(2, 2)))[0]
    np.testing.assert_allclose(aligned(before @ turn * 7 + 3, before), before, atol=1e-12)
    assert np.sqrt((before**2).sum(axis=1).mean()) == pytest.approx(1)


def test_map_refuses(monkeypatch, tmp_path):
    with pytest.raises(BadInput, match="way = 'tsne'; expected one of pca, umap"):
        STUDIES["map"].with_settings({"way": "tsne"}).run(tmp_path)
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(
        MissingPackage, match=r"the study 'map' with way='umap' needs the package 'umap'.*repscope\[umap\]"
    ):
        STUDIES["map"].with_settings({"way": "umap"}).run(tmp_path)


def test_map_by_umap(tmp_path):
    pytest.importorskip("umap", reason="umap-learn is not installed: pip install 'repscope[umap]'")
    study = STUDIES["map"].with_settings({"way": "umap", "layers": ("input", "pool"), "samples": 100})
    (row,) = (row for row in study.run(tmp_path).table("kept").rows if row[0] == "pool")
    assert row[1] > 0.4
