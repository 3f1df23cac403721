"""repscope bridge and repscope map, as a user types them."""

import json

import numpy as np
import pytest

from repscope.cli import main
from repscope.maps import GramAtlas, LinearMap, read_store


def run(capsys, *words) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stopped:
        main([str(word) for word in words])
    printed = capsys.readouterr()
    return int(stopped.value.code or 0), printed.out + printed.err


@pytest.fixture
def stores(tmp_path):
    """Two models of one world, with ids, and judgements: what is near in the world."""
    random = np.random.default_rng(0)
    hidden = random.normal(size=(900, 10))
    for name in ("old", "new", "third"):
        noise = 0.2 * random.normal(size=(900, 10))
        np.save(
            tmp_path / f"{name}.npy",
            np.maximum((hidden + noise) @ random.normal(size=(10, 24)) + random.normal(size=24), 0),
        )
    (tmp_path / "ids.txt").write_text("".join(f"doc{i}\n" for i in range(900)))
    near = np.argsort(np.square(hidden[:60, None] - hidden[None, 60:400]).sum(axis=-1), axis=1)[:, :5] + 60
    judged = {f"doc{i}": [f"doc{j}" for j in line] for i, line in enumerate(near.tolist())}
    (tmp_path / "judged.json").write_text(json.dumps(judged))
    return tmp_path


def test_fit_apply_export(capsys, stores):
    old, new, map_ = stores / "old.npy", stores / "new.npy", stores / "map.safetensors"
    code, told = run(capsys, "bridge", "fit", old, new, "--ids", stores / "ids.txt", "--out", map_)
    assert (code, "900 pairs; written to" in told) == (0, True)
    found = LinearMap.load(map_)
    assert (found.source.name, found.target.name) == ("old", "new")
    code, told = run(capsys, "bridge", "apply", map_, old, "--ids", stores / "ids.txt", "--out", stores / "mapped.npy")
    assert code == 0, told
    mapped = read_store(stores / "mapped.npy", ids=stores / "mapped.ids.txt")
    assert mapped.ids[7] == "doc7"
    np.testing.assert_allclose(mapped.vectors, found.apply(np.load(old)))
    for kind in ("onnx", "faiss", "sklearn"):
        code, told = run(capsys, "bridge", "export", map_, "--to", kind, "--out", stores / f"map.{kind}")
        assert (code, f"map.{kind}" in told) == (0, True)
    told = json.loads(run(capsys, "bridge", "apply", map_, old, "--out", stores / "again.npy", "--json")[1])
    assert (told["embeddings"], told["source"]["name"], told["target"]["name"]) == (len(mapped), "old", "new")
    told = json.loads(
        run(capsys, "bridge", "export", map_, "--to", "faiss", "--out", stores / "again.faiss", "--json")[1]
    )
    assert (told["to"], told["file"]) == ("faiss", str(stores / "again.faiss"))


def test_a_map_used_backwards_is_refused(capsys, stores):
    old, new, map_ = stores / "old.npy", stores / "new.npy", stores / "map.safetensors"
    run(capsys, "bridge", "fit", old, new, "--out", map_)
    out = stores / "x.npy"
    code, told = run(capsys, "bridge", "apply", map_, new, "--out", out)
    assert (code, "the map would be applied backwards" in told) == (1, True)
    code, told = run(capsys, "bridge", "apply", map_, old, "--name", "new", "--out", out)
    assert (code, "which is this map's target" in told) == (1, True)
    code, told = run(capsys, "bridge", "apply", map_, old, "--name", "other", "--out", out)
    assert (code, "this map goes from 'old'" in told) == (1, True)
    assert not out.exists()


