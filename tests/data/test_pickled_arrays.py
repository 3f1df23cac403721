"""Arrays out of pickles without running them."""

import contextlib
import os
import pickle
import struct
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repscope.core.errors import BadInput, Damaged
from repscope.data._pickled_arrays import as_text, read_pickled_dict

ARRAY = np.arange(24, dtype=np.uint8).reshape(4, 6)


def write(tmp_path, content, protocol=None):
    path = tmp_path / "batch"
    path.write_bytes(content if protocol is None else pickle.dumps(content, protocol))
    return path


def plain(value):
    """What we read, in the types that Python 3 wrote."""
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, list | tuple):
        return type(value)(map(plain, value))
    if isinstance(value, dict):
        return {plain(k): plain(v) for k, v in value.items()}
    return value


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=300)
    | st.binary(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=4) | st.tuples(inner, inner)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=5), st.integers(0, 5))
def test_plain_values_are_read_as_they_were_written(tmp_path_factory, value, protocol):
    path = write(tmp_path_factory.mktemp("p"), value, protocol)
    read = plain(read_pickled_dict(path))
    assert read == value
    assert list(read) == list(value)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("dtype", ["u1", "<i8", ">i4", "<f4", "b1", "<u2"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_are_read_as_they_were_written(tmp_path, protocol, dtype, order):
    array = np.asarray(ARRAY.astype(dtype), order=order)
    path = write(tmp_path, {"data": array, "again": array, "labels": [1, 2], "number": np.int64(-7)}, protocol)
    read = read_pickled_dict(path)
    assert read["data"].dtype == array.dtype
    assert (read["data"] == array).all()
    assert (read["again"] == array).all()
    assert read["labels"] == [1, 2]
    assert read["number"] == -7


def test_arrays_are_views_of_the_file(tmp_path):
    data = read_pickled_dict(write(tmp_path, {"data": np.zeros((100, 100), np.uint8)}, 4))["data"]
    assert not data.flags.owndata
    assert not data.flags.writeable


def test_pickles_of_python_2_and_numpy_1(tmp_path):
    read = read_pickled_dict(write(tmp_path, python_2_batch(ARRAY, [3, 250, 70000, -1], [b"a.png"])))
    assert (read["data"] == ARRAY).all()
    assert read["labels"] == [3, 250, 70000, -1]
    assert [as_text(name) for name in read["filenames"]] == ["a.png"]


def python_2_batch(array, labels, names):
    """Protocol 2 as Python 2's cPickle wrote it: byte strings for keys, names and the bytes of the array."""

    def string(value):
        return b"U" + bytes([len(value)]) + value if len(value) < 256 else b"T" + struct.pack("<i", len(value)) + value

    def integer(value):
        return b"K" + bytes([value]) if 0 <= value < 256 else b"J" + struct.pack("<i", value)

    shape = b"".join(map(integer, array.shape)) + b"\x86"
    content = b"\x80\x02}q\x01(" + string(b"data") + b"q\x02"
    content += (
        b"cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85" + string(b"b") + b"\x87Rq\x05"
    )
    content += b"(K\x01" + shape + b"cnumpy\ndtype\nq\x06" + string(b"u1") + b"K\x00K\x01\x87R"
    content += (
        b"(K\x03" + string(b"|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89" + string(array.tobytes()) + b"tb"
    )
    content += string(b"labels") + b"](" + b"".join(map(integer, labels)) + b"e"
    return content + string(b"filenames") + b"](" + b"".join(map(string, names)) + b"eu."


def test_texts_of_protocol_0(tmp_path):
    old = b"(dp0\nS'label_names'\np1\n(lp2\nS'air\\'plane'\np3\naS\"b\\xff\"\np4\naVbird\\u00e9\np5\nasS'n'\nI10\nsS'yes'\nI01\ns."
    read = read_pickled_dict(write(tmp_path, old))
    assert [as_text(n) for n in read["label_names"]] == ["air'plane", "b\xff", "birdé"]
    assert (read["n"], read["yes"]) == (10, True)


class Malicious:
    def __reduce__(self):
        return os.system, ("touch executed",)


@pytest.mark.parametrize("protocol", range(6))
def test_code_is_refused_and_not_run(tmp_path, monkeypatch, protocol):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path, {"data": Malicious(), "labels": [1]}, protocol)
    with pytest.raises(
        BadInput,
        match=r"batch is refused: it is a pickle with the name (posix|nt)\.system at byte .*, which could run code; .*was not run",
    ):
        read_pickled_dict(path)
    assert not (tmp_path / "executed").exists()
    pickle.loads(path.read_bytes())  # so would this one have done
    assert (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"cbuiltins\neval\n(S'1'\ntR.", r"the name builtins\.eval"),
        (b"\x80\x04\x8c\x05numpy\x8c\x04load\x93.", r"the name numpy\.load"),
        (b"\x80\x04\x8c\x0anumpy.core\x8c\x0ascalar.x.y\x93.", r"the name numpy\.core\.scalar\.x\.y"),
        (b"(S'touch x'\nios\nsystem\n.", "the instruction b'i'"),
        (b"\x80\x02cnumpy\nndarray\n)\x81.", r"the instruction b'\\x81'"),
        (b"\x80\x02\x82\x01.", r"the instruction b'\\x82'"),
        (b"Pid\n.", "the instruction b'P'"),
    ],
)
def test_other_ways_to_code_are_refused_too(tmp_path, content, what):
    with pytest.raises(BadInput, match=f"is a pickle with {what} at byte"):
        read_pickled_dict(write(tmp_path, content))


