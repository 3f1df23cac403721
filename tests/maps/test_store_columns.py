"""Which columns of a store hold the ids and the vectors: one reading, or a refusal that names them."""

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from repscope.core.errors import BadInput, Mismatch, NotFound
from repscope.maps import Embeddings, read_store, write_store
from repscope.maps._embeddings import paired_by_id

N = 6
VECTORS = np.random.default_rng(0).normal(size=(N, 12)).astype(np.float32)
WIDE = pd.DataFrame(VECTORS, columns=[f"d{i}" for i in range(12)])
NAMES = [f"doc-{i}" for i in range(N)]
LISTS = pd.DataFrame({"vector": list(VECTORS)})


def store(tmp_path, frame, **options):
    frame.to_parquet(tmp_path / "store.parquet")
    return read_store(tmp_path / "store.parquet", **options)


@pytest.mark.parametrize("frame", [WIDE, LISTS, LISTS.rename(columns={"vector": "embedding"})])
@pytest.mark.parametrize("keep", [slice(None), [0, 2, 5], slice(2, None), slice(0, None, 2)])
def test_an_index_of_pandas_is_no_dimension_and_names_the_rows(tmp_path, frame, keep):
    found = store(tmp_path, frame.iloc[keep])
    np.testing.assert_array_equal(found.vectors, VECTORS[keep])
    assert found.ids == tuple(map(str, np.arange(N)[keep]))
    named = store(tmp_path, frame.assign(id=NAMES).iloc[keep])
    np.testing.assert_array_equal(named.vectors, VECTORS[keep])
    assert named.ids == tuple(np.array(NAMES)[keep])
    indexed = store(tmp_path, frame.set_index(pd.Index(NAMES, name="doc")).iloc[keep])
    np.testing.assert_array_equal(indexed.vectors, VECTORS[keep])
    assert indexed.ids == tuple(np.array(NAMES)[keep])


def test_stores_that_were_filtered_otherwise_are_not_paired_by_number(tmp_path):
    first = store(tmp_path, WIDE[WIDE.index != 0])
    second = store(tmp_path, WIDE[WIDE.index != 1])
    with pytest.raises(Mismatch, match=r"1 are only in the first and 1 only in the second"):
        paired_by_id(first, second)
    turned = store(tmp_path, WIDE[::-1])
    np.testing.assert_array_equal(paired_by_id(store(tmp_path, WIDE), turned)[1].vectors, VECTORS)


@pytest.mark.parametrize("column", [NAMES, list(range(100, 100 + N)), pd.Categorical(NAMES)])
def test_ids_of_another_name_are_refused_until_they_are_named(tmp_path, column):
    frame = LISTS.assign(doc=column)
    with pytest.raises(
        BadInput, match=r"has .*doc.*say which|has no column 'id', and doc could hold the ids; say which does"
    ):
        store(tmp_path, frame)
    found = store(tmp_path, frame, id_column="doc")
    assert found.ids == tuple(map(str, column))
    np.testing.assert_array_equal(found.vectors, VECTORS)
    (tmp_path / "ids.txt").write_text("".join(f"{one}\n" for one in NAMES))
    assert store(tmp_path, LISTS.assign(doc=NAMES), ids=tmp_path / "ids.txt").ids == tuple(NAMES)
    assert store(tmp_path, LISTS.assign(text=["the same"] * N)).ids == tuple(map(str, range(N)))


@pytest.mark.parametrize(
    ("frame", "message", "named"),
    [
        (
            LISTS.assign(id=NAMES, year=range(2000, 2000 + N)),
            r"has a column of vectors \(vector\) and a column of numbers \(year\), none of them called 'embedding'; .*--vector-column",
            "vector",
        ),
        (
            LISTS.assign(id=NAMES, other=list(-VECTORS)),
            r"has columns of vectors \(vector, other\), none of them called 'embedding'",
            "vector",
        ),
        (
            WIDE.assign(id=NAMES, label=1),
            r"the columns of numbers in .* are d0, .* and 5 more: not all can be told",
            "d*",
        ),
        (WIDE.assign(id=NAMES, label=np.float32(1)), r"not all can be told for dimensions of the embedding", "d*"),
        (WIDE.assign(id=NAMES, d12=1), r"not all can be told for dimensions", "d?"),
        (WIDE.drop(columns="d3").assign(id=NAMES), r"not all can be told for dimensions", "d*"),
        (
            pd.DataFrame({"id": NAMES, "year": range(N)}),
            r"the columns of numbers in .* are year: not all can be told",
            "year",
        ),
    ],
)
def test_vectors_with_more_than_one_reading(tmp_path, frame, message, named):
    with pytest.raises(BadInput, match=message):
        store(tmp_path, frame)
    found = store(tmp_path, frame, vector_column=named)
    assert found.ids == tuple(NAMES)
    if named == "vector":
        np.testing.assert_array_equal(found.vectors, VECTORS)