def test_check(capsys, stores):
    words = ("bridge", "check", stores / "old.npy", stores / "new.npy", "--ids", stores / "ids.txt", "--queries", 60)
    code, told = run(capsys, *words, "--relevance", stores / "judged.json", "-k", 5)
    assert code == 0, told
    for way in ("status quo", "naive swap", "mapped, queries into the index", "re-scored", "re-indexed"):
        assert way in told
    assert "Recall@5: status quo" in told
    assert "- It holds for queries like these 60" in told
    code, told = run(capsys, *words, "--json")
    answer = json.loads(told)
    assert (code, answer["judged"]) == (0, False)
    assert answer["rows"][-1]["recall"] == [1, 1, 1]
    code, told = run(capsys, *words, "--pairs", 30, "--pairs", 60, "--candidates", 25, "--json")
    rescored = [row["pairs"] for row in json.loads(told)["rows"] if row["way"] == "mapped, best 25 re-scored"]
    assert (code, rescored) == (0, [30, 60, 420])
    code, told = run(capsys, "bridge", "check", stores / "old.npy", stores / "new.npy", "--queries", 880)
    assert (code, "900 samples do not suffice for 880 queries" in told) == (1, True)


def test_check_of_networks(capsys, tmp_path):
    words = (
        "bridge",
        "check",
        "repscope:resnet20-digits",
        "tests.studies.interchange_networks:turned",
        "--data",
        "digits",
    )
    code, told = run(capsys, *words, "--queries", 100, "--index", 800, "--json")
    answer = json.loads(told)
    assert (code, answer["judged"]) == (0, True)
    rows = {row["way"]: row for row in answer["rows"]}
    assert rows["naive swap"]["recall"][0] < 0.5
    assert abs(rows["mapped, queries into the index"]["recall"][0] - rows["status quo"]["recall"][0]) < 0.02
    code, told = run(capsys, "bridge", "fit", *words[2:4], "--out", tmp_path / "m.safetensors")
    assert (code, "is a network; give the images too: --data DATA" in told) == (1, True)


def test_files_of_judgements(capsys, stores):
    words = ("bridge", "check", stores / "old.npy", stores / "new.npy", "--ids", stores / "ids.txt", "--relevance")
    (stores / "odd.json").write_text('["a"]')
    assert "holds something else than judgements" in run(capsys, *words, stores / "odd.json")[1]
    (stores / "odd.json").write_text("nothing")
    assert "is not JSON" in run(capsys, *words, stores / "odd.json")[1]
    (stores / "odd.json").write_text('{"doc1": ["docX"]}')
    assert (
        "the judgements name 'docX', which is not among the 900 embeddings"
        in run(capsys, *words, stores / "odd.json")[1]
    )
    assert "there is no file of judgements" in run(capsys, *words, stores / "none.json")[1]


def test_all_maps(capsys, stores):
    files = [stores / f"{name}.npy" for name in ("old", "new", "third")]
    code, told = run(capsys, "map", *files, "--ids", stores / "ids.txt", "--out", stores / "maps")
    assert code == 0, told
    assert sum(path.suffix == ".safetensors" for path in (stores / "maps").iterdir()) == 6
    found = LinearMap.load(stores / "maps" / "old--third.safetensors")
    assert (found.source.name, found.target.name) == ("old", "third")
    assert len(GramAtlas.load(stores / "maps" / "atlas")) == 900
    code, told = run(capsys, "map", *files[:2], "--kind", "procrustes", "--out", stores / "turns", "--json")
    assert all(0.2 < one["r2"] < 1 for one in json.loads(told))
    words = ("map", files[0], files[0], "--out", stores / "named")
    assert "expected different names (--name)" in run(capsys, *words)[1]
    code, told = run(capsys, *words, "--name", "first", "--name", "second")
    assert (code, (stores / "named" / "first--second.safetensors").exists()) == (0, True), told
    assert "1 space came; expected two or more" in run(capsys, "map", files[0], "--out", stores / "x")[1]
    assert (
        "there is no 'rigde' among the maps" in run(capsys, "map", *files, "--kind", "rigde", "--out", stores / "x")[1]
    )
    assert "the kind 'ridge' has no rank" in run(capsys, "map", *files, "--rank", 3, "--out", stores / "x")[1]
    assert "expected different names" in run(capsys, "map", files[0], files[0], "--out", stores / "x")[1]
