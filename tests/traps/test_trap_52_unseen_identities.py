"""Trap 52: "identities that none of them has seen", "the same data": said by a default or by a part of a name. Ours says what was checked."""

from types import SimpleNamespace

import pytest

from repscope import load_data, load_network
from repscope.studies import STUDIES
from repscope.studies._interchange_published import published_table

NETWORKS = ("repscope:inception_resnet-first", "repscope:resnet_v1-first")
CHANGES = {
    "pairs": 2,
    "median": -1.0,
    "above_source": 0,
    "above_target": 0,
    "worst_change": SimpleNamespace(value=-2.0),
}


def test_identities_are_compared_with_the_classes_of_the_networks():
    from repscope.studies.verification import whether_seen

    classes = {address: load_network(address).class_names for address in NETWORKS}
    new, old = (
        load_data("glyphs", alphabet=which, per_class=1, validation=0).class_names for which in ("open", "first")
    )
    assert whether_seen(classes, new) == "None of the 164 identities is a class of one of the networks, by its name."
    assert "164 of the 164 identities are classes of repscope:resnet_v1-first by their names" in whether_seen(
        classes, old
    )
    assert "was not checked" in whether_seen({"mine": ()}, new)


def test_the_study_says_that_identities_are_those_of_the_training(tmp_path):
    settings = {
        "networks": NETWORKS, "kinds": ("ridge",), "folds": 3, "each": 20,
        "data_settings": {"alphabet": "first", "per_class": 4, "validation": 0},
    }  # fmt: skip
    result = STUDIES["verification"].with_settings(settings).run(tmp_path)
    assert "none of them has seen" not in " ".join(result.sentences)
    assert "identities are classes of" in result.sentences[0]


@pytest.mark.parametrize("data", ["folder:/data/imagenet_cats", "imagenette.data:make", "imagenet64:/data"])
def test_a_part_of_the_name_does_not_make_the_data_the_same(data):
    assert published_table(data, CHANGES).title.endswith("not the same data")


def test_the_same_address_is_not_said_to_be_the_same_images():
    from repscope.studies._published import published_title, whether_same_data

    assert whether_same_data("CIFAR10", "cifar10:/data").endswith("the images were not compared")
    assert whether_same_data("CIFAR10", "cifar10_of_mine.py:make") == "not the same data"
    assert whether_same_data("CIFAR10", "cifar100:/data") == "not the same data"
    assert "images that were not compared" in published_title("four networks on LFW", "LFW", "lfw:faces")
