"""The training loop."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from repscope.core.errors import BadInput
from repscope.core.files import read_json
from repscope.data import DataSet, load_data
from repscope.networks import load_network
from repscope.training import Augmentation, Recipe, Training, accuracy, train, train_by_name
from repscope.training._preparation import in_memory, prepared

RECIPE = Recipe(epochs=2, batch=32, augment=Augmentation())


def digits(count: int = 200) -> DataSet:
    return load_data("digits").balanced(count)


@pytest.fixture(scope="module")
def two_trainings(tmp_path_factory: pytest.TempPathFactory) -> list[Training]:
    folder = tmp_path_factory.mktemp("training")
    made = []
    for i in range(2):
        torch.rand(i + 1)  # what happened before does not matter
        out = folder / str(i) / "mine.safetensors"
        made.append(train(load_network("repscope:resnet20"), digits(), RECIPE, out, command="repscope train mine"))
    return made


def test_the_loss_falls(two_trainings: list[Training]) -> None:
    first, second = two_trainings[0].history
    assert second.loss < first.loss


@pytest.mark.parametrize("loss", ["softmax", "centre"])
def test_mixed_precision_multiplies_in_bfloat16_and_keeps_float32(loss: str) -> None:
    network, images = load_network("repscope:inception_v1", classes=10), digits(100)
    whole, mixed = (
        train(network, images, Recipe(epochs=1, batch=20, loss=loss, precision=name))
        for name in ("float32", "bfloat16")
    )
    assert mixed.history[0].loss != whole.history[0].loss
    assert mixed.history[0].loss == pytest.approx(whole.history[0].loss, rel=0.02)
    assert {p.dtype for p in mixed.network.module.parameters()} == {torch.float32}
    apart = [(a - b).abs().max() for a, b in zip(*(n.network.module.parameters() for n in (whole, mixed)), strict=True)]
    assert 0 < float(torch.stack(apart).max().detach()) < 0.1


def test_training_again_gives_the_same_bytes(two_trainings: list[Training]) -> None:
    one, other = two_trainings
    assert one.history == other.history
    assert one.network.digest == other.network.digest
    assert one.path is not None
    assert other.path is not None
    for suffix in (".safetensors", ".json", ".jsonl"):
        assert one.path.with_suffix(suffix).read_bytes() == other.path.with_suffix(suffix).read_bytes(), suffix


def test_accuracies_are_those_of_the_saved_weights(two_trainings: list[Training]) -> None:
    done = two_trainings[0]
    again = load_network("repscope:resnet20", weights=done.path)
    assert again.digest == done.network.digest
    assert again.class_names == done.network.class_names == digits().class_names
    assert again.preprocess == done.network.preprocess
    assert set(done.accuracies) == {"train", "validation"}
    for name, value in done.accuracies.items():
        assert accuracy(again, digits().partition(name)) == value
    assert done.history[-1].validation_accuracy == pytest.approx(done.accuracies["validation"], abs=0.02)
    assert done.network.settings["weights"] == "trained"


def test_the_record_and_the_log(two_trainings: list[Training]) -> None:
    done = two_trainings[0]
    assert done.path is not None
    record = read_json(done.path.with_suffix(".json"))
    assert record["command"] == "repscope train mine"
    assert record["recipe"] == RECIPE.describe()
    assert record["data"] == digits().describe()
    assert record["accuracies"] == done.accuracies
    assert {"torch", "numpy", "python", "repscope"} <= set(record["versions"])
    lines = [json.loads(line) for line in done.path.with_suffix(".jsonl").read_text().splitlines()]
    assert lines == record["history"] == [asdict(epoch) for epoch in done.history]
    assert list(done.frame().epoch) == [1, 2]


def test_what_was_given_stays_as_it_was() -> None:
    network = load_network("repscope:resnet20")
    before, state, digest = network.digest, torch.get_rng_state(), load_network("repscope:resnet20").digest
    done = train(network, digits(40), Recipe(epochs=1, batch=20))
    assert before == digest == replace(network).digest
    assert done.network.digest != before
    assert not network.module.training
    assert not done.network.module.training
    assert torch.equal(torch.get_rng_state(), state)
    assert done.path is None
    assert next(done.network.module.parameters()).is_contiguous()


def test_in_a_terminal_one_bar_shows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    done = train(load_network("repscope:resnet20"), digits(40), Recipe(epochs=1, batch=20))
    assert accuracy(done.network, digits(40).partition("train")) == done.accuracies["train"]


def test_everything_is_trained_on_where_there_are_no_partitions() -> None:
    done = train(load_network("repscope:resnet20"), replace(digits(30), partitions={}), Recipe(epochs=1))
    assert set(done.accuracies) == {"train"}
    assert done.history[0].validation_accuracy is None


def test_images_of_several_sizes() -> None:
    generator = np.random.default_rng(0)
    pictures = [generator.integers(0, 256, (20 + i % 3, 30, 3), dtype=np.uint8) for i in range(12)]
    data = DataSet("sizes", pictures, tuple(map(str, range(12))), np.arange(12) % 2, ("a", "b"))
    network = load_network("repscope:resnet20", classes=2, size=16)
    assert train(network, data, Recipe(epochs=1, batch=4, augment=Augmentation())).history[0].loss > 0


def test_more_outputs_than_classes_have_no_names() -> None:
    done = train(load_network("repscope:resnet20", classes=12), digits(30), Recipe(epochs=1))
    assert done.network.class_names == ()


def test_a_diverging_loss_says_when() -> None:
    with pytest.raises(
        BadInput, match=r"training diverged: the loss became (nan|inf) in epoch \d, step \d; lower the .*1e\+20"
    ):
        train(load_network("repscope:resnet20"), digits(60), Recipe(epochs=3, batch=10, warm_up=0, learning_rate=1e20))


@pytest.mark.parametrize(
    ("data", "classes", "text"),
    [
        (digits(30), 9, "'repscope:resnet20' has 9 outputs and 'digits' has 10 classes; load it with classes=10"),
        (
            replace(digits(30), labels=None),
            10,
            "the data set 'digits' has no labels; training needs at least two classes",
        ),
        (replace(digits(30), labels=np.zeros(30, int)), 10, "'digits' has images of one class only; training needs"),
    ],
)
def test_what_cannot_be_trained_on(data: DataSet, classes: int, text: str) -> None:
    with pytest.raises(BadInput, match=text):
        train(load_network("repscope:resnet20", classes=classes), data, RECIPE)


def test_training_by_names(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "letters.safetensors"
    letters = {"classes": "AB", "per_class": 8}
    done = train_by_name("repscope:resnet20", "glyphs", out, epochs=1, augment=True, seed=3, data_settings=letters)
    assert done.network.class_names == ("A", "B")
    record = read_json(out.with_suffix(".json"))
    assert record["recipe"]["augment"] == asdict(Augmentation())
    assert record["recipe"]["seed"] == 3
    assert record["command"] == (
        "repscope train repscope:resnet20 glyphs --epochs 1 --learning-rate 0.04 --batch 128 --loss softmax --precision float32 --seed 3 "
        """--data-set 'classes="AB"' --data-set per_class=8 --augment --out letters.safetensors"""
    )
    assert load_network("repscope:resnet20", weights=out).class_names == ("A", "B")
    on = train_by_name(
        "repscope:resnet20", "glyphs", tmp_path / "on.safetensors", epochs=1, weights=out, data_settings=letters
    )
    assert f"--weights {out} " in read_json(tmp_path / "on.json")["command"]
    assert on.network.settings["trained_from"] == str(out)


def test_weights_go_to_safetensors_only(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"the weights would go to '.*mine.pt'; expected a name that ends in .safetensors"
    ):
        train_by_name("repscope:resnet20", "digits", tmp_path / "mine.pt")


def test_wrong_labels_are_learnt_and_the_true_ones_measured(tmp_path: Path) -> None:
    """Of two classes, all labels wrong are the two exchanged: that is what the network then says of the validation images."""
    data = load_data("digits")
    assert data.labels is not None
    two = replace(data.subset(np.flatnonzero(data.labels < 2)), class_names=("0", "1")).balanced(160)
    recipe = Recipe(epochs=4, batch=16, label_noise=1.0, noise="wrong")
    out = tmp_path / "noisy.safetensors"
    done = train(load_network("repscope:inception_v1", classes=2), two, recipe, out)
    assert done.accuracies["train"] == pytest.approx(1 - done.accuracies["train_noisy"])
    assert done.accuracies["train_noisy"] > 0.9
    assert done.accuracies["validation"] < 0.1
    record = read_json(out.with_suffix(".json"))
    assert (record["recipe"]["label_noise"], record["recipe"]["noise"]) == (1.0, "wrong")
    assert record["accuracies"] == done.accuracies


def test_preprocessing_at_once_is_that_of_each_image() -> None:
    network = load_network("repscope:resnet20")
    for images in (torch.randint(0, 256, (5, 3, 32, 32), dtype=torch.uint8), torch.rand(5, 3, 32, 32)):
        assert torch.equal(prepared(network, images), network.preprocess(images.unbind()))
    large = torch.rand(2, 3, 50, 40)
    assert torch.equal(prepared(network, large), network.preprocess(large.unbind()))


def test_images_of_one_size_are_read_once() -> None:
    class Counted:
        reads = 0

        def __len__(self) -> int:
            return 6

        def __getitem__(self, index: int) -> np.ndarray:
            Counted.reads += 1
            return np.full((8, 8, 3), index, np.uint8)

    data = DataSet("counted", Counted(), tuple("abcdef"))
    held = in_memory(data)
    assert [int(image.max()) for image in held] == [0, 1, 2, 3, 4, 5]
    assert Counted.reads == 6
    sizes = DataSet("sizes", [np.zeros((8 + i, 8, 3), np.uint8) for i in range(2)], tuple("ab"))
    assert in_memory(sizes) is sizes


def test_a_network_that_returns_a_tuple_is_refused_in_a_sentence(tmp_path):
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(192, 4)

        def forward(self, x):
            return x.mean((2, 3)), self.head(x.flatten(1))

    from tests.activations.small import images, network

    with pytest.raises(BadInput, match=r"gives tuple in training mode; expected a score for each class"):
        train(network(Both()), images(), Recipe(epochs=1, batch=8))
