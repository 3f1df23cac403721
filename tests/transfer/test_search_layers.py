"""Retrieval at every layer: labels and judgements, what post-processing learns from, curves, notes, refusals."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from repscope import load_data, load_network
from repscope.core.errors import BadInput
from repscope.data import DataSet
from repscope.maps import Ridge
from repscope.transfer import described, postprocessing, retrieve, same_label, search_layers
from repscope.transfer._search_layers import FIT_ON_GALLERY, MAPPED_ON_GALLERY
from tests.activations.small import InPlace, network

NETWORK = "repscope:resnet20-glyphs"
LAYERS = ["input", "stage2.2", "pool"]


@pytest.fixture(scope="module")
def digits():
    return load_data("digits").balanced(500)


@pytest.fixture(scope="module")
def found(digits, tmp_path_factory):
    return search_layers(
        load_network(NETWORK),
        digits,
        tmp_path_factory.mktemp("search"),
        layers=LAYERS,
        descriptors=["average", "gem"],
        samples=80,
        sizes=(4, 16),
    )


def test_every_layer_is_there_in_order(found):
    assert [(line.layer, line.descriptor) for line in found.layers] == [
        ("input", "flat"), ("stage2.2", "average"), ("stage2.2", "gem"), ("pool", "flat"),
    ]  # fmt: skip
    assert all(list(line.by_dimension) == [4, 16] for line in found.layers)
    assert found.frame().shape == (4, 11)
    assert found.notes == ()
    assert found.sentences()[0].startswith(f"{found.best.layer} of {NETWORK}, ")
    assert "keeps 99 %" in found.sentences()[1]


def test_it_is_what_the_parts_give(found):
    line = found.layers[1]
    vectors = described(found.queries, "stage2.2", "average")
    expected = retrieve(vectors, vectors, *same_label(found.queries.labels), keep=10)
    np.testing.assert_allclose(line.found.precision, expected.precision, atol=1e-6)
    assert line.found.first.shape == (80, 10)


def test_whitening_learns_from_the_training_images(digits, tmp_path):
    found = search_layers(
        load_network(NETWORK), digits, tmp_path, layers=["pool"], steps="l2, whiten:30, l2", samples=60, sizes=()
    )
    assert (tmp_path / "fit").is_dir()
    assert found.layers[0].dimension == 30
    assert found.layers[0].by_dimension == {}
    assert found.notes == ()
    assert len(found.sentences()) == 1


def test_without_other_images_it_is_said(digits, tmp_path):
    plain = replace(digits.partition("validation").balanced(60), partitions={})
    found = search_layers(load_network(NETWORK), plain, tmp_path, layers=["pool"], sizes=(8,))
    assert found.notes == (FIT_ON_GALLERY,)
    assert found.sentences()[-1].startswith("Note: what post-processing learns")
    assert found.gallery is found.queries


def test_judged_data_have_their_own_queries_and_gallery(digits, tmp_path):
    for scene in range(4):
        for number in range(3):
            row = np.flatnonzero(digits.labels == scene)[number]
            pixels = digits.image(int(row)).permute(1, 2, 0).numpy()
            Image.fromarray(pixels).save(tmp_path / f"{100 + scene}{number:02d}.png")
    found = search_layers(
        load_network(NETWORK),
        load_data(f"holidays:{tmp_path}"),
        tmp_path / "out",
        layers=["pool"],
        sizes=(),
        definition="trapezoid",
    )
    line = found.layers[0].found
    assert (found.queries.n, found.gallery.n) == (4, 12)
    assert line.relevant.tolist() == [2] * 4
    assert line.ranked.tolist() == [11] * 4
    assert line.score.measure == "mAP (trapezoid)"
    assert not set(line.first[0].tolist()) & {found.gallery.ids.index(found.queries.ids[0])}
    with pytest.raises(BadInput, match="has its own queries and gallery; leave out samples and partition"):
        search_layers(load_network(NETWORK), load_data(f"holidays:{tmp_path}"), tmp_path / "out", samples=5)


def test_queries_of_another_network_are_mapped(digits, tmp_path):
    """The control: a network's own queries, mapped to itself, find what they find."""
    own, settings = load_network(NETWORK), {"layers": LAYERS, "samples": 80, "sizes": (8,)}
    found = search_layers(own, digits, tmp_path, queries_of=own, **settings)
    assert [(line.layer, bool(line.mapped)) for line in found.layers] == [
        ("input", False), ("stage2.2", False), ("stage2.2", True), ("pool", False), ("pool", True),
    ]  # fmt: skip
    for mine, mapped in ((found.layers[1], found.layers[2]), (found.layers[3], found.layers[4])):
        assert mapped.found.map == pytest.approx(mine.found.map, abs=1e-3)
        assert mapped.by_dimension[8].map == pytest.approx(mine.by_dimension[8].map, abs=1e-3)
    assert found.layers[2].name == f"stage2.2, average, queries of {NETWORK} (weights {own.digest[:8]}), mapped"
    assert not found.best.mapped
    assert (
        f"With queries of {NETWORK} (weights {own.digest[:8]}), taken by a linear map into the space of "
        in found.sentences()[-1]
    )


