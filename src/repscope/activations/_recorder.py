"""record(): the loop that fills a recording, and goes on where it was interrupted.

The batches and the shards are fixed by the settings alone, so that a recording that was interrupted and resumed
has the same bytes as one that was not. A shard is hashed and written by a second thread while the network
computes the next.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from repscope.activations._hooks import evaluating, watch
from repscope.activations._layers import (
    INPUT,
    LayerInfo,
    calls_of,
    choose_layers,
    matches,
    module_name,
    network_layers,
    usual_layers,
)
from repscope.activations._manifest import claim_folder, manifest_of
from repscope.activations._shards import (
    DTYPES,
    THUMBNAIL,
    remove_unfinished,
    rows_per_shard,
    shard_path,
    shard_ranges,
    write_shard,
)
from repscope.activations._thumbnails import thumbnail_side, thumbnails
from repscope.activations.recording import Recording
from repscope.core.blocks import parse_bytes
from repscope.core.digests import digest_json
from repscope.core.errors import BadInput, Damaged
from repscope.core.files import open_tensors, require_space, verify_tensors
from repscope.core.progress import progress
from repscope.core.shared_folder import hold
from repscope.core.shares import Share, items_of

if TYPE_CHECKING:
    import torch

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
    warn : callable, optional
        Is told about modules that never fire; `warnings.warn` by default.

    Returns
    -------
    Recording

    Raises
    ------
    NotFound
        If a pattern matches no layer, with the nearest names.
    BadInput
        If activations are not finite (with the layer and the samples).
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
    folder = Path(out)
    available, silent = network_layers(network)
    names = [layer.name for layer in available]
    chosen_names = usual_layers(network.module, names) if layers is None else choose_layers(layers, names, silent)
    chosen = tuple(layer for layer in available if layer.name in chosen_names)
    _warn_silent(silent, layers or (), warn)
    size = batch if batch is not None else (64 if np.prod(network.input_shape) <= 3 * 64 * 64 else 16)
    if size < 1:
        raise BadInput(f"a batch of {size} images is impossible; expected 1 or more")
    side = thumbnail_side(data.image(0))
    width = {"float32": 4, "float16": 2, "bfloat16": 2}[dtype]
    bytes_per_row = width * sum(layer.features for layer in chosen) + 3 * side * side
    per_shard = rows_per_shard(bytes_per_row, size, parse_bytes(shard_bytes))
    settings = {"dtype": dtype, "batch": size, "rows_per_shard": per_shard, "thumbnail": side}
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
            plan = _Plan(network, data, chosen, calls_of(names), dtype, size, side, device)
            _fill(plan, folder, missing, name, sum(len(r) for r in mine))
    return Recording(folder)


@final
@dataclass(frozen=True)
class _Plan:
    """What every batch of a recording shares."""

    network: "Network"
    data: "DataSet"
    layers: tuple[LayerInfo, ...]
    calls: Mapping[str, int]
    dtype: str
    batch: int
    side: int
    device: str | None


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


def _fill(plan: _Plan, folder: Path, missing: list[range], name: str, total: int) -> None:
    """Record the missing shards; one is written while the next is computed."""
    done = total - sum(len(r) for r in missing)
    with (
        evaluating(plan.network.module, plan.device) as device,
        ThreadPoolExecutor(1) as writer,
        progress("recording", total, "images", done) as advance,
    ):
        pending: Future[None] | None = None
        for rows in missing:
            tensors = _record_rows(plan, rows, device, advance)
            if pending is not None:
                pending.result()
            pending = writer.submit(write_shard, folder, rows, tensors, name)
        if pending is not None:
            pending.result()


def _record_rows(plan: _Plan, rows: range, device: "torch.device", advance: Any) -> "dict[str, torch.Tensor]":
    """All layers of a range of rows, batch by batch."""
    import torch

    dtype = getattr(torch, plan.dtype)
    out = {layer.name: torch.empty((len(rows), layer.features), dtype=dtype) for layer in plan.layers}
    out[THUMBNAIL] = torch.empty((len(rows), 3, plan.side, plan.side), dtype=torch.uint8)
    keep = set(out) - {INPUT, THUMBNAIL}
    modules = {module_name(name) for name in keep}
    with torch.inference_mode(), watch(plan.network.module, modules, keep) as seen:
        for start in range(rows.start, rows.stop, plan.batch):
            stop = min(start + plan.batch, rows.stop)
            here = slice(start - rows.start, stop - rows.start)
            images = plan.data.batch(range(start, stop))
            batch = plan.network.preprocess(images)
            out[THUMBNAIL][here] = thumbnails(images, plan.side)
            if INPUT in out:
                out[INPUT][here] = batch.reshape(len(images), -1).to(dtype)
            seen.reset()
            plan.network.module(batch.to(device))
            _check_calls(seen.fired, plan.calls)
            for layer in plan.layers:
                if layer.name != INPUT:
                    out[layer.name][here] = _rows_of(seen.tensors, layer, len(images)).to(dtype)
                _check_finite(out[layer.name][here], layer.name, plan, start)
            advance(len(images))
    return out


def _rows_of(tensors: "dict[str, torch.Tensor]", layer: LayerInfo, count: int) -> "torch.Tensor":
    """The layer's output for this batch, one row per image."""
    tensor = tensors.get(layer.name)
    if tensor is None or tuple(tensor.shape) != (count, *layer.shape):
        came = "nothing" if tensor is None else str(tuple(tensor.shape))
        raise BadInput(
            f"layer {layer.name!r} gave {came} for a batch of {count}; expected {(count, *layer.shape)}: "
            "its calls or its shape depend on the data, leave it out with the pattern '!" + layer.name + "'"
        )
    if tensor.is_complex():
        raise BadInput(
            f"layer {layer.name!r} gives complex numbers; expected real ones: leave it out with '!{layer.name}'"
        )
    if not tensor.is_floating_point() and bool((tensor.float().to(tensor.dtype) != tensor).any()):
        raise BadInput(
            f"layer {layer.name!r} gives whole numbers that float32 cannot hold; leave it out with '!{layer.name}'"
        )
    return tensor.reshape(count, -1).cpu()


