"""Which augmentations there are, and what is none."""

import pytest

from repscope.core.errors import BadInput, NotFound
from repscope.training import Augmentation
from repscope.training._augmentation import PUBLISHED


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"flip": 1.5}, "augmentation flip=1.5 cannot be used; expected 0 to 1"),
        ({"translate": -1.0}, "augmentation translate=-1.0 cannot be used; expected 0 to inf"),
        ({"hue": 0.6}, "augmentation hue=0.6 cannot be used; expected 0 to 0.5"),
        ({"rotate": 200.0}, "augmentation rotate=200.0 cannot be used; expected 0 to 180"),
        ({"blur": float("nan")}, "augmentation blur=nan cannot be used"),
    ],
)
def test_augmentations_that_cannot_be(settings: dict[str, float], text: str) -> None:
    with pytest.raises(BadInput, match=text):
        Augmentation(**settings)


@pytest.mark.parametrize("name", PUBLISHED)
def test_one_alone_has_its_published_amounts_and_nothing_else(name: str) -> None:
    one, everything = vars(Augmentation.only(name)), vars(Augmentation(flip=0.5))
    assert {key for key, amount in one.items() if amount} == set(PUBLISHED[name])
    assert all(one[key] == everything[key] for key in PUBLISHED[name])


def test_several_and_all() -> None:
    two = Augmentation.only("translate", "blur")
    assert {key: amount for key, amount in vars(two).items() if amount} == {"translate": 4.0, "blur": 2.0}
    assert Augmentation.only(*PUBLISHED) == Augmentation.only("all") == Augmentation.only("all", "blur")


def test_the_names_are_those_of_the_published_table() -> None:
    assert list(PUBLISHED) == ["translate", "rotation", "flip", "jitter", "grayscale", "blur"]


def test_what_is_no_augmentation() -> None:
    with pytest.raises(NotFound, match="there is no augmentation 'rotate'; known: 'translate', 'rotation', 'flip'"):
        Augmentation.only("blur", "rotate")
    with pytest.raises(
        BadInput, match=r"no augmentation is named; expected some of translate, .*; to train without any"
    ):
        Augmentation.only()
