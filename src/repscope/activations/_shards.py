"""One file for all layers of a range of rows, written whole, with a checksum in its header."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, final

from repscope.activations._precision import from_stored
from repscope.core.errors import BadInput, Damaged, nearest
from repscope.core.files import open_tensors, verify_tensors, write_tensors

if TYPE_CHECKING:
    import torch

THUMBNAIL = "thumbnail!"
"""The tensor of small pictures of the samples; no module can have this name."""

WIDTH = {"float32": 4, "float16": 2, "bfloat16": 2}
"""Bytes of a stored feature, by type."""

DTYPES = tuple(WIDTH)


def shard_path(folder: Path, rows: range) -> Path:
    """Where the shard of these rows lies."""
    return folder / "shards" / f"rows-{rows.start:09d}-{rows.stop:09d}.safetensors"


def shard_ranges(count: int, rows_per_shard: int) -> list[range]:
    """The row ranges of all shards.

    >>> shard_ranges(10, 4)
    [range(0, 4), range(4, 8), range(8, 10)]
    """
    return [range(start, min(start + rows_per_shard, count)) for start in range(0, count, rows_per_shard)]


def rows_per_shard(bytes_per_row: int, batch: int, shard_bytes: int) -> int:
    """Rows of a shard of about `shard_bytes`: whole batches, at least one."""
    return batch * max(1, shard_bytes // max(1, bytes_per_row * batch))


def write_shard(folder: Path, rows: range, tensors: Mapping[str, "torch.Tensor"], recording: str) -> None:
    """Write the shard of these rows of the recording with this digest."""
    write_tensors(shard_path(folder, rows), tensors, {"recording": recording, "rows": f"{rows.start}:{rows.stop}"})


def remove_unfinished(folder: Path) -> None:
    """Delete what an interrupted writer left under temporary names: ours, and those of safetensors."""
    for place in (folder, folder / "shards", folder / "graphs"):
        for path in [*place.glob(".*.part"), *place.glob(".tmp*")]:
            path.unlink(missing_ok=True)


@final
class ShardReader:
    """Reads layers from the shards of a folder, memory-mapped; each shard is verified when first opened.

    Pages of a map that were read count as this process's memory until the map is closed, though the system takes them
    back when it needs them. So a shard is opened anew once it is verified, and `forget` closes all.
    """

    def __init__(
        self, folder: Path, ranges: list[range], recording: str, exponents: Mapping[str, int] | None = None
    ) -> None:
        self._folder = folder
        self._exponents = dict(exponents or {})
        self.ranges = ranges
        self._recording = recording
        self._open: dict[int, Mapping[str, torch.Tensor]] = {}
        self._verified: set[int] = set()

    def shard(self, number: int) -> Mapping[str, "torch.Tensor"]:
        """The tensors of shard `number`.

        Raises
        ------
        Damaged
            If the file is missing, truncated, changed, or of another recording.
        """
        held = self._open  # another search may forget it meanwhile
        if number not in held:
            rows = self.ranges[number]
            path = shard_path(self._folder, rows)
            if not path.exists():
                raise Damaged(
                    f"{path} is missing; the recording is not whole, run the same recording again to complete it"
                )
            if number not in self._verified:
                tensors, metadata = open_tensors(path)
                verify_tensors(path, tensors, metadata)
                if metadata.get("recording") != self._recording:
                    raise Damaged(f"{path} belongs to another recording; delete it and run the recording again")
                del tensors
                self._verified.add(number)
            held[number] = open_tensors(path)[0]
        return held[number]

    def forget(self) -> None:
        """Close all maps; what is read next opens its own again."""
        self._open = {}

    def rows(self, layer: str, start: int, stop: int) -> "torch.Tensor":
        """Rows `start` to `stop` of a layer, in memory of their own: as stored, or as they were if they were scaled."""
        import torch

        parts = []
        for number, held in enumerate(self.ranges):
            low, high = max(start, held.start), min(stop, held.stop)
            if low < high:
                tensors = self.shard(number)
                if layer not in tensors:
                    raise BadInput(f"the recording has no layer {layer!r}; {nearest(layer, tensors)}")
                parts.append(tensors[layer][low - held.start : high - held.start])
        return self.restore(layer, torch.cat(parts))

    def restore(self, layer: str, stored: "torch.Tensor") -> "torch.Tensor":
        """Activations that were scaled by a power of two before they were stored, as they were; others as they are."""
        exponent = self._exponents.get(layer, 0)
        return from_stored(stored, exponent) if exponent else stored
