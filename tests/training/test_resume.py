"""An interrupted training goes on to the same bytes, or says why it will not."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from repscope.core.errors import BadInput, Damaged, Mismatch
from repscope.core.files import write_tensors
from repscope.data import DataSet, load_data
from repscope.networks import Network, load_network
from repscope.training import Augmentation, Recipe, train
from repscope.training._losses import Criterion, Softmax
from repscope.training._preparation import optimiser_of
from repscope.training._state import Running, state_path

RECIPE = Recipe(epochs=3, batch=20, augment=Augmentation.only("all"))
WRITTEN = (".safetensors", ".json", ".jsonl")


class Interruption(Exception):
    """Somebody pulled the plug."""


def digits(count: int = 80) -> DataSet:
    return load_data("digits").balanced(count)


def network(seed: int = 0) -> Network:
    return load_network("repscope:inception_v1", seed=seed)


def interrupted(out: Path, recipe: Recipe = RECIPE, after: int = 1, **settings: Any) -> None:
    def pull(number: int, _network: Network) -> None:
        torch.rand(3)  # what is drawn here does not touch the training
        if number == after:
            raise Interruption

    with pytest.raises(Interruption):
        train(network(), digits(), recipe, out, each=pull, **settings)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Trainings that nothing interrupts, by their loss."""
    folder = tmp_path_factory.mktemp("whole")
    for loss in ("softmax", "centre"):
        train(network(), digits(), replace(RECIPE, loss=loss), folder / f"{loss}.safetensors")
    return {loss: folder / f"{loss}.safetensors" for loss in ("softmax", "centre")}


def assert_same_bytes(one: Path, other: Path) -> None:
    for suffix in WRITTEN:
        assert one.with_suffix(suffix).read_bytes() == other.with_suffix(suffix).read_bytes(), suffix


@pytest.mark.parametrize("loss", ["softmax", "centre"])
def test_it_goes_on_to_the_same_bytes(loss: str, whole: dict[str, Path], tmp_path: Path) -> None:
    out, recipe, said = tmp_path / "mine.safetensors", replace(RECIPE, loss=loss), list[str]()
    interrupted(out, recipe)
    assert state_path(out).exists()
    assert not out.exists()
    torch.rand(5)  # nor does what happens meanwhile
    train(network(), digits(), recipe, out, say=said.append)
    assert said == [f"going on after epoch 1 of 3, from {state_path(out)}"]
    assert_same_bytes(out, whole[loss])
    epochs = [json.loads(line)["epoch"] for line in out.with_suffix(".jsonl").read_text().splitlines()]
    assert epochs == [1, 2, 3]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.json", "mine.jsonl", "mine.safetensors"]


KILLED = """
import os, signal, sys
from repscope.data import load_data
from repscope.networks import load_network
from repscope.training import Augmentation, Recipe, _loop, train

steps = iter(range(2 + 1))  # two steps are an epoch, so it dies in the middle of the second
def dying(*given, augment=_loop.augment_batch):
    if next(steps, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)
    return augment(*given)
_loop.augment_batch = dying
train(load_network("repscope:inception_v1", seed=0), load_data("digits").balanced(80),
      Recipe(epochs=3, batch=20, augment=Augmentation.only("all")), sys.argv[1])
"""


