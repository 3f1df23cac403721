"""Whole files or none.

A file is written under a temporary name in its own folder, synced and renamed, so that a reader sees the
old file, the new file, or no file, and never half of one. Tensor files carry a checksum of their contents
in their header and are refused when it does not fit.
"""

import errno
import json
import os
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from repscope.core.errors import BadInput, Damaged, OutOfSpace

if TYPE_CHECKING:
    import torch

_HEADER = "repscope"
"""All metadata are one JSON text under this key: safetensors writes several keys in no fixed order."""

_CHECKSUM = "crc32"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name to write to; when the body ends well, the file is synced and takes the place of `path`.

    Raises
    ------
    OutOfSpace
        If the disk is full; what was written before stays as it is.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:  # opened anew: whoever wrote it may have put another file in its place
            os.fsync(written.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except Exception as error:
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        if full or os.strerror(errno.ENOSPC) in str(error):  # safetensors reports it in words of its own
            raise OutOfSpace(
                f"the disk is full: {path.name} could not be written in {path.parent}; "
                "free some space and start again, what was written before is kept"
            ) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def take_space(file: IO[bytes], size: int, what: str) -> None:
    """Make an open file so many bytes of zeros, and take the space on the disk now: of a file with holes that is mapped to memory,
    a write on a full disk would end the process.

    Parameters
    ----------
    file : file, open for writing
    size : int
        Bytes.
    what : str
        What the file is for, for people.

    Raises
    ------
    OutOfSpace
        If the disk has not so much.

    Examples
    --------
    >>> with tempfile.TemporaryFile() as file:
    ...     take_space(file, 4096, "an example")
    ...     os.fstat(file.fileno()).st_size
    4096
    """
    try:
        file.truncate(size)
        if hasattr(os, "posix_fallocate") and size:
            os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise OutOfSpace(
            f"{what} takes {size / 2**30:.1f} GiB of disk in {Path(str(file.name)).parent}, which has not so much: free some, or choose a folder "
            "on another disk"
        ) from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_json(path: Path, value: Any, *, allow_nan: bool = False) -> None:
    """Write JSON whole or not at all, in a stable order that people can read."""
    write_bytes(
        path, (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=allow_nan) + "\n").encode()
    )


def read_text(path: str | Path) -> str:
    """A text file in UTF-8, without a byte order mark.

    Raises
    ------
    BadInput
        If it is in another encoding, with the line.
    """
    raw = Path(path).read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadInput(
            f"line {line} of {path} is not UTF-8 (byte 0x{raw[error.start]:02x}); expected a text file in UTF-8: save it so, for "
            "example with iconv -f latin1 -t utf8"
        ) from error


def read_lines(path: str | Path) -> list[str]:
    """The lines of a text file in UTF-8, which only line feeds end, with or without a carriage return.

    Raises
    ------
    BadInput
        If it is in another encoding, with the line.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "ids.txt")
    ...     _ = file.write_bytes("a\\r\\nb c\\n".encode("utf-8-sig"))
    ...     read_lines(file)
    ['a', 'b c']
    """
    lines = [line.removesuffix("\r") for line in read_text(path).split("\n")]
    return lines[:-1] if lines[-1] == "" else lines


def read_json(path: Path) -> Any:
    """Read JSON.

    Raises
    ------
    Damaged
        If the file is not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf8"))
    except FileNotFoundError as error:
        raise Damaged(f"{path} is missing; what it belongs to is not whole, make it again") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Damaged(
            f"{path} is not readable as JSON ({error}); it was changed or is damaged, make it again"
        ) from error


def write_tensors(path: Path, tensors: Mapping[str, "torch.Tensor"], metadata: Mapping[str, str]) -> None:
    """Write named tensors and their metadata as one safetensors file, with a checksum of both in its header."""
    from safetensors.torch import save_file

    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    header = json.dumps({**metadata, _CHECKSUM: _checksum(contiguous, metadata)}, sort_keys=True)
    with replacing(path) as temporary:
        save_file(contiguous, temporary, metadata={_HEADER: header})


def read_tensors(path: Path) -> tuple[dict[str, "torch.Tensor"], dict[str, str]]:
    """Tensors and metadata of a file that `write_tensors` wrote.

    Raises
    ------
    Damaged
        If the file is truncated, changed, or was not written by `write_tensors`.
    """
    path = Path(path)
    tensors, metadata = open_tensors(path)
    verify_tensors(path, tensors, metadata)
    return tensors, {k: v for k, v in metadata.items() if k != _CHECKSUM}


def open_tensors(path: Path) -> tuple[dict[str, "torch.Tensor"], dict[str, str]]:
    """Tensors memory-mapped from a safetensors file, and its metadata; nothing is verified but the layout."""
    import safetensors

    try:
        with safetensors.safe_open(path, framework="pt") as file:
            metadata: dict[str, str] = json.loads((file.metadata() or {}).get(_HEADER, "{}"))
            return {name: file.get_tensor(name) for name in file.keys()}, metadata  # noqa: SIM118
    except FileNotFoundError:
        raise
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise Damaged(
            f"{path} cannot be read as safetensors ({error}); it is truncated or damaged, delete it and run again"
        ) from error


def verify_tensors(path: Path, tensors: Mapping[str, "torch.Tensor"], metadata: Mapping[str, str]) -> None:
    """Compare contents with the checksum in the header; `Damaged` if they differ or there is none."""
    plain = {k: v for k, v in metadata.items() if k != _CHECKSUM}
    if metadata.get(_CHECKSUM) != _checksum(tensors, plain):
        raise Damaged(
            f"{path} does not agree with its checksum: it was changed after it was written; delete it and run again"
        )


def _checksum(tensors: Mapping[str, "torch.Tensor"], metadata: Mapping[str, str]) -> str:
    """CRC-32 of metadata, names, types, shapes and bytes: any single damaged stretch of up to 32 bits changes it.

    It guards against damage, not against malice, and is five times faster than a cryptographic digest.
    """
    import torch

    value = zlib.crc32(json.dumps(dict(metadata), sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        value = zlib.crc32(f"{name}:{tensor.dtype}:{tuple(tensor.shape)}".encode(), value)
        if tensor.numel():
            value = zlib.crc32(tensor.reshape(-1).view(torch.uint8).numpy().data, value)
    return f"{value:08x}"


def free_space(folder: Path) -> int:
    """Bytes that are free where a folder is or will be.

    >>> free_space(Path(".")) > 0
    True
    """
    existing = Path(folder).resolve()
    while not existing.exists():
        existing = existing.parent
    statistics = os.statvfs(existing)
    return statistics.f_bavail * statistics.f_frsize


def require_space(folder: Path, needed: int, purpose: str) -> None:
    """Refuse to begin what will not fit on the disk.

    Raises
    ------
    OutOfSpace
        With the amounts, if fewer than `needed` bytes are free where `folder` is or will be.
    """
    if needed < 0:
        raise BadInput(f"cannot ask for {needed} bytes; expected zero or more")
    free = free_space(folder)
    if free < needed:
        raise OutOfSpace(
            f"{purpose} needs {needed / 2**30:.2f} GiB and {folder} has {free / 2**30:.2f} GiB free; "
            "choose another folder, fewer layers or samples, or dtype float16"
        )
