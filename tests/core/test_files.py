"""Whole files or none."""

import errno
import json
import os

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from repscope.core import files
from repscope.core.errors import BadInput, Busy, Damaged, Mismatch, OutOfSpace
from repscope.core.sameness import require_same
from repscope.core.shared_folder import only_process


def test_a_reader_sees_the_old_file_or_the_new_one(tmp_path, monkeypatch):
    path = tmp_path / "a"
    files.write_bytes(path, b"old")

    def fail(_descriptor):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "fsync", fail)
        with pytest.raises(OSError, match="Input/output error"):
            files.write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    files.write_bytes(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_full_disk_is_said_in_words(tmp_path, monkeypatch):
    def fail(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(OutOfSpace, match="the disk is full: a could not be written in"):
        files.write_bytes(tmp_path / "a", b"new")


def test_a_full_disk_in_the_words_of_safetensors(tmp_path, monkeypatch):
    def fail(*_arguments, **_settings):
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr("safetensors.torch.serialize_file", fail)
    with pytest.raises(OutOfSpace, match="the disk is full: a could not be written"):
        files.write_tensors(tmp_path / "a", {"x": torch.zeros(1)}, {})
    assert not list(tmp_path.iterdir())


def test_json(tmp_path):
    files.write_json(tmp_path / "a", {"b": [1, "é"]})
    assert files.read_json(tmp_path / "a") == {"b": [1, "é"]}
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(tmp_path / "b", float("nan"))
    (tmp_path / "a").write_bytes(b"\xff{")
    with pytest.raises(Damaged, match="is not readable as JSON"):
        files.read_json(tmp_path / "a")


def test_tensor_files_are_the_same_bytes_each_time(tmp_path):
    tensors = {"b": torch.arange(6).reshape(2, 3), "a": torch.zeros(0), "c": torch.ones(2, dtype=torch.bfloat16)}
    about = {f"key{i}": str(i) for i in range(20)}
    files.write_tensors(tmp_path / "1", tensors, about)
    files.write_tensors(tmp_path / "2", tensors, dict(reversed(about.items())))
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    back, read = files.read_tensors(tmp_path / "1")
    assert read == about
    assert all(torch.equal(back[name], tensors[name]) for name in tensors)


def test_any_flipped_byte_is_noticed(tmp_path):
    path = tmp_path / "a"
    files.write_tensors(path, {"x": torch.arange(5)}, {"layer": "stage1"})
    whole = path.read_bytes()
    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 1
        path.write_bytes(bytes(changed))
        if changed[position : position + 1].isspace() and whole[position : position + 1].isspace():
            continue
        with pytest.raises(Damaged):
            files.read_tensors(path)
    for length in (0, 5, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(Damaged, match="it is truncated or damaged, delete it and run again"):
            files.read_tensors(path)


def test_a_file_without_checksum(tmp_path):
    save_file({"x": torch.zeros(1)}, tmp_path / "a")
    with pytest.raises(Damaged, match="does not agree with its checksum"):
        files.read_tensors(tmp_path / "a")
    with pytest.raises(FileNotFoundError):
        files.read_tensors(tmp_path / "b")


def test_one_process_at_a_time(tmp_path):
    with only_process(tmp_path / "a"):
        with pytest.raises(Busy, match=r"another process is working on .*; wait until it has finished"):
            only_process(tmp_path / "a").__enter__()
        with only_process(tmp_path / "b"):
            pass
    with only_process(tmp_path / "a"):
        pass


def test_space(tmp_path):
    files.require_space(tmp_path / "not" / "yet", 1, "this")
    with pytest.raises(OutOfSpace, match=r"this needs .* GiB and .* GiB free; choose another folder, fewer layers"):
        files.require_space(tmp_path, 2**62, "this")
    with pytest.raises(BadInput, match="cannot ask for -1 bytes"):
        files.require_space(tmp_path, -1, "this")


def test_sameness_lists_the_differences():
    there = {"a": 1, "b": {"c": [1, 2]}, "d": [1]}
    require_same(there, json.loads(json.dumps(there)), "F holds a run")
    with pytest.raises(
        Mismatch,
        match=r"F holds a run of something else \(a: 1 there, 2 now; b.c\[1\]: 2 there, 3 now; d: 1 entries there, 2 now\)",
    ):
        require_same(there, {"a": 2, "b": {"c": [1, 3]}, "d": [1, 2]}, "F holds a run")
    many = dict.fromkeys("abcdefghij", 0)
    with pytest.raises(Mismatch, match="and 4 more"):
        require_same(many, dict.fromkeys("abcdefghij", 1), "F holds a run")


def test_the_space_of_a_mapped_file_is_taken_before_it_is_written(monkeypatch, tmp_path):
    with (tmp_path / "sums").open("w+b") as file:
        files.take_space(file, 100_000, "the joint Gram matrix")
    assert (tmp_path / "sums").stat().st_blocks * 512 >= 100_000  # no holes

    def full(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    words = r"the joint Gram matrix takes 2\.0 GiB of disk in .*, which has not so much: free some, or choose a folder"
    with (tmp_path / "more").open("w+b") as file, pytest.raises(OutOfSpace, match=words):
        files.take_space(file, 2**31, "the joint Gram matrix")