def test_names_stay_names(tmp_path):
    """A name is not a function before it is called, and calling it with nonsense is an error."""
    for content in (b"cnumpy\ndtype\n(S'u1'\nb.", b"cnumpy\ndtype\n.", b"(cnumpy\ndtype\nI1\ntR."):
        with pytest.raises((BadInput, Damaged)):
            read_pickled_dict(write(tmp_path, content))


def test_arrays_of_objects_and_records_are_refused(tmp_path):
    for protocol in (2, 4):
        with pytest.raises(BadInput, match="batch is refused: an array of type 'O8' came; expected plain numbers"):
            read_pickled_dict(write(tmp_path, {"a": np.array([None, {}], dtype=object)}, protocol))
    with pytest.raises(BadInput, match="an array of type 'V9' came; expected plain numbers"):
        read_pickled_dict(write(tmp_path, {"a": np.zeros(3, dtype=[("x", "u1"), ("y", "f8")])}, 4))
    content = python_2_batch(ARRAY, [], []).replace(b"NNNJ", b"K\x01NNJ")
    with pytest.raises(BadInput, match="an array of records came; expected plain numbers"):
        read_pickled_dict(write(tmp_path, content))


def test_other_things_than_dictionaries(tmp_path):
    with pytest.raises(BadInput, match="batch holds a list; expected a dictionary of arrays and lists"):
        read_pickled_dict(write(tmp_path, [1, 2], 4))


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_truncated_anywhere(tmp_path, protocol):
    whole = pickle.dumps({"data": ARRAY, "labels": [0, 1, 2, 300], "name": "x" * 300}, protocol)
    for end in range(len(whole)):
        with pytest.raises(
            Damaged, match=r"is not a pickle that can be read \(at byte .*truncated or damaged, get it again"
        ):
            read_pickled_dict(write(tmp_path, whole[:end]))


@given(st.data())
def test_bytes_changed_anywhere_never_end_in_another_error(tmp_path_factory, data):
    whole = bytearray(pickle.dumps({"data": ARRAY, "labels": [0, 1, 2, 300]}, data.draw(st.sampled_from([0, 2, 4, 5]))))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = write(tmp_path_factory.mktemp("p"), bytes(whole))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with contextlib.suppress(BadInput, Damaged):
            assert isinstance(read_pickled_dict(path), dict)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"S'open\n.", "a string without quotes"),
        (b"S'a' + 'b'\n.", "a string without quotes"),
        (b"}e.", "a collection ends that did not begin"),
        (b"\x86.", "nothing is left on the stack"),
        (b"c_codecs\nencode\nX\x01\x00\x00\x00aX\x03\x00\x00\x00zip\x86R.", "bytes encoded as zip"),
        (b"T\xff\xff\xff\xff.", "-1 bytes were expected"),
    ],
)
def test_nonsense_is_damage(tmp_path, content, reason):
    with pytest.raises(Damaged, match=reason):
        read_pickled_dict(write(tmp_path, content))


def test_arrays_whose_bytes_do_not_fill_their_shape(tmp_path):
    content = python_2_batch(ARRAY, [], []).replace(b"K\x04K\x06", b"K\x04K\x07")
    with pytest.raises(Damaged, match=r"an array of shape \(4, 7\) and type uint8 has 24 bytes"):
        read_pickled_dict(write(tmp_path, content))
