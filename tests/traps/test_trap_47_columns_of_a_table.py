"""Trap 47: a table's index, its years or its labels become dimensions, and its ids are dropped. Ours refuses, and names the columns."""

import numpy as np
import pandas as pd
import pytest

from repscope.core.errors import BadInput
from repscope.maps import read_store

RANDOM = np.random.default_rng(0)
VECTORS = RANDOM.normal(size=(30, 4)).astype(np.float32)
WIDE = pd.DataFrame(VECTORS, columns=[f"d{i}" for i in range(4)])
IDS = [f"doc-{i}" for i in range(30)]


def read(tmp_path, frame, **options):
    frame.to_parquet(tmp_path / "a.parquet")
    return read_store(tmp_path / "a.parquet", **options)


def test_an_index_that_pandas_wrote_is_no_dimension(tmp_path):
    keep = np.arange(30) % 3 != 0
    found = read(tmp_path, WIDE.assign(id=IDS)[keep])
    np.testing.assert_array_equal(found.vectors, VECTORS[keep])
    assert found.ids == tuple(np.array(IDS)[keep])


def test_ids_of_another_name_are_not_dropped(tmp_path):
    frame = WIDE.assign(doc=IDS)
    with pytest.raises(BadInput, match=r"has no column 'id', and doc could hold the ids; say which does \(--id-column"):
        read(tmp_path, frame)
    assert read(tmp_path, frame, id_column="doc").ids == tuple(IDS)


@pytest.mark.parametrize("other", [{"year": np.arange(30)}, {"label": np.zeros(30, np.float32)}])
def test_numbers_that_are_no_dimensions(tmp_path, other):
    lists = pd.DataFrame({"id": IDS, "vector": list(VECTORS), **other})
    with pytest.raises(BadInput, match=rf"\(vector\) and a column of numbers \({next(iter(other))}\)"):
        read(tmp_path, lists)
    np.testing.assert_array_equal(read(tmp_path, lists, vector_column="vector").vectors, VECTORS)
    wide = WIDE.assign(id=IDS, **other)
    with pytest.raises(BadInput, match=rf"{next(iter(other))}: not all can be told for dimensions of the embedding"):
        read(tmp_path, wide)
    np.testing.assert_array_equal(read(tmp_path, wide, vector_column="d*").vectors, VECTORS)
