"""repscope train as a person types it."""

import json
import re

import pytest

from repscope.cli import main
from repscope.core.files import read_json

LETTERS = ["--data-set", "classes=AB", "--data-set", "per_class=30"]
SHORT = ["--epochs", 2, "--batch", 8]


def train(capsys, *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["train", "repscope:inception_v1", "glyphs", *LETTERS, *[str(a) for a in arguments]])
    printed = capsys.readouterr()
    return int(stopped.value.code or 0), printed.out, printed.err


def test_several_seeds_checkpoints_and_analyses(capsys, tmp_path):
    out = tmp_path / "w.safetensors"
    more = ["--seeds", 2, "--checkpoints", "1", "--analyze-every", 2, "--analyze-samples", 10]
    code, said, err = train(capsys, *SHORT, *more, "--out", out)
    assert code == 0
    assert re.search(r"^validation accuracy: [\d.]+ ± [\d.]+ % over 2 seeds$", said, re.M)
    assert re.search(r"^analyses: 2, which took [\d.]+ of [\d.]+ s, \d+ %; in .*w-0-runs, .*w-1-runs$", said, re.M)
    assert f"training with seed 1, to {tmp_path / 'w-1.safetensors'}" in err
    for seed in (0, 1):
        assert (tmp_path / f"w-{seed}-epoch-001.safetensors").exists()
        assert (tmp_path / f"w-{seed}-runs" / "epoch-002" / "scores.json").exists()
    code, said, err = train(capsys, *SHORT, "--seeds", 2, "--json", "--out", out)
    assert code == 0
    assert err == ""
    told = json.loads(said)
    assert told["weights"] == [str(tmp_path / f"w-{seed}.safetensors") for seed in (0, 1)]
    assert len(told["accuracies"]["validation"]) == 2


def test_a_recipe_and_what_is_typed_wins(capsys, tmp_path):
    out = tmp_path / "w.safetensors"
    more = ["--recipe", "cifar10-attention", "--label-noise", "1e-1", "--noise", "wrong", "--no-nesterov"]
    code, said, _ = train(capsys, *SHORT, *more, "--out", out)
    assert code == 0
    assert "accuracy by the labels trained on: " in said
    recipe = read_json(out.with_suffix(".json"))["recipe"]
    assert (recipe["learning_rate"], recipe["epochs"], recipe["warm_up"]) == (0.1, 2, 0.1)
    assert (recipe["label_noise"], recipe["noise"], recipe["nesterov"]) == (0.1, "wrong", False)
    assert recipe["augment"]["flip"] == 0.5


def test_goes_on_says_so_and_refuses_other_settings(capsys, tmp_path, monkeypatch):
    from repscope.training import _keeper

    out, write = tmp_path / "w.safetensors", _keeper.write_state

    def pull(*given):
        write(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(_keeper, "write_state", pull)
    code, _, err = train(capsys, *SHORT, "--out", out)
    assert (code, "interrupted; the same command goes on from here" in err) == (130, True)
    monkeypatch.setattr(_keeper, "write_state", write)
    code, _, err = train(capsys, *SHORT, "--learning-rate", 0.1, "--out", out)
    assert code == 1
    assert "recipe.learning_rate: 0.04 there, 0.1 now" in err
    code, said, err = train(capsys, *SHORT, "--out", out)
    assert code == 0
    assert "going on after epoch 1 of 2, from " in err
    assert "validation accuracy: " in said


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--augmentation", "blurr"], "there is no augmentation 'blurr'; known: 'translate'"),
        (["--augment", "--augmentation", "flip"], "were given; expected one"),
        (["--recipe", "cifar"], "there is no recipe 'cifar'; known: 'cifar10'"),
        (["--checkpoints", "1,last"], "--checkpoints has 'last'; expected whole numbers, such as --checkpoints 1,5,10"),
        (["--checkpoints", "11"], "checkpoints=[11] names epochs that the training does not have; expected 1 to 10"),
        (["--network-set", "classes=1"], "has 1 outputs and 'glyphs' has 2 classes; load it with classes=2"),
    ],
)
def test_what_is_refused(capsys, tmp_path, options, text):
    code, _, err = train(capsys, *options, "--out", tmp_path / "w.safetensors")
    assert code == 1
    assert text in err
    assert "Traceback" not in err
