"""Trap 47: an index, an id or a label of a parquet table becomes a dimension. Ours: refused with the columns where there are two readings."""

import numpy as np
import pytest

from repscope.core.errors import BadInput
from repscope.maps import read_store

pandas = pytest.importorskip("pandas")


def test_what_is_no_vector_is_no_dimension(tmp_path):
    path = tmp_path / "store.parquet"
    vectors = np.arange(12, dtype=np.float32).reshape(4, 3)
    frame = pandas.DataFrame(vectors, columns=["d0", "d1", "d2"]).assign(id=list("abcd"))
    frame[[True, False, True, True]].to_parquet(path)
    np.testing.assert_array_equal(read_store(path).vectors, vectors[[0, 2, 3]])
    frame.assign(label=[0, 1, 0, 1]).to_parquet(path)
    with pytest.raises(BadInput, match="label may be an id, a label or another fact"):
        read_store(path)
    frame.rename(columns={"id": "doc_id"}).to_parquet(path)
    with pytest.raises(BadInput, match="doc_id may hold the ids"):
        read_store(path)
    pandas.DataFrame({"id": list("abcd"), "vector": list(vectors), "year": [1, 2, 3, 4]}).to_parquet(path)
    np.testing.assert_array_equal(read_store(path).vectors, vectors)
