"""repscope advise: from a run of several scales to a network's settings."""

import json

import yaml

from tests.cli.test_commands import run


def test_from_analysis_to_a_network(capsys, tmp_path):
    folder, built = tmp_path / "run", tmp_path / "stac.yaml"
    layers = ["-l", "stage1.2", "-l", "stage2.2", "-l", "stage3.2"]
    scales = ["--samples", "100", "--scales", "2,4,8,global", "--pooling", "average", "--data-set", "per_class=24"]
    run(capsys, "analyze", "repscope:resnet20-glyphs", "glyphs", "--out", folder, *layers, *scales)
    code, out, _ = run(capsys, "advise", folder, "--build", built)
    assert code == 0
    assert "because stage1: neighbours share their class most often over windows of" in out
    assert "advised windows" in out
    told = yaml.safe_load(built.read_text(encoding="utf8"))
    assert told["network"] == "repscope:resnet20"
    assert told["network_set"]["attention"] == "stac"
    assert (told["data"], told["data_set"]) == ("glyphs", ["per_class=24"])
    code, out, _ = run(capsys, "advise", folder, "--json")
    assert list(json.loads(out)["windows"].values()) == told["network_set"]["window"]
    weights = tmp_path / "stac.safetensors"
    code, out, err = run(capsys, "train", "--settings", built, "--out", weights, "--epochs", "1")
    assert code == 0, err
    code, out, _ = run(capsys, "cost", "repscope:resnet20", "--weights", weights, "--json")
    assert json.loads(out)["parameters"] == 563_450


def test_the_recipe_of_the_weights_goes_with_the_network(capsys, tmp_path):
    weights, folder, built = tmp_path / "w.safetensors", tmp_path / "run", tmp_path / "stac.yaml"
    small = [
        "--data-set",
        "classes=AB",
        "--data-set",
        "per_class=16",
        "--network-set",
        "blocks=[1, 1, 1]",
        "--network-set",
        "size=8",
    ]
    how = ["--epochs", "2", "--batch", "8", "--learning-rate", "0.01", "--augmentation", "blur", "--seed", "3"]
    run(capsys, "train", "repscope:resnet20", "glyphs", "--out", weights, *how, *small)
    scales = ["-l", "stage?.?", "--scales", "2,4", "--pooling", "average", "--k", "2", *small[:4]]
    run(capsys, "analyze", "repscope:resnet20", "glyphs", "--weights", weights, "--out", folder, *scales)
    code, _, err = run(capsys, "advise", folder, "--build", built)
    assert code == 0, err
    assert yaml.safe_load(built.read_text(encoding="utf8"))["recipe"] == str(tmp_path / "stac-recipe.yaml")
    code, _, err = run(capsys, "train", "--settings", built, "--out", tmp_path / "stac.safetensors")
    assert code == 0, err
    first, second = (json.loads((tmp_path / f"{name}.json").read_text())["recipe"] for name in ("w", "stac"))
    assert (first.pop("seed"), second.pop("seed")) == (3, 0)
    assert first == second


def test_a_run_of_one_scale(capsys, tmp_path):
    run(
        capsys,
        "analyze",
        "repscope:resnet20-digits",
        "digits",
        "--out",
        tmp_path / "r",
        "--samples",
        "60",
        "-l",
        "stage3.2",
    )
    code, _, err = run(capsys, "advise", tmp_path / "r")
    assert code == 1
    assert "was analysed at one scale, or without average pooling; windows need several" in err


def test_windows_by_trial(capsys, tmp_path):
    weights, folder, built = tmp_path / "w.safetensors", tmp_path / "run", tmp_path / "greedy.yaml"
    small = ["--data-set", "classes=AB", "--data-set", "per_class=16"]
    design = ["--network-set", "blocks=[1, 1, 1]", "--network-set", "size=8"]
    run(capsys, "train", "repscope:resnet20", "glyphs", "--out", weights, "--epochs", "1", *small, *design)
    scales = ["-l", "stage?.?", "--scales", "2,4", "--pooling", "average", "--k", "2"]
    run(capsys, "analyze", "repscope:resnet20", "glyphs", "--weights", weights, "--out", folder, *scales, *small)
    told = ["--greedy", tmp_path / "greedy", "--epochs", "1", "--build", built]
    code, out, err = run(capsys, "advise", folder, *told)
    assert code == 0, err
    windows = yaml.safe_load(built.read_text(encoding="utf8"))["network_set"]["window"]
    assert f"windows by trial: stage1 {windows[0]}, stage2 {windows[1]}, stage3 {windows[2]}" in out
    code, out, _ = run(capsys, "advise", folder, *told, "--json")
    assert list(json.loads(out)["greedy"].values()) == windows
    (folder / "settings.yaml").unlink()
    code, _, err = run(capsys, "advise", folder, "--greedy", tmp_path / "other")
    assert code == 1
    assert (
        "--greedy trains on the images that were analysed; expected a run of 'repscope analyze', which notes them"
        in err
    )