def _check_calls(fired: Mapping[str, int], calls: Mapping[str, int]) -> None:
    """Refuse to drop calls: a module must be called as often for the data as when the layers were listed."""
    for name, count in fired.items():
        if count != calls[name]:
            raise BadInput(
                f"module {name!r} was called {count} times in a forward pass and {calls[name]} times when the layers were "
                f"listed: how often it is called depends on the data, leave it out with the pattern '!{name}'"
            )


def _check_finite(values: "torch.Tensor", layer: str, plan: _Plan, start: int) -> None:
    import torch

    # a sum is finite only if every term is; it costs one pass and no memory
    if torch.isfinite(values.float().sum()) or torch.isfinite(values).all():
        return
    rows = (~torch.isfinite(values)).any(dim=1).nonzero().flatten().tolist()
    named = ", ".join(repr(plan.data.ids[start + r]) for r in rows[:5])
    hint = (
        "" if plan.dtype == "float32" else f" (or values beyond the range of {plan.dtype}: record with dtype float32)"
    )
    raise BadInput(
        f"layer {layer!r} has NaN or infinite activations{hint} in {len(rows)} of the samples {start} to "
        f"{start + len(values) - 1}, the first: {named}; look at these images and at the network's weights"
    )


def _warn_silent(silent: tuple[str, ...], layers: str | Sequence[str], warn: Callable[[str], None] | None) -> None:
    """Name the modules that never fire, if the patterns could have meant them."""
    wanted = [layers] if isinstance(layers, str) else list(layers)
    meant = [s for s in silent if any(matches(s, p) for p in wanted)]
    if not meant:
        return
    shown = ", ".join(meant[:5]) + (f" and {len(meant) - 5} more" if len(meant) > 5 else "")
    message = f"{len(meant)} modules match but never fire in a forward pass, and are not recorded: {shown}"
    if warn is not None:
        warn(message)
    else:
        import warnings

        warnings.warn(message, stacklevel=3)
