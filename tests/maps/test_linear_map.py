"""Maps in files, applied to the right space, and refused to every other."""

import json

import numpy as np
import pytest

from repscope.core.errors import BadInput, Damaged, Mismatch, NotFound
from repscope.maps import Embeddings, LeastSquares, LinearMap, Space, paired_by_id

OLD, NEW = Space("old", 3, "a"), Space("new", 3, "b")


def some(source=OLD, target=NEW) -> LinearMap:
    weight = np.random.default_rng(0).normal(size=(target.dimension, source.dimension))
    return LinearMap(weight, np.arange(float(target.dimension)), source, target, {"kind": "made up", "n": 7})


def test_file_and_back(tmp_path):
    path = tmp_path / "old-new.safetensors"
    some().save(path)
    found = LinearMap.load(path)
    assert (found.source, found.target, dict(found.facts)) == (OLD, NEW, {"kind": "made up", "n": 7})
    np.testing.assert_array_equal(found.weight, some().weight)
    assert found.digest == some().digest
    assert found.profiles is None
    first = path.read_bytes()
    found.save(path)
    assert path.read_bytes() == first


def test_profiles_are_kept(tmp_path):
    x = np.random.default_rng(0).normal(size=(20, 2))
    fitted = LeastSquares().fit(x, 3 * x + 1).map_
    fitted.save(tmp_path / "m.safetensors")
    found = LinearMap.load(tmp_path / "m.safetensors")
    np.testing.assert_allclose(found.profiles[1].mean, (3 * x + 1).mean(axis=0))
    assert found.facts["parameters"] == {}


def test_other_files_are_refused(tmp_path):
    with pytest.raises(NotFound, match=r"there is no map file .*'repscope bridge fit' makes one"):
        LinearMap.load(tmp_path / "none.safetensors")
    from repscope.core.files import write_tensors

    write_tensors(tmp_path / "other.safetensors", {}, {"format": "something"})
    with pytest.raises(Damaged, match=r"other.safetensors is no map \(something\); expected repscope.linear-map.1"):
        LinearMap.load(tmp_path / "other.safetensors")
    path = tmp_path / "m.safetensors"
    some().save(path)
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(Damaged, match=r"does not agree with its checksum"):
        LinearMap.load(path)


def test_embeddings_of_the_target_or_of_another_space_are_refused():
    vectors = np.ones((2, 3))
    with pytest.raises(
        Mismatch, match=r"the embeddings are of 'new' \(3 dimensions\), which is this map's target; .* backwards"
    ):
        some().apply(Embeddings.of(vectors, "new", digest="b"))
    with pytest.raises(Mismatch, match=r"the embeddings are of 'other' \(3 dimensions\); this map goes from 'old'"):
        some().apply(Embeddings.of(vectors, "other", digest="c"))
    with pytest.raises(Mismatch, match=r"the embeddings are of 'old' \(3 dimensions\); this map goes from 'old'"):
        some().apply(Embeddings.of(vectors, "old", digest="retrained"))
    mapped = some().apply(Embeddings.of(vectors, "old", ["p", "q"], digest="a"))
    assert (mapped.ids, mapped.space.name, mapped.space.dimension) == (("p", "q"), "old → new", 3)


def test_dimensions_tell_the_direction():
    wide = some(Space("old", 2), Space("new", 5))
    with pytest.raises(
        Mismatch, match=r"5 dimensions came for a map from 'old' \(2 dimensions\); they have as many as the target"
    ):
        wide.apply(np.ones((1, 5)))
    with pytest.raises(Mismatch, match=r"embeddings with 3 dimensions came for a map from 'old' \(2 dimensions\)$"):
        wide.apply(np.ones((1, 3)))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("rows", [8, 100])
