"""Verification across networks: on pairs drawn in the format of LFW, or read from its file."""

import numpy as np
import pytest
import torch
from PIL import Image

from repscope.core.errors import BadInput, Mismatch, NotFound
from repscope.core.files import read_json
from repscope.maps import _verification
from repscope.report import write_study
from repscope.studies import STUDIES

NETWORKS = ("repscope:resnet20-glyphs", "tests.studies.interchange_networks:turned_glyphs")
A, B = "resnet20-glyphs", "turned_glyphs"
SMALL = {
    "networks": NETWORKS,
    "data_settings": {"classes": 40, "per_class": 6, "validation": 0, "rotation": 3, "noise": 0.01, "texture": False},
    "folds": 4,
    "each": 40,
}


def study(**settings):
    return STUDIES["verification"].with_settings({**SMALL, **settings})


@pytest.fixture(scope="module", autouse=True)
def few_draws():
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_verification, "DRAWS", 100)
        yield


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verification") / "study"
    return study().run(folder), folder


def accuracies(result, label):
    table = next(f for f in result.figures if f.name == "accuracy").table.select(partition=label)
    return {(r.layer, r.other): r.score for r in table.rows}


def test_a_map_helps_and_no_map_is_chance(done):
    result, _ = done
    own = accuracies(result, "ridge, cross-fitted")
    a, b = A, B
    assert own[a, a].value > 0.6
    assert own[a, b].value > accuracies(result, "no map, cross-fitted")[a, b].value + 0.05
    assert abs(accuracies(result, "no map, cross-fitted")[a, b].value - 0.5) < 0.1
    assert all(s.interval[0] < s.value < s.interval[1] for s in own.values())
    assert own[a, a].value == accuracies(result, "ridge 1 without intercept, cross-fitted")[a, a].value


def test_tables_and_page(done):
    result, folder = done
    tables = {t.name: t for t in result.tables}
    assert set(tables) == {"accuracy_paper", "accuracy_cross_fitted", "rates", "kinds", "published"}
    assert tables["accuracy_paper"].rows[0][1].count("±") == 1
    assert tables["published"].rows[2][1] == "−0.98" or tables["published"].rows[2][1].startswith("−")
    assert tables["published"].title.endswith("found on glyphs: not the same data")
    assert "chance is 50 %" in result.sentences[2]
    assert "taken for anonymous" in result.sentences[-1]
    assert (folder / "pairs.txt").read_text().startswith("4\t40\n")
    assert write_study(result, folder).stat().st_size < 2_000_000


def test_again_and_interrupted_it_gives_the_same_bytes(done, tmp_path, monkeypatch):
    _, folder = done
    first = (folder / "result.json").read_bytes()
    study().run(folder)
    assert (folder / "result.json").read_bytes() == first
    from repscope.studies import verification

    real, calls = verification.verify, []

    def counted(*args, **options):
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return real(*args, **options)

    monkeypatch.setattr(verification, "verify", counted)
    with pytest.raises(KeyboardInterrupt):
        study().run(tmp_path / "again")
    seen = (tmp_path / "again" / "embeddings.safetensors").stat().st_mtime_ns
    study().run(tmp_path / "again")
    assert (tmp_path / "again" / "embeddings.safetensors").stat().st_mtime_ns == seen
    assert (tmp_path / "again" / "result.json").read_bytes() == first


def test_files_of_lfw(tmp_path):
    random = np.random.default_rng(0)
    people = [f"P{i}" for i in range(12)]
    for person in people:
        base = random.integers(0, 256, (4, 4, 3), dtype=np.uint8)
        (tmp_path / "lfw" / person).mkdir(parents=True)
        for number in range(1, 5):
            noisy = np.clip(base.astype(int) + random.integers(-20, 20, base.shape), 0, 255).astype(np.uint8)
            Image.fromarray(noisy).resize((24, 24), 0).save(tmp_path / "lfw" / person / f"{person}_{number:04d}.png")
    lines = ["3\t4"]
    for half in (people[:4], people[4:8], people[8:]):
        lines += [f"{p}\t1\t{2 + i % 3}" for i, p in enumerate(half)]
        lines += [f"{half[i]}\t1\t{half[(i + 1) % 4]}\t{1 + i % 4}" for i in range(4)]
    (tmp_path / "pairs.txt").write_text("\n".join(lines) + "\n")
    settings = {
        "data": f"lfw:{tmp_path / 'lfw'}",
        "data_settings": None,
        "pairs": str(tmp_path / "pairs.txt"),
        "kinds": ("ridge",),
    }
    result = study(**settings).run(tmp_path / "study")
    assert next(t for t in result.tables if t.name == "published").title.endswith("lfw")
    assert accuracies(result, "ridge, paper")[A, A].value > 0.5
    notes = accuracies(result, "ridge, paper")[A, B].notes
    assert notes == ("8 pairs for 64 dimensions: between pairs the map follows the penalty alone",)


def test_embeddings_of_others_are_not_taken(done, tmp_path):
    _, folder = done
    (tmp_path / "a").mkdir()
    about = {**read_json(folder / "study.json"), "settings": study(seed=3).settings}
    import json

    (tmp_path / "a" / "study.json").write_text(json.dumps(about))
    from repscope.core.files import write_tensors

    write_tensors(tmp_path / "a" / "embeddings.safetensors", {"x": torch.zeros(2)}, {"x": "y"})
    with pytest.raises(Mismatch, match=r"holds embeddings of other networks or images; delete it, they are made again"):
        study(seed=3).run(tmp_path / "a")


def test_refusals(tmp_path):
    with pytest.raises(BadInput, match=r"expected two or more different ones"):
        study(networks=NETWORKS[:1]).run(tmp_path / "a")
    with pytest.raises(NotFound, match=r"there is no 'rigde' among the maps"):
        study(kinds=("rigde",)).run(tmp_path / "a")
    with pytest.raises(BadInput, match=r"kinds is empty"):
        study(kinds=()).run(tmp_path / "a")
    for k in range(4):
        Image.new("RGB", (8, 8), (k, 0, 0)).save(tmp_path / f"{k}.png")
    with pytest.raises(BadInput, match=r"has no labels to draw pairs by; give a pairs file"):
        study(data=f"folder:{tmp_path}", data_settings={}).run(tmp_path / "b")
