"""record(): the loop that fills a recording, and goes on where it was interrupted.

The batches and the shards are fixed by the settings alone, so that a recording that was interrupted and resumed
has the same bytes as one that was not. A shard is hashed and written by a second thread while the network
computes the next.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from repscope.activations._by_workers import fill_by
from repscope.activations._layers import LayerInfo, calls_of
from repscope.activations._manifest import claim_folder, manifest_of
from repscope.activations._passes import Pass, record_rows
from repscope.activations._planned import planned_layers
from repscope.activations._pooling import KINDS, Scale, checked_kinds, checked_scales
from repscope.activations._precision import fit_float16, precision_note
from repscope.activations._probe import probe_outputs
from repscope.activations._shards import (
    DTYPES,
    WIDTH,
    remove_unfinished,
    rows_per_shard,
    shard_path,
    shard_ranges,
    write_shard,
)
from repscope.activations._thumbnails import thumbnail_side
from repscope.activations.recording import Recording
from repscope.core.blocks import parse_bytes
from repscope.core.digests import digest_json
from repscope.core.engines import Engine
from repscope.core.errors import BadInput, Damaged
from repscope.core.files import open_tensors, require_space, verify_tensors
from repscope.core.progress import progress
from repscope.core.shared_folder import hold
from repscope.core.shares import Share, items_of
from repscope.networks._evaluating import evaluating

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network


def record(
    network: "Network",
    data: "DataSet",
    layers: str | Sequence[str] | None = None,
    out: str | Path = "recording",
    *,
    partition: str = "all",
    dtype: str = "float32",
    batch: int | None = None,
    device: str | None = None,
    shard_bytes: int | str = "128MiB",
    share: Share | None = None,
    engine: Engine | None = None,
    stored: bool = True,
    scales: Sequence[Scale] = (1,),
    pooling: Sequence[str] | str = KINDS,
    warn: Callable[[str], None] | None = None,
) -> Recording:
    """Pass a data set through a network once and keep the chosen layers on disk.

    Interrupt it anywhere and call it again: it goes on where it was, and the result has the same bytes.

    Parameters
    ----------
    network : Network
        What `load_network` returns.
    data : DataSet
        The images, in the order in which they are recorded.
    layers : str or sequence of str, optional
        Glob patterns over the qualified names of modules, and ``input``; ``!pattern`` leaves out. By default
        the input and the outputs of all blocks.
    out : path
        Folder of the recording; a new one, or one that the same call began.
    partition : str
        Name of this part of the data, kept in the manifest.
    dtype : {"float32", "float16", "bfloat16"}
        How activations are stored.
    batch : int, optional
        Images per forward pass; 64 for small images, 16 for large ones.
    device : str, optional
        ``"cpu"``, ``"cuda"``, ``"cuda:1"`` …; the network's own device by default.
    shard_bytes : int or str
        About how large a file of the recording may become.
    share : (int, int), optional
        Only the i-th of n shares, from (0, n) to (n − 1, n), of its files; several processes may fill one folder so,
        and the result is that of one process.
    engine : Engine, optional
        Whose workers pass the images through the network; by default this process does.
    stored : bool
        If false no activations are kept and no image is passed through the network: the recording is of samples,
        layers and small pictures, and a place for graphs (`analyze` with `disk`).
    scales : sequence of int or "global"
        Also keep every layer's maps pooled over windows of these sides, in the same forward pass (MS-RRA, Hryniowski
        2024). 1, no pooling, is always kept.
    pooling : sequence of {"average", "max"}
        How.
    warn : callable, optional
        Is told about modules that never fire, about outputs that depend a little on the rest of their batch, and about
        layers that float16 does not hold well; `warnings.warn` by default.

    Returns
    -------
    Recording

    Raises
    ------
    NotFound
        If a pattern matches no layer, with the nearest names.
    BadInput
        If activations are not finite (with the layer and the samples); if outputs are random and the network has no
        `seed_forward`, or depend on the rest of their batch or on earlier ones (with the size of the difference).
    Mismatch
        If the folder holds a recording of another network, data set or settings.
    Busy, OutOfSpace
        If another process writes there, or the disk does not suffice.

    Examples
    --------
    >>> import tempfile
    >>> from repscope import load_data, load_network, record
    >>> data = load_data("digits").balanced(50)
    >>> recording = record(load_network("repscope:resnet20-digits"), data, ["input", "stage?.2"], tempfile.mkdtemp())
    >>> recording.layers[1].name, recording.activations("stage1.2").shape
    ('stage1.2', (50, 16384))
    """
    if dtype not in DTYPES:
        raise BadInput(f"dtype {dtype!r} is not offered; choose one of {', '.join(DTYPES)}")
    chosen, notes = planned_layers(network, layers, scales, pooling)
    for note in notes:
        _tell(warn, note)
    sizes = list(checked_scales(scales))
    if dtype == "float16":
        chosen = fit_float16(chosen, probe_outputs(network, data, chosen, batch=batch, device=device, warn=warn))
    recording = record_chosen(
        network, data, chosen, out, partition=partition, dtype=dtype, batch=batch, device=device,
        shard_bytes=shard_bytes, share=share, engine=engine, stored=stored,
        about={"scales": sizes, "pooling": list(checked_kinds(pooling))} if len(sizes) > 1 else {}, warn=warn,
    )  # fmt: skip
    if recording.recorded == recording.n:
        for name, count in recording.imprecise.items():
            _tell(warn, precision_note(name, count, recording.n))
    return recording


def record_chosen(
    network: "Network",
    data: "DataSet",
    chosen: tuple[LayerInfo, ...],
    out: str | Path,
    *,
    partition: str,
    dtype: str,
    batch: int | None,
    device: str | None,
    shard_bytes: int | str = "128MiB",
    share: Share | None = None,
    engine: Engine | None = None,
    stored: bool = True,
    about: Mapping[str, Any] | None = None,
    warn: Callable[[str], None] | None = None,
) -> Recording:
    """`record` of layers that are known, pooled ones among them.

    `about` goes into the manifest's settings.
    """
    folder = Path(out)
    size = batch if batch is not None else (64 if np.prod(network.input_shape) <= 3 * 64 * 64 else 16)
    if size < 1:
        raise BadInput(f"a batch of {size} images is impossible; expected 1 or more")
    side = thumbnail_side(data.image(0))
    bytes_per_row = WIDTH[dtype] * sum(layer.features for layer in chosen if stored) + 3 * side * side
    per_shard = rows_per_shard(bytes_per_row, size, parse_bytes(shard_bytes))
    settings = {
        "dtype": dtype,
        "batch": size,
        "rows_per_shard": per_shard,
        "thumbnail": side,
        **({} if stored else {"stored": False}),
        **(about or {}),
    }
    manifest = manifest_of(network, data, partition, chosen, settings)
    samples = {
        "ids": list(data.ids),
        "labels": None if data.labels is None else data.labels.tolist(),
        "class_names": list(data.class_names),
    }
    mine = items_of(shard_ranges(len(data), per_shard), share or (0, 1))

    def claim(alone: bool) -> None:
        claim_folder(folder, manifest, samples, alone)
        if alone:
            remove_unfinished(folder)

    with hold(folder, share, claim):
        name = digest_json(manifest)
        missing = _missing_shards(folder, mine, name)
        require_space(folder, bytes_per_row * sum(len(r) for r in missing), "the recording")
        if missing:
            if stored:
                probe_outputs(network, data, chosen, batch=size, device=device, warn=warn)
            plan = Pass(network, data, chosen if stored else (), calls_of(chosen), dtype, size, side, device)
            total = sum(len(r) for r in mine)
            if engine is None or engine.here:
                _fill(plan, folder, missing, name, total)
            else:
                fill_by(engine, plan, folder, missing, name, total)
    return Recording(folder)


def _missing_shards(folder: Path, ranges: list[range], recording: str) -> list[range]:
    """The ranges that have no shard yet; those that are there are verified."""
    missing = []
    for rows in ranges:
        path = shard_path(folder, rows)
        if not path.exists():
            missing.append(rows)
            continue
        tensors, metadata = open_tensors(path)
        verify_tensors(path, tensors, metadata)
        if metadata.get("recording") != recording:
            raise Damaged(f"{path} belongs to another recording; delete it and run again")
    return missing


def _fill(plan: Pass, folder: Path, missing: list[range], name: str, total: int) -> None:
    """Record the missing shards; one is written while the next is computed."""
    done = total - sum(len(r) for r in missing)
    with (
        evaluating(plan.network.module, plan.device) as device,
        ThreadPoolExecutor(1) as writer,
        progress("recording", total, "images", done) as advance,
    ):
        pending: Future[None] | None = None
        for rows in missing:
            tensors = record_rows(plan, rows, device, advance)
            if pending is not None:
                pending.result()
            pending = writer.submit(write_shard, folder, rows, tensors, name)
        if pending is not None:
            pending.result()


def _tell(warn: Callable[[str], None] | None, message: str) -> None:
    if warn is not None:
        warn(message)
    else:
        warnings.warn(message, stacklevel=3)
