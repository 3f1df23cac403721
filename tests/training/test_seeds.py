"""The same training from several seeds."""

import json
import statistics
from pathlib import Path

import pytest

from repscope.core.errors import BadInput, Mismatch
from repscope.networks import load_network
from repscope.training import SeedTrainings, train_by_name, train_seeds

NETWORK = "repscope:inception_v1"
LETTERS = {"classes": "AB", "per_class": 20}
HOW = {"epochs": 1, "batch": 8, "data_settings": LETTERS}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SeedTrainings]:
    out = tmp_path_factory.mktemp("seeds") / "mine.safetensors"
    return out, train_seeds(NETWORK, "glyphs", out, 2, seed=3, **HOW)


def test_each_seed_has_its_file_its_weights_and_its_command(
    trained: tuple[Path, SeedTrainings], tmp_path: Path
) -> None:
    out, done = trained
    assert list(done.trainings) == [3, 4]
    assert {path.name for path in out.parent.glob("*.safetensors")} == {"mine-3.safetensors", "mine-4.safetensors"}
    alone = train_by_name(NETWORK, "glyphs", tmp_path / "mine-4.safetensors", seed=4, **HOW)
    for suffix in (".safetensors", ".json", ".jsonl"):
        there = out.with_name("mine-4").with_suffix(suffix).read_bytes()
        assert (tmp_path / "mine-4").with_suffix(suffix).read_bytes() == there
    assert alone.network.digest == done.trainings[4].network.digest != done.trainings[3].network.digest
    assert "--seed 4 " in json.loads(out.with_name("mine-4.json").read_text())["command"]


def test_mean_and_deviation(trained: tuple[Path, SeedTrainings]) -> None:
    _, done = trained
    values = [training.accuracies["validation"] for training in done.trainings.values()]
    assert done.accuracies["validation"] == tuple(values)
    assert done.mean("validation") == statistics.mean(values)
    assert done.deviation("validation") == statistics.stdev(values)
    assert list(done.frame().columns) == ["seed", "train", "validation"]
    assert list(done.frame().seed) == [3, 4]


def test_those_that_are_there_are_not_trained_again(trained: tuple[Path, SeedTrainings]) -> None:
    out, done = trained
    before, said = out.with_name("mine-4.safetensors").stat().st_mtime_ns, list[str]()
    out.with_name("mine-3.safetensors").unlink()
    again = train_seeds(NETWORK, "glyphs", out, 2, seed=3, say=said.append, **HOW)
    assert said == [
        f"training with seed 3, to {out.with_name('mine-3.safetensors')}",
        f"seed 4 is trained already: {out.with_name('mine-4.safetensors')}",
    ]
    assert out.with_name("mine-4.safetensors").stat().st_mtime_ns == before
    for seed in (3, 4):
        one, other = done.trainings[seed], again.trainings[seed]
        assert one.network.digest == other.network.digest
        assert one.accuracies == other.accuracies
        assert one.history == other.history
        assert one.path == other.path
        assert other.network.digest == load_network(NETWORK, weights=other.path).digest


def test_those_of_other_settings_are_refused(trained: tuple[Path, SeedTrainings]) -> None:
    out, _ = trained
    with pytest.raises(
        Mismatch,
        match=r"mine-3.safetensors is there already, and was trained with other settings "
        r"\(recipe.epochs: 1 there, 2 now\); .* --fresh",
    ):
        train_seeds(NETWORK, "glyphs", out, 2, seed=3, **{**HOW, "epochs": 2})
    with pytest.raises(Mismatch, match=r"start: '\w+' there, '\w+' now"):
        train_seeds(NETWORK, "glyphs", out, 2, seed=3, network_settings={"seed": 9}, **HOW)
    before = out.with_name("mine-3.safetensors").stat().st_mtime_ns
    train_seeds(NETWORK, "glyphs", out, 2, seed=3, fresh=True, **HOW)
    assert out.with_name("mine-3.safetensors").stat().st_mtime_ns > before


def test_one_seed_has_no_deviation(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="seeds=1 cannot be used; expected two or more, of which there is a mean"):
        train_seeds(NETWORK, "glyphs", tmp_path / "mine.safetensors", 1)


def test_the_recipe_says_where_seeds_begin(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text("seed: 7\nepochs: 1\nbatch: 8")
    done = train_seeds(
        NETWORK, "glyphs", tmp_path / "a.safetensors", 2, recipe=tmp_path / "r.yaml", data_settings=LETTERS
    )
    assert list(done.trainings) == [7, 8]