def test_a_killed_process_loses_one_epoch_at_most(whole: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "mine.safetensors"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(out)], check=False)
    assert killed.returncode == -9
    (tmp_path / ".mine.state.safetensors.abc.part").write_bytes(b"half")  # as if it had died while it wrote
    with out.with_suffix(".jsonl").open("a") as log:
        log.write('{"epoch": 2, "learn')
    seen: list[int] = []
    train(network(), digits(), RECIPE, out, each=lambda number, _network: seen.append(number))
    assert seen == [1, 2, 3]
    assert_same_bytes(out, whole["softmax"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.json", "mine.jsonl", "mine.safetensors"]


def test_killed_after_the_last_epoch_nothing_is_trained_again(whole: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "mine.safetensors"
    interrupted(out, after=3)
    train(network(), digits(), RECIPE, out)
    assert_same_bytes(out, whole["softmax"])


def test_other_settings_are_refused_with_a_list(tmp_path: Path) -> None:
    out = tmp_path / "mine.safetensors"
    interrupted(out)
    state = state_path(out).read_bytes()
    with pytest.raises(
        Mismatch,
        match=r"mine.state.safetensors is the state, after epoch 1, of a training that was begun with other settings "
        r"\(recipe.epochs: 3 there, 5 now; recipe.learning_rate: 0.04 there, 0.1 now\); go on with those, .* --fresh",
    ):
        train(network(), digits(), replace(RECIPE, epochs=5, learning_rate=0.1), out)
    with pytest.raises(Mismatch, match=r"network.digest: '.*' there, '.*' now; network.settings.seed: 0 there, 1 now"):
        train(network(seed=1), digits(), RECIPE, out)
    with pytest.raises(Mismatch, match=r"data.count: 80 there, 60 now"):
        train(network(), digits(60), RECIPE, out)
    with pytest.raises(Mismatch, match=r"checkpoints: 0 entries there, 1 now"):
        train(network(), digits(), RECIPE, out, checkpoints=[2])
    assert state_path(out).read_bytes() == state


def test_a_fresh_one_begins_anew(whole: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "mine.safetensors"
    interrupted(out, replace(RECIPE, epochs=7))
    train(network(), digits(), RECIPE, out, fresh=True)
    assert_same_bytes(out, whole["softmax"])


def test_what_is_not_whole_is_never_taken_for_it(tmp_path: Path) -> None:
    out = tmp_path / "mine.safetensors"
    interrupted(out)
    state = state_path(out).read_bytes()
    state_path(out).write_bytes(state[: len(state) // 2])
    with pytest.raises(Damaged, match=r"mine.state.safetensors cannot be read as safetensors .* truncated or damaged"):
        train(network(), digits(), RECIPE, out)
    state_path(out).write_bytes(state[:-1] + bytes([state[-1] ^ 1]))
    with pytest.raises(Damaged, match=r"mine.state.safetensors does not agree with its checksum"):
        train(network(), digits(), RECIPE, out)
    write_tensors(state_path(out), {"x": torch.zeros(2)}, {})
    with pytest.raises(Damaged, match="is not the state of a training; expected one that 'repscope train' left"):
        train(network(), digits(), RECIPE, out)


def test_checkpoints_are_weights_like_any_others(whole: dict[str, Path], tmp_path: Path) -> None:
    out, kept = tmp_path / "mine.safetensors", {}
    train(network(), digits(), RECIPE, out, checkpoints=[3, 1], each=lambda number, n: kept.update({number: n.digest}))
    assert sorted(path.name for path in tmp_path.glob("*-epoch-*.safetensors")) == [
        "mine-epoch-001.safetensors",
        "mine-epoch-003.safetensors",
    ]
    for number in (1, 3):
        again = load_network("repscope:inception_v1", weights=tmp_path / f"mine-epoch-00{number}.safetensors")
        assert again.digest == kept[number]
        assert again.class_names == digits().class_names
        record = json.loads((tmp_path / f"mine-epoch-00{number}.json").read_text())
        assert [epoch["epoch"] for epoch in record["history"]] == list(range(1, number + 1))
        assert record["accuracies"] == {"validation": record["history"][-1]["validation_accuracy"]}
    assert kept[3] == load_network("repscope:inception_v1", weights=whole["softmax"]).digest


@pytest.mark.parametrize(
    ("checkpoints", "out", "text"),
    [
        (
            [0, 2],
            "w.safetensors",
            r"checkpoints=\[0, 2\] names epochs that the training does not have; expected 1 to 3",
        ),
        ([4], "w.safetensors", r"checkpoints=\[4\] names epochs"),
        ([1], None, r"checkpoints=\[1\] were asked for, and no file for the weights; give one as out"),
    ],
)
def test_checkpoints_that_cannot_be(checkpoints: list[int], out: str | None, text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=text):
        train(network(), digits(), RECIPE, None if out is None else tmp_path / out, checkpoints=checkpoints)


RATE_AT = Recipe.rate_at


def exploding(monkeypatch: pytest.MonkeyPatch, after: float) -> Recipe:
    """A recipe whose learning rate is absurd from a share of the training on."""
    monkeypatch.setattr(Recipe, "rate_at", lambda recipe, share: 1e20 if share > after else RATE_AT(recipe, share))
    return RECIPE


def test_of_a_training_that_diverges_the_last_good_weights_are_kept(
    whole: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, kept = tmp_path / "mine.safetensors", {}
    with pytest.raises(
        BadInput,
        match=r"training diverged: the loss became (nan|inf) in epoch 3, step \d; lower the learning rate \(it is 0.04\); "
        r"the weights after epoch 2 are kept in .*mine-epoch-002.safetensors",
    ):
        train(
            network(),
            digits(),
            exploding(monkeypatch, 2 / 3),
            out,
            each=lambda number, n: kept.update({number: n.digest}),
        )
    again = load_network("repscope:inception_v1", weights=tmp_path / "mine-epoch-002.safetensors")
    assert again.digest == kept[2]
    assert again.class_names == digits().class_names
    assert len(json.loads((tmp_path / "mine-epoch-002.json").read_text())["history"]) == 2
    assert not state_path(out).exists()
    assert not out.exists()


def test_of_a_training_that_diverges_at_once_there_is_nothing_to_keep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadInput, match=r"in epoch 1, step \d; .*; no epoch was complete"):
        train(network(), digits(), exploding(monkeypatch, 0), tmp_path / "mine.safetensors")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BadInput, match=r"in epoch 3, .*; no weights were kept, for want of a file to write to"):
        train(network(), digits(), exploding(monkeypatch, 2 / 3))


def test_weights_that_are_no_numbers_end_the_training_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss of the last step was still a number."""
    steps = iter([False, True])

    def spoiled(module: torch.nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
        def spoil(_optimiser: object, _given: object, _named: object) -> None:
            if next(steps):
                next(module.parameters()).data.fill_(float("inf"))

        optimiser = optimiser_of(module, recipe)
        optimiser.register_step_post_hook(spoil)
        return optimiser

    monkeypatch.setattr("repscope.training._loop.optimiser_of", spoiled)
    with pytest.raises(BadInput, match="training diverged: the weights became infinite at the end of epoch 1; lower"):
        train(network(), digits(), RECIPE)


def test_the_state_holds_what_a_state_dict_leaves_out_and_weights_with_two_names() -> None:
    module = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    module[1].weight = module[0].weight
    module.register_buffer("seen", torch.zeros(1), persistent=False)
    whole = network()
    made = replace(whole, module=module)

    def running() -> Running:
        optimiser = torch.optim.SGD(module.parameters(), 0.1, 0.9)
        return Running(made, optimiser, torch.Generator().manual_seed(1), Criterion(Softmax()), "cpu")

    first = running()
    module(torch.ones(1, 2)).sum().backward()
    first.optimiser.step()
    module.seen += 4
    kept = {name: tensor.clone() for name, tensor in first.tensors().items()}
    assert {"module.0.weight", "module.1.weight", "module.seen", "momentum.0", "random.cpu", "random.order"} <= set(
        kept
    )
    with torch.no_grad():
        for tensor in (*module.parameters(), module.seen):
            tensor.zero_()
    torch.rand(1)
    second = running()
    torch.rand(1, generator=second.generator)
    second.restore(kept)
    for name, tensor in second.tensors().items():
        assert torch.equal(tensor, kept[name]), name
