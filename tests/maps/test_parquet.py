"""Tables of embeddings: what has one reading is read so, what has more is refused, with the columns."""

import numpy as np
import pytest

from repscope.core.errors import BadInput, Mismatch, NotFound
from repscope.maps import Embeddings, read_store, write_store
from repscope.maps._embeddings import paired_by_id

pandas = pytest.importorskip("pandas")
VECTORS = np.arange(12, dtype=np.float32).reshape(4, 3)
IDS = ["d", "b", "c", "a"]


@pytest.fixture
def written(tmp_path):
    def write(frame, **options):
        frame.to_parquet(tmp_path / "store.parquet", **options)
        return tmp_path / "store.parquet"

    return write


def dimensions(*, kind=np.float32, prefix="d"):
    return pandas.DataFrame(VECTORS.astype(kind), columns=[f"{prefix}{i}" for i in range(3)])


def lists(name="embedding"):
    return pandas.DataFrame({name: list(VECTORS)})


def test_an_index_of_pandas_is_no_dimension(written):
    frame = dimensions().assign(id=IDS)
    filtered = read_store(written(frame[np.array([True, False, True, True])]))
    np.testing.assert_array_equal(filtered.vectors, VECTORS[[0, 2, 3]])
    assert filtered.ids == ("d", "c", "a")
    named = frame.set_index(pandas.Index([7, 8, 9, 10], name="row"))
    np.testing.assert_array_equal(read_store(written(named)).vectors, VECTORS)


def test_an_index_of_texts_holds_the_ids(written):
    frame = dimensions().set_index(pandas.Index(IDS, name="document"))
    assert read_store(written(frame)).ids == tuple(IDS)


@pytest.mark.parametrize("name", ["doc_id", "key"])
def test_an_id_column_of_another_name_is_asked_for(written, name):
    path = written(lists().assign(**{name: IDS}))
    with pytest.raises(
        BadInput, match=rf"has no column 'id', and {name} may hold the ids; say which: --id-column {name}"
    ):
        read_store(path)
    assert read_store(path, id_column=name).ids == tuple(IDS)
    assert read_store(path, id_column="").ids == ("0", "1", "2", "3")


def test_two_stores_in_different_order_are_paired_by_id(written, tmp_path):
    first = read_store(written(lists().assign(doc_id=IDS)), id_column="doc_id")
    second = read_store(written(lists().assign(doc_id=IDS).iloc[::-1]), id_column="doc_id")
    np.testing.assert_array_equal(second.at(IDS).vectors, first.vectors)


@pytest.mark.parametrize("number", [np.int64, np.int32])
def test_a_numeric_id_is_no_dimension(written, number):
    path = written(dimensions().assign(id=IDS, doc_id=np.arange(4, dtype=number)))
    with pytest.raises(
        BadInput, match=r"not of one kind: doc_id may be an id, a label or another fact .* --vector-column 'd\*'"
    ):
        read_store(path)
    found = read_store(path, vector_column="d[0-9]*")
    np.testing.assert_array_equal(found.vectors, VECTORS)


def test_numeric_labels_are_no_dimension(written):
    frame = pandas.DataFrame({"x": [0.1, 0.2], "y": [1.0, 2.0], "label": [0, 1], "id": ["a", "b"]})
    with pytest.raises(BadInput, match=r"not of one kind: label may be"):
        read_store(written(frame))


@pytest.mark.parametrize("extra", ["year", "score"])
def test_a_column_of_vectors_is_taken_and_not_the_facts_beside_it(written, extra):
    found = read_store(written(lists("vector").assign(id=IDS, **{extra: [1999.0, 2000.0, 2001.0, 2002.0]})))
    np.testing.assert_array_equal(found.vectors, VECTORS)


def test_two_columns_of_vectors_are_asked_for(written):
    path = written(lists("title").join(lists("text")).assign(id=IDS))
    with pytest.raises(BadInput, match=r"has 2 columns of lists \(title, text\); say which .* --vector-column title"):
        read_store(path)
    assert read_store(path, vector_column="text").vectors.shape == (4, 3)
    both = written(lists("other").join(lists("embedding")).assign(id=IDS))
    assert read_store(both).vectors.shape == (4, 3)


def test_facts_of_the_same_type_beside_numbered_columns_are_asked_for(written):
    path = written(dimensions().assign(id=IDS, year=np.float32([1, 2, 3, 4])))
    with pytest.raises(BadInput, match=r"not of one kind: year may be"):
        read_store(path)


def test_texts_beside_vectors_and_ids_are_passed_over(written):
    found = read_store(written(lists().assign(id=IDS, text=["one", "two", "three", "four"])))
    assert found.ids == tuple(IDS)


def test_names_that_are_not_there(written):
    path = written(lists().assign(id=IDS))
    with pytest.raises(NotFound, match=r"has no column 'doc' of ids; known: 'embedding', 'id'"):
        read_store(path, id_column="doc")
    with pytest.raises(NotFound, match=r"no column of lists, and no columns of numbers, 'v\*'"):
        read_store(path, vector_column="v*")


