"""Maps as others take them: the same vectors come out."""

import numpy as np
import pytest
import torch

from repscope.core.errors import BadInput, Mismatch
from repscope.maps import LinearMap, Space, export, folded, to_faiss, to_pipeline
from repscope.maps._exports import mapped_by_onnx

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(50, 12)).astype(np.float32)


def some(source=12, target=20) -> LinearMap:
    return LinearMap(
        RANDOM.normal(size=(target, source)) / 3, RANDOM.normal(size=target), Space("old", source), Space("new", target)
    )


@pytest.mark.parametrize("target", [5, 12, 20])
def test_onnx_gives_the_same_vectors(tmp_path, target):
    found = some(target=target)
    path = export(found, tmp_path / "map.onnx", "onnx")
    np.testing.assert_allclose(mapped_by_onnx(path, X), found.apply(X), atol=1e-5)
    unit = mapped_by_onnx(export(found, tmp_path / "unit.onnx", "onnx", normalise=True), X)
    expected = found.apply(X)
    np.testing.assert_allclose(unit, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-5)


def test_onnx_says_the_direction(tmp_path):
    import onnx

    model = onnx.load(export(some(), tmp_path / "map.onnx", "onnx"))
    assert {p.key: p.value for p in model.metadata_props} == {"source": "old", "target": "new"}


@pytest.mark.parametrize("target", [5, 20])
def test_faiss_gives_the_same_vectors(tmp_path, target):
    import faiss

    found = some(target=target)
    np.testing.assert_allclose(to_faiss(found).apply(X), found.apply(X), atol=1e-5)
    again = faiss.read_VectorTransform(str(export(found, tmp_path / "map.faiss", "faiss")))
    np.testing.assert_allclose(again.apply(X), found.apply(X), atol=1e-5)


@pytest.mark.parametrize("target", [5, 20])
def test_scikit_learn_gives_the_same_vectors(tmp_path, target):
    import joblib

    found = some(target=target)
    np.testing.assert_allclose(to_pipeline(found).predict(X), found.apply(X.astype(float)), atol=1e-5)
    again = joblib.load(export(found, tmp_path / "map.joblib", "sklearn"))
    np.testing.assert_allclose(again.predict(X), found.apply(X), atol=1e-5)


def test_folded_into_a_head():
    found, head = some(), torch.nn.Linear(20, 7, bias=False)
    with torch.no_grad():
        expected = head(torch.from_numpy(found.apply(X)))
        np.testing.assert_allclose(folded(found, head)(torch.from_numpy(X)), expected, atol=1e-4)
    with pytest.raises(Mismatch, match=r"the classifier takes 9 dimensions; the map goes to 'new' \(20 dimensions\)"):
        folded(found, torch.nn.Linear(9, 7))


def test_refusals(tmp_path):
    with pytest.raises(BadInput, match=r"a map cannot be exported to 'csv'; expected one of onnx, faiss, sklearn"):
        export(some(), tmp_path / "x", "csv")
    for kind in ("faiss", "sklearn"):
        with pytest.raises(BadInput, match=r"does not normalise; export without it"):
            export(some(), tmp_path / "x", kind, normalise=True)
    assert list(tmp_path.iterdir()) == []
