"""Stores of embeddings in the formats in which they are exchanged."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from repscope.core.errors import BadInput, Damaged, NotFound
from repscope.maps import Embeddings, read_store, write_store

VECTORS = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
IDS = ["a", "b", "ç", "d", "e"]


@pytest.mark.parametrize("suffix", [".npy", ".safetensors", ".parquet"])
def test_written_is_read(tmp_path, suffix):
    path = tmp_path / f"old{suffix}"
    write_store(Embeddings.of(VECTORS, "old", IDS), path)
    found = read_store(path)
    np.testing.assert_array_equal(found.vectors, VECTORS)
    assert found.ids == tuple(IDS)
    assert found.space.name == "old"
    assert read_store(path, name="e5-small", digest="f00d").space.digest == "f00d"


def test_files_of_others(tmp_path):
    import pyarrow
    from pyarrow import parquet

    save_file({"anything": torch.from_numpy(VECTORS).half()}, tmp_path / "half.safetensors")
    np.testing.assert_allclose(read_store(tmp_path / "half.safetensors").vectors, VECTORS, atol=1e-2)
    columns = {"id": list(range(5)), **{f"d{i}": VECTORS[:, i] for i in range(3)}, "text": IDS}
    parquet.write_table(pyarrow.table(columns), tmp_path / "wide.parquet")
    found = read_store(tmp_path / "wide.parquet")
    np.testing.assert_array_equal(found.vectors, VECTORS)
    assert found.ids == ("0", "1", "2", "3", "4")
    parquet.write_table(pyarrow.table({"embedding": VECTORS.tolist()}), tmp_path / "lists.parquet")
    np.testing.assert_allclose(read_store(tmp_path / "lists.parquet").vectors, VECTORS)


def test_what_is_no_store_is_refused(tmp_path):
    import pyarrow
    from pyarrow import parquet

    with pytest.raises(
        BadInput, match=r"old.csv ends in '.csv'; expected a file of embeddings: .npy, .safetensors, .parquet"
    ):
        read_store(tmp_path / "old.csv")
    with pytest.raises(NotFound, match=r"there is no file .*old.npy"):
        read_store(tmp_path / "old.npy")
    np.save(tmp_path / "old.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(Damaged, match=r"cannot be read as a .npy file of numbers .*nothing in it was executed"):
        read_store(tmp_path / "old.npy")
    save_file({"x": torch.zeros(2, 2), "y": torch.zeros(2, 2)}, tmp_path / "two.safetensors")
    with pytest.raises(BadInput, match=r"holds 2 tensors \(x, y\); expected one called 'embeddings'"):
        read_store(tmp_path / "two.safetensors")
    parquet.write_table(pyarrow.table({"embedding": [[1.0], [1.0, 2.0]]}), tmp_path / "odd.parquet")
    with pytest.raises(BadInput, match=r"holds lists of 2 lengths, or empty cells; expected vectors of one length"):
        read_store(tmp_path / "odd.parquet")
    parquet.write_table(pyarrow.table({"text": ["a"]}), tmp_path / "text.parquet")
    with pytest.raises(BadInput, match=r"has the columns text; expected a column of vectors, such as 'embedding', or"):
        read_store(tmp_path / "text.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(Damaged, match=r"broken.parquet cannot be read as parquet"):
        read_store(tmp_path / "broken.parquet")
    np.save(tmp_path / "good.npy", VECTORS)
    with pytest.raises(NotFound, match=r"there is no file of ids"):
        read_store(tmp_path / "good.npy", ids=tmp_path / "none.txt")
    (tmp_path / "ids.txt").write_text("a\nb\n")
    with pytest.raises(BadInput, match=r"are 5 and their ids 2; expected one id each"):
        read_store(tmp_path / "good.npy", ids=tmp_path / "ids.txt")
    with pytest.raises(BadInput, match=r"the embeddings would go to .*x.csv"):
        write_store(Embeddings.of(VECTORS, "old"), tmp_path / "x.csv")


def test_a_tensor_that_may_be_the_ids_is_asked_for(tmp_path):
    path = tmp_path / "a.safetensors"
    vectors = torch.from_numpy(VECTORS)
    label = torch.zeros(len(VECTORS), dtype=torch.int64)
    save_file({"embeddings": vectors, "doc": 7 * torch.arange(len(VECTORS)), "label": label}, path)
    with pytest.raises(
        BadInput, match=r"holds 'doc' beside 'embeddings', which may be the ids; say so: --id-column doc"
    ):
        read_store(path)
    assert read_store(path, id_column="doc").ids[:2] == ("0", "7")
    assert read_store(path, id_column="").ids[:2] == ("0", "1")
    save_file({"embeddings": vectors, "label": label}, path)
    assert read_store(path).ids[:2] == ("0", "1")