def test_a_query_is_taken_by_a_map_that_has_not_seen_it(digits, tmp_path):
    """Random weights know little: a map fitted on the queries themselves would make much of that."""
    few = replace(digits.partition("validation").balanced(60), partitions={})
    own, other = load_network("repscope:resnet20-digits"), load_network(NETWORK, weights="random")
    found = search_layers(own, few, tmp_path, layers=["stage3.1"], sizes=(), queries_of=other)
    mapped = found.layers[1].found.map
    theirs = described(search_layers(other, few, tmp_path / "b", layers=["stage3.1"], sizes=()).queries, "stage3.1")
    mine = described(found.queries, "stage3.1")
    seen = postprocessing("l2").fit_transform(Ridge("cv").fit(theirs, mine).predict(theirs))
    too_good = retrieve(seen, postprocessing("l2").fit_transform(mine), *same_label(few.labels)).map
    assert mapped < too_good - 0.04


def test_what_is_too_wide_is_not_mapped_and_said(digits, tmp_path, monkeypatch):
    monkeypatch.setattr("repscope.transfer._search_layers.MOST_MAPPED", 40)
    own = load_network(NETWORK)
    found = search_layers(own, digits, tmp_path, layers=["stage2.2", "pool"], samples=80, sizes=(), queries_of=own)
    assert [line.layer for line in found.layers if line.mapped] == ["stage2.2"]
    assert found.notes == ("of more than 40 numbers, and therefore not mapped: pool, flat",)


def test_mapped_queries_are_worth_more_than_chance_and_less_than_ones_own(digits, tmp_path):
    found = search_layers(
        load_network("repscope:resnet20-digits"),
        digits,
        tmp_path,
        layers=["stage3.2"],
        samples=100,
        sizes=(),
        queries_of=load_network(NETWORK),
    )
    mine, mapped = (line.found for line in found.layers)
    assert mapped.score.null < 0.5 < mapped.map < mine.map
    assert [row["queries_of"] for row in found.rows()] == ["repscope:resnet20-digits", f"{NETWORK}, mapped"]


def test_a_map_without_other_images_is_said_and_layers_must_share_names(digits, tmp_path):
    plain = replace(digits.partition("validation").balanced(60), partitions={})
    own = load_network(NETWORK)
    found = search_layers(own, plain, tmp_path, layers=["pool"], sizes=(), queries_of=own)
    assert found.notes == (MAPPED_ON_GALLERY,)
    other = network(InPlace(), shape=(3, 32, 32))
    with pytest.raises(
        BadInput, match=r"have no layer of one name among those asked for \(.*\), so it cannot be told which"
    ):
        search_layers(own, plain, tmp_path / "b", queries_of=other, sizes=())


def test_vectors_of_nothing_are_compared_by_distance(tmp_path):
    images = [torch.full((3, 32, 32), grey) for grey in (0.0, 0.0, 0.5, 0.5, 1.0, 1.0)]
    data = DataSet("grey", images, tuple("abcdef"), np.array([0, 0, 1, 1, 2, 2]), ("x", "y", "z"))
    # the middle grey is zero after the network's own normalisation
    found = search_layers(load_network(NETWORK), data, tmp_path, layers=["input"], steps="none", sizes=())
    assert found.best.found.map == pytest.approx(1)


def test_what_cannot_be_searched(digits, tmp_path):
    mine = load_network(NETWORK)
    with pytest.raises(BadInput, match="has neither labels nor judgements"):
        search_layers(mine, replace(digits, labels=None, class_names=()), tmp_path)
    few = digits.subset([0, 1, 2, *np.flatnonzero(digits.labels == digits.labels[0])[1:3].tolist()])
    with pytest.raises(BadInput, match="2 of 5 images are alone in their classes, such as"):
        search_layers(mine, replace(few, partitions={}), tmp_path)