def test_empty_cells(written):
    with pytest.raises(BadInput, match=r"the column 'id' of .* has empty cells; expected an id in every row"):
        read_store(written(lists().assign(id=["a", None, "b", "c"])))
    frame = dimensions(kind=np.float64).assign(id=IDS)
    frame["d1"] = pandas.array([1.0, None, 2.0, 3.0], dtype="Float64")
    with pytest.raises(BadInput, match=r"the column 'd1' of .* has empty cells"):
        read_store(written(frame))
    with pytest.raises(BadInput, match=r"the column 'id' of .* holds real numbers"):
        read_store(written(lists().assign(id=[0.5, 1.5, 2.5, 3.5])))


def test_whole_numbers_as_ids(written):
    assert read_store(written(lists().assign(id=[10, 20, 30, 40]))).ids == ("10", "20", "30", "40")


def test_a_file_of_ids_needs_no_column(written, tmp_path):
    (tmp_path / "ids.txt").write_text("".join(f"{name}\n" for name in IDS))
    assert read_store(written(lists().assign(text=IDS)), ids=tmp_path / "ids.txt").ids == tuple(IDS)


def test_on_the_command_line(written, tmp_path, capsys):
    from repscope.cli import main

    path = written(dimensions().assign(doc_id=IDS))
    call = ["bridge", "fit", str(path), str(path), "--out", str(tmp_path / "map.safetensors"), "--kind", "identity"]
    with pytest.raises(SystemExit) as stopped:
        main(call)
    assert stopped.value.code == 1
    assert "--id-column doc_id" in capsys.readouterr().err.replace("\n", " ")
    with pytest.raises(SystemExit) as stopped:
        main([*call, "--id-column", "doc_id"])
    assert stopped.value.code in (0, None)


@pytest.mark.parametrize("keep", [[0, 2, 3], slice(2, None), slice(0, None, 2), slice(None, None, -1)])
@pytest.mark.parametrize("make", [dimensions, lists])
def test_rows_that_pandas_numbers_are_called_so(written, make, keep):
    found = read_store(written(make().iloc[keep]))
    np.testing.assert_array_equal(found.vectors, VECTORS[keep])
    assert found.ids == tuple(map(str, np.arange(4)[keep]))


def test_stores_that_were_filtered_otherwise_are_not_paired_by_number(written):
    first, second = (read_store(written(dimensions().drop(index=row))) for row in (0, 1))
    with pytest.raises(Mismatch, match=r"1 are only in the first and 1 only in the second"):
        paired_by_id(first, second)


def test_an_index_that_repeats_names_nothing_and_two_are_asked_for(written):
    repeated = dimensions().set_index(pandas.Index([0, 1, 0, 1]))
    assert read_store(written(repeated)).ids == ("0", "1", "2", "3")
    assert read_store(
        written(dimensions().set_index([pandas.Index([4, 5, 6, 7], name="a"), pandas.Index(IDS, name="b")]))
    ).ids == tuple(IDS)


def test_dimensions_are_in_the_order_of_their_numbers(written):
    matrix = np.arange(48, dtype=np.float32).reshape(4, 12)
    frame = pandas.DataFrame(matrix, columns=[f"d{i}" for i in range(12)]).assign(id=IDS)
    path = written(frame[sorted(frame.columns)])
    np.testing.assert_array_equal(read_store(path).vectors, matrix)
    np.testing.assert_array_equal(read_store(path, vector_column="d*").vectors, matrix)
    path = written(frame.drop(columns="d3"))
    with pytest.raises(
        BadInput, match=r"go from d0 to d11 and d3 is missing; expected all dimensions, .*--vector-column 'd\*'"
    ):
        read_store(path)
    assert read_store(path, vector_column="d*").vectors.shape == (4, 11)


def test_one_column_of_numbers_is_a_fact(written):
    path = written(pandas.DataFrame({"id": IDS, "year": [1.0, 2.0, 3.0, 4.0]}))
    with pytest.raises(BadInput, match=r"has one column of numbers, 'year', which may be a fact about the rows"):
        read_store(path)
    assert read_store(path, vector_column="year").vectors.shape == (4, 1)


def test_ids_of_the_file_and_beside_it_agree_or_are_refused(written, tmp_path):
    path = written(lists().assign(id=IDS))
    (tmp_path / "ids.txt").write_text("".join(f"{name}\n" for name in IDS[::-1]))
    with pytest.raises(
        BadInput, match=r"the ids of .*ids.txt are not those that .*store.parquet holds itself, row by row"
    ):
        read_store(path, ids=tmp_path / "ids.txt")
    assert read_store(path, ids=tmp_path / "ids.txt", id_column="id").ids == tuple(IDS)
    (tmp_path / "ids.txt").write_text("".join(f"{name}\n" for name in IDS))
    assert read_store(path, ids=tmp_path / "ids.txt").ids == tuple(IDS)


def test_names_of_folders_are_no_columns(written, tmp_path):
    path = written(dimensions().assign(id=IDS))
    (tmp_path / "year=2020").mkdir()
    np.testing.assert_array_equal(read_store(path.rename(tmp_path / "year=2020" / path.name)).vectors, VECTORS)


def test_vectors_of_a_table_can_be_written_to(written):
    assert read_store(written(lists().assign(id=IDS))).vectors.flags.writeable


def test_a_line_break_has_no_place_in_a_text_of_ids(tmp_path):
    with pytest.raises(BadInput, match=r"the id 'a\\nb' has a line break, and ids go to a text file, one a line"):
        write_store(Embeddings.of(VECTORS[:1], "a", ["a\nb"]), tmp_path / "c.npy")
