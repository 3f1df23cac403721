"""The forward passes of a recording: all layers of a range of rows, batch by batch, each value checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from repscope.activations._hooks import watch
from repscope.activations._layers import INPUT, LayerInfo, axes_of, module_name
from repscope.activations._pooling import Maps
from repscope.activations._precision import TENSOR, count_imprecise, to_stored
from repscope.activations._shards import THUMBNAIL
from repscope.activations._thumbnails import thumbnails
from repscope.core.errors import BadInput
from repscope.networks._drawing import draw_from
from repscope.networks._forward import forward

if TYPE_CHECKING:
    import torch

    from repscope.data import DataSet
    from repscope.networks import Network


@final
@dataclass(frozen=True)
class Pass:
    """What every batch of a recording shares: network, data, layers, and how they are stored."""

    network: "Network"
    data: "DataSet"
    layers: tuple[LayerInfo, ...]
    calls: Mapping[str, int]
    dtype: str
    batch: int
    side: int
    device: str | None


def record_rows(plan: Pass, rows: range, device: "torch.device", advance: Any) -> "dict[str, torch.Tensor]":
    """All layers of a range of rows, batch by batch."""
    import torch

    dtype = getattr(torch, plan.dtype)
    out = {layer.name: torch.empty((len(rows), layer.features), dtype=dtype) for layer in plan.layers}
    out[THUMBNAIL] = torch.empty((len(rows), 3, plan.side, plan.side), dtype=torch.uint8)
    imprecise = {layer.name: 0 for layer in plan.layers}
    keep = {layer.source for layer in plan.layers} - {INPUT}
    modules = {module_name(name) for name in keep}
    with torch.no_grad(), watch(plan.network.module, modules, keep, axes_of(plan.layers)) as seen:
        for start in range(rows.start, rows.stop, plan.batch):
            stop = min(start + plan.batch, rows.stop)
            here = slice(start - rows.start, stop - rows.start)
            images = plan.data.batch(range(start, stop))
            out[THUMBNAIL][here] = thumbnails(images, plan.side)
            seen.reset()
            with draw_from(plan.network.seed_forward, start):
                batch = plan.network.preprocess(images)
                if plan.layers:
                    forward(plan.network.module, batch.to(device), plan.network.name)
                    _check_calls(seen.fired, plan.calls)
            tensors = {**seen.tensors, INPUT: batch}
            maps = {name: Maps(tensor) for name, tensor in tensors.items()}
            for layer in plan.layers:
                values = _rows_of(maps.get(layer.source), layer, len(images))
                stored = out[layer.name][here] = to_stored(values, layer, dtype)
                _check_finite(stored, layer.name, plan, start)
                if dtype == torch.float16:
                    imprecise[layer.name] += count_imprecise(values, stored, layer)
            advance(len(images))
    if dtype == torch.float16:
        out[TENSOR] = torch.tensor(list(imprecise.values()), dtype=torch.int64)
    return out


def _rows_of(maps: Maps | None, layer: LayerInfo, count: int) -> "torch.Tensor":
    """The layer's output for this batch, one row per image."""
    tensor = None if maps is None else maps.outputs
    if maps is not None and layer.pooling is not None and maps.outputs.ndim == len(layer.shape) + 1:
        tensor = maps.pooled(layer.pooling)
    if tensor is None or tuple(tensor.shape) != (count, *layer.shape):
        came = "nothing" if tensor is None else str(tuple(tensor.shape))
        raise BadInput(
            f"layer {layer.name!r} gave {came} for a batch of {count}; expected {(count, *layer.shape)}: "
            "its calls or its shape depend on the data, leave it out with the pattern '!" + layer.source + "'"
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


def _check_finite(values: "torch.Tensor", layer: str, plan: Pass, start: int) -> None:
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
