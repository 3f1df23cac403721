"""The atlas: streamed is as batch, parts are exact, an interruption changes nothing, files are whole."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from repscope.core.errors import BadInput, Damaged, Mismatch, NotFound
from repscope.maps import (
    GramAtlas,
    Identity,
    LeastSquares,
    Procrustes,
    ReducedRank,
    Ridge,
    UnitNorm,
    Whitened,
    _tile_rows,
)
from repscope.maps._atlas import _number
from repscope.maps._tile_rows import TileRows

DIMS = {"a": 5, "b": 3, "c": 7}
IDS = [f"s{i}" for i in range(150)]
FROM_MOMENTS = [
    LeastSquares(),
    Ridge(0.5),
    Ridge(0.5, relative=True),
    Ridge("gcv"),
    ReducedRank(2),
    Procrustes(True),
    Whitened(),
    Identity(),
]


def embeddings(n=150, seed=0, far=0.0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    hidden = random.normal(size=(n, 4))
    return {
        name: hidden @ random.normal(size=(4, d)) + 0.3 * random.normal(size=(n, d)) + far for name, d in DIMS.items()
    }


def counted(data, blocks=(slice(None),), **options) -> GramAtlas:
    atlas = GramAtlas(DIMS, **options)
    for rows in blocks:
        atlas.update({name: x[rows] for name, x in data.items()}, IDS[rows])
    return atlas


@pytest.fixture
def small_tiles(monkeypatch):
    monkeypatch.setattr(_tile_rows, "TILE", 4)


@pytest.mark.usefixtures("small_tiles")
@pytest.mark.parametrize("kind", FROM_MOMENTS, ids=repr)
@pytest.mark.parametrize("pair", [("a", "b"), ("c", "a")])
def test_streamed_is_batch(kind, pair):
    data = embeddings(far=1000.0)
    atlas = counted(data, (slice(0, 7), slice(7, 100), slice(100, 150)))
    found = atlas.solve(*pair, kind)
    whole = kind.fit(data[pair[0]], data[pair[1]]).map_
    np.testing.assert_allclose(found.weight, whole.weight, atol=1e-7)
    np.testing.assert_allclose(found.bias, whole.bias, atol=1e-4)
    assert (found.source.name, found.target.name) == pair
    np.testing.assert_allclose(found.profiles[0].deviation, whole.profiles[0].deviation, rtol=1e-6)
    np.testing.assert_allclose(found.profiles[1].mean, whole.profiles[1].mean)


def test_the_strength_is_chosen_by_the_folds_as_by_fitting_again():
    data = embeddings()
    atlas = counted(data)
    found = atlas.solve("a", "b", Ridge("cv"))
    fold = np.array([_number(name) % 5 for name in IDS])
    x, y = data["a"], data["b"]
    errors = []
    for strength in np.logspace(-6, 3, 20):
        error = 0.0
        for number in range(5):
            rest = fold != number
            one = Ridge(strength, relative=True).fit(x[rest], y[rest])
            error += np.sum((one.predict(x[~rest]) - y[~rest]) ** 2)
        errors.append(error)
    assert found.facts["relative_alpha"] == pytest.approx(np.logspace(-6, 3, 20)[np.argmin(errors)])
    assert found.facts["left_out_error"] == pytest.approx(min(errors) / 150, rel=1e-9)


def test_all_pairs_at_once_are_those_one_by_one():
    atlas = counted(embeddings())
    found = {(m.source.name, m.target.name): m for m in atlas.solve_all(Ridge("cv"))}
    assert len(found) == 6
    for (source, target), one in found.items():
        alone = counted(embeddings()).solve(source, target, Ridge("cv"))
        np.testing.assert_array_equal(one.weight, alone.weight)


@pytest.mark.usefixtures("small_tiles")
@settings(max_examples=20)
@given(cuts=st.lists(st.integers(1, 149), max_size=6), memory=st.sampled_from(["1KiB", "1GiB"]))
def test_memory_changes_no_bit_and_blocks_hardly_any(cuts, memory):
    edges = [0, *sorted(set(cuts)), 150]
    data = embeddings()
    blocks = [slice(a, b) for a, b in pairwise(edges)]
    found = counted(data, blocks).solve("c", "b").weight
    np.testing.assert_array_equal(found, counted(data, blocks, memory=memory).solve("c", "b").weight)
    np.testing.assert_allclose(found, counted(data).solve("c", "b").weight, atol=1e-10)  # the shift is another


@pytest.mark.usefixtures("small_tiles")
def test_interrupted_it_goes_on_to_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr("repscope.maps._atlas.LEAST", 16)
    data = embeddings()
    blocks = [slice(a, a + 30) for a in range(0, 150, 30)]
    whole = counted(data, blocks)
    atlas = GramAtlas(DIMS)
    for rows in blocks[:3]:
        atlas.update({name: x[rows] for name, x in data.items()}, IDS[rows])
        atlas.save(tmp_path / "atlas")
    again = GramAtlas.load(tmp_path / "atlas")
    assert len(again) == 90
    assert again.missing(IDS).sum() == 60
    for rows in blocks:
        left = again.missing(IDS[rows])
        if left.any():
            again.update({name: x[rows][left] for name, x in data.items()}, np.array(IDS[rows])[left].tolist())
    for target in ("a", "b"):
        np.testing.assert_array_equal(again.solve("c", target).weight, whole.solve("c", target).weight)
    assert sorted(p.name for p in (tmp_path / "atlas").iterdir()) == ["3", "atlas.json"]


def test_a_state_that_was_not_finished_does_not_count(tmp_path):
    atlas = counted(embeddings())
    atlas.save(tmp_path)
    (tmp_path / "2").mkdir()
    (tmp_path / "2" / "samples.safetensors").write_bytes(b"half")
    assert len(GramAtlas.load(tmp_path)) == 150
    atlas.save(tmp_path)
    assert len(GramAtlas.load(tmp_path)) == 150


def test_files_that_are_not_whole_are_refused(tmp_path):
    with pytest.raises(NotFound, match=r"there is no atlas in .*; 'repscope map' makes one"):
        GramAtlas.load(tmp_path)
    counted(embeddings()).save(tmp_path)
    part = tmp_path / "1" / "fold-2.safetensors"
    content = part.read_bytes()
    part.unlink()
    with pytest.raises(Damaged, match=r"fold-2.safetensors is missing; the atlas is not whole"):
        GramAtlas.load(tmp_path)
    part.write_bytes(content[:-1])
    with pytest.raises(Damaged, match=r"cannot be read as safetensors"):
        GramAtlas.load(tmp_path)
    part.write_bytes((tmp_path / "1" / "fold-1.safetensors").read_bytes())
    with pytest.raises(Damaged, match=r"fold-2.safetensors is of another state of the atlas"):
        GramAtlas.load(tmp_path)
    (tmp_path / "atlas.json").write_text('{"format": "x"}')
    with pytest.raises(Damaged, match=r"holds an atlas of the format 'x'; expected repscope.atlas.2"):
        GramAtlas.load(tmp_path)


def test_groups_stay_together():
    data = embeddings()
    groups = [f"person {i // 10}" for i in range(150)]
    atlas = GramAtlas(DIMS)
    atlas.update(data, IDS, groups)
    fold = np.array([_number(g) % 5 for g in groups])
    assert [m.n for m in atlas.parts("a", "b")] == np.bincount(fold, minlength=5).tolist()


def test_nothing_is_counted_of_what_is_refused():
    data = embeddings()
    atlas = counted(data, [slice(0, 50)])
    later = {name: x[50:60] for name, x in data.items()}
    with pytest.raises(BadInput, match=r"the sample 's49' would be counted twice; ask `missing\(ids\)`"):
        atlas.update(later, [*IDS[50:59], "s49"])
    with pytest.raises(BadInput, match=r"the sample 's50' would be counted twice"):
        atlas.update(later, [*IDS[50:59], "s50"])
    with pytest.raises(Mismatch, match=r"expected exactly the spaces of the atlas, \['c'\] differ"):
        atlas.update({"a": later["a"], "b": later["b"]}, IDS[50:60])
    with pytest.raises(Mismatch, match=r"the embeddings 'a' have the shape \(10, 5\) for 9 ids; expected \(9, 5\)"):
        atlas.update(later, IDS[50:59])
    with pytest.raises(Mismatch, match=r"1 groups came for 10 ids; expected one each"):
        atlas.update(later, IDS[50:60], ["g"])
    with pytest.raises(
        BadInput, match=r"the embeddings 'c' hold NaN or infinite numbers in 1 of 10 rows, the first is row 3"
    ):
        atlas.update({**later, "c": np.where(np.arange(10)[:, None] == 3, np.nan, later["c"])}, IDS[50:60])
    assert len(atlas) == 50
    atlas.update({name: x[50:] for name, x in data.items()}, IDS[50:])
    np.testing.assert_allclose(atlas.solve("a", "b").weight, counted(data).solve("a", "b").weight, atol=1e-9)


def test_what_cannot_be_solved_is_said():
    atlas = counted(embeddings())
    with pytest.raises(NotFound, match=r"there is no space 'd' in the atlas; known: 'a', 'b', 'c'"):
        atlas.solve("a", "d")
    with pytest.raises(NotFound, match=r"there is no 'rigde' among the maps"):
        atlas.solve("a", "b", "rigde")
    with pytest.raises(BadInput, match=r"UnitNorm needs the pairs themselves"):
        atlas.solve("a", "b", UnitNorm())
    with pytest.raises(BadInput, match=r"the atlas has 0 samples; give more"):
        GramAtlas(DIMS).solve("a", "b")
    with pytest.raises(BadInput, match=r"an atlas of 1 spaces and 5 folds was asked for; expected two or more of both"):
        GramAtlas({"a": 1})


def test_rows_of_tiles_are_the_upper_half(small_tiles):
    x = np.random.default_rng(0).normal(size=(30, 11))
    sums = TileRows(11)
    sums.add_products(torch.from_numpy(x))
    for lines, columns in [
        (slice(0, 11), slice(0, 11)),
        (slice(2, 7), slice(2, 7)),
        (slice(1, 6), slice(6, 11)),
        (slice(9, 11), slice(0, 5)),
    ]:
        np.testing.assert_allclose(sums.block(lines, columns), (x.T @ x)[lines, columns], atol=1e-12)
    np.testing.assert_allclose(sums.diagonal(), np.sum(x**2, axis=0))


def test_a_mapped_file_is_gone_with_the_atlas(tmp_path):
    atlas = counted(embeddings(), memory="1KiB", scratch=tmp_path)
    assert list(tmp_path.iterdir()) == []
    np.testing.assert_array_equal(atlas.solve("a", "b").weight, counted(embeddings()).solve("a", "b").weight)