def test_arrays_without_a_name_are_known_by_their_looks(seed, rows):
    random = np.random.default_rng(seed)
    hidden = random.normal(size=(400, 10))
    x, y = (np.maximum(hidden @ random.normal(size=(10, 64)) / 3 + random.normal(size=64), 0) for _ in range(2))
    found = LeastSquares().fit(x[:300], y[:300]).map_
    found.apply(x[300 : 300 + rows])
    with pytest.raises(Mismatch, match=r"look like those of the target .* the map would be applied backwards"):
        found.apply(y[300 : 300 + rows])
    found.apply(y[300 : 300 + rows], sure=True)


@pytest.mark.parametrize("seed", range(20))
def test_spaces_that_look_alike_are_left_to_their_names(seed):
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(2, 400, 8))
    x, y = (m / np.linalg.norm(m, axis=1, keepdims=True) for m in (x, y))
    found = LeastSquares().fit(x[:300], y[:300]).map_
    for rows in (1, 8, 100):
        found.apply(x[300 : 300 + rows])  # never refused for nothing
        found.apply(5 * x[300 : 300 + rows] + 0.3)  # nor other data


def test_float32_stays_float32():
    assert some().apply(np.ones((2, 3), np.float32)).dtype == np.float32
    assert some().apply([[1, 2, 3]]).dtype == np.float64


@pytest.mark.usefixtures("unchecked")
def test_what_is_no_map_is_refused():
    with pytest.raises(
        BadInput, match=r"has a weight of shape \(3, 3\) and a bias of shape \(2,\); expected \(3, 3\) and \(3,\)"
    ):
        LinearMap(np.eye(3), np.zeros(2), OLD, NEW)
    with pytest.raises(BadInput, match=r"the map from 'old' \(3 dimensions\) to .* holds NaN or infinite numbers"):
        LinearMap(np.full((3, 3), np.nan), np.zeros(3), OLD, NEW)
    with pytest.raises(BadInput, match=r"the space 'x' has 0 dimensions; expected a whole number above 0"):
        Space("x", 0)


def test_embeddings_are_checked():
    with pytest.raises(BadInput, match=r"hold NaN or infinite numbers in 1 of 2 rows, the first is row 1"):
        Embeddings.of([[1.0], [np.inf]], "e")
    with pytest.raises(BadInput, match=r"are 2 and their ids 1; expected one id each"):
        Embeddings.of(np.eye(2), "e", ["a"])
    with pytest.raises(
        BadInput, match=r"the ids of the embeddings 'e' \(2 dimensions\) repeat: 2 are 1 different ones"
    ):
        Embeddings.of(np.eye(2), "e", ["a", "a"])
    with pytest.raises(
        BadInput, match=r"are float64 of shape \(2,\); expected real numbers of shape \(samples, dimensions\)"
    ):
        Embeddings.of(np.ones(2), "e")
    with pytest.raises(BadInput, match=r"cannot be read as an array"):
        Embeddings.of([[1.0], [1.0, 2.0]], "e")
    with pytest.raises(BadInput, match=r"the embeddings have 2 dimensions and their space 'e' \(3 dimensions\) has 3"):
        Embeddings(np.eye(2), ("a", "b"), Space("e", 3))
    with pytest.raises(
        Mismatch, match=r"1 of 2 ids are not among the 2 of the embeddings 'e' \(2 dimensions\), such as 'z'"
    ):
        Embeddings.of(np.eye(2), "e", ["a", "b"]).at(["a", "z"])


def test_other_samples_on_the_other_side_are_refused():
    a, b = Embeddings.of(np.eye(2), "a", ["x", "y"]), Embeddings.of(np.ones((3, 1)), "b", ["x", "z", "w"])
    with pytest.raises(Mismatch, match=r"1 are only in the first and 2 only in the second, such as 'y'"):
        paired_by_id(a, b)


def test_the_file_says_its_direction_in_its_header(tmp_path):
    import safetensors

    some().save(tmp_path / "m.safetensors")
    with safetensors.safe_open(tmp_path / "m.safetensors", framework="np") as file:
        header = json.loads(json.loads(file.metadata()["repscope"])["map"])
    assert header["source"] == {"name": "old", "dimension": 3, "digest": "a"}
    assert header["target"]["name"] == "new"