def test_dimensions_are_in_the_order_of_their_numbers(tmp_path):
    frame = WIDE[sorted(WIDE.columns)].assign(id=NAMES)
    assert list(frame.columns[:3]) == ["d0", "d1", "d10"]
    np.testing.assert_array_equal(store(tmp_path, frame).vectors, VECTORS)
    np.testing.assert_array_equal(store(tmp_path, frame, vector_column="d*").vectors, VECTORS)


def test_tables_that_cannot_be_read(tmp_path):
    import pyarrow
    from pyarrow import parquet

    with pytest.raises(BadInput, match=r"the column 'id' of .* lacks 1 of 6 ids; expected one for each row"):
        store(tmp_path, LISTS.assign(id=[*NAMES[:-1], None]))
    with pytest.raises(NotFound, match=r"has no column 'dok'; known: 'vector', 'doc'"):
        store(tmp_path, LISTS.assign(doc=NAMES), id_column="dok")
    with pytest.raises(NotFound, match=r"has no column 'x\*'; known: "):
        store(tmp_path, LISTS.assign(doc=NAMES), vector_column="x*")
    with pytest.raises(
        BadInput, match=r"the columns id of .* are called 'i\*', and 'id' holds (large_)?string; expected one column"
    ):
        store(tmp_path, LISTS.assign(id=NAMES), vector_column="i*")
    twice = pyarrow.Table.from_arrays([pyarrow.array([1.0]), pyarrow.array([2.0])], names=["d0", "d0"])
    parquet.write_table(twice, tmp_path / "twice.parquet")
    with pytest.raises(BadInput, match=r"has several columns called 'd0'; expected different names"):
        read_store(tmp_path / "twice.parquet")
    indexed = WIDE.set_index([pd.Index(NAMES, name="a"), pd.Index(NAMES[::-1], name="b")])
    with pytest.raises(BadInput, match=r"has no column 'id', and a, b could hold the ids"):
        store(tmp_path, indexed)
    assert store(tmp_path, indexed, id_column="b").ids == tuple(NAMES[::-1])


def test_ids_of_the_file_and_beside_it_agree_or_are_refused(tmp_path):
    (tmp_path / "ids.txt").write_text("".join(f"{one}\n" for one in NAMES[::-1]))
    frame = LISTS.assign(id=NAMES)
    with pytest.raises(
        BadInput, match=r"the ids of .*ids.txt are not those that .*store.parquet holds itself, row by row"
    ):
        store(tmp_path, frame, ids=tmp_path / "ids.txt")
    assert store(tmp_path, frame, ids=tmp_path / "ids.txt", id_column="id").ids == tuple(NAMES)
    (tmp_path / "store.ids.txt").write_text("".join(f"{one}\n" for one in NAMES[::-1]))  # of a store.npy
    assert store(tmp_path, frame).ids == tuple(NAMES)
    assert store(tmp_path, LISTS).ids[0] in ("0", NAMES[-1])


def test_tensors_that_could_be_the_ids(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file(
        {
            "embeddings": torch.from_numpy(VECTORS),
            "doc": torch.arange(N) * 7,
            "label": torch.zeros(N, dtype=torch.int64),
        },
        path,
    )
    with pytest.raises(BadInput, match=r"has no column 'id', and doc could hold the ids; say which does \(--id-column"):
        read_store(path)
    assert read_store(path, id_column="doc").ids[:2] == ("0", "7")
    with pytest.raises(NotFound, match=r"has no tensor 'dok'; known: "):
        read_store(path, id_column="dok")
    save_file({"a": torch.from_numpy(VECTORS), "b": -torch.from_numpy(VECTORS)}, path)
    np.testing.assert_array_equal(read_store(path, vector_column="b").vectors, -VECTORS)


def test_a_matrix_has_no_columns_and_texts_hold_lines(tmp_path):
    np.save(tmp_path / "a.npy", VECTORS)
    with pytest.raises(
        BadInput, match=r"a.npy is one matrix without columns; leave out --id-column and --vector-column"
    ):
        read_store(tmp_path / "a.npy", id_column="id")
    (tmp_path / "ids.txt").write_bytes("é\nb\nc".encode("latin-1"))
    with pytest.raises(BadInput, match=r"line 1 of .*ids.txt is not UTF-8 \(byte 0xe9\)"):
        read_store(tmp_path / "a.npy", ids=tmp_path / "ids.txt")
    odd = ["a\u2028b", "\u3000", "c\x85", "d ", "\ufeffe", "f"]
    write_store(Embeddings.of(VECTORS, "a", odd), tmp_path / "b.npy")
    assert read_store(tmp_path / "b.npy").ids == tuple(odd)
    with pytest.raises(
        BadInput, match=r"the id 'a\\nb' has a line break, and ids go to a text file, one a line; write .parquet"
    ):
        write_store(Embeddings.of(VECTORS[:1], "a", ["a\nb"]), tmp_path / "c.npy")
