"""Recordings of drawn networks: what a plain pass gives, the same by other settings and after an interruption."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from repscope import load_data, load_network
from repscope.activations import Recording, record
from repscope.core.errors import RepscopeError
from repscope.data import DataSet
from repscope.networks import Network
from tests.drawn.data import STOP
from tests.drawn.modules import check_state, plain_pass, state_of
from tests.drawn.networks import describe, is_hostile
from tests.drawn.session import Draw

UNITS = {torch.float16: 2.0**-11, torch.bfloat16: 2.0**-8, torch.float32: 2.0**-24, torch.float64: 2.0**-24}


def draw_network(draw: Draw) -> tuple[int, Network]:
    number = draw.number(0, 10**6)
    draw.tell(describe(number))
    return number, load_network("tests.drawn.networks:drawn_network", number=number)


def draw_data(draw: Draw) -> DataSet:
    number = draw.number(0, 10**6)
    draw.tell(f"data {number}")
    return load_data("tests.drawn.data:drawn_items", number=number)


def recordings(draw: Draw) -> None:
    """One network and one data set, recorded several times."""
    number, network = draw_network(draw)
    data = draw_data(draw)
    before = state_of(network.module)
    layers = draw.one_of(None, ["*"], ["input", "steps.*"], ["input", "head"])
    batch = draw.one_of(None, 1, 2, 7, 64)
    draw.tell(f"layers {layers}, batch {batch}, {len(data)} images")
    said: list[str] = []
    try:
        first = record(network, data, layers, draw.folder / "first", batch=batch, warn=said.append)
    except RepscopeError as error:
        draw.counts["refused"] += 1
        draw.tell(f"refused: {error}")
        check_state(draw, network.module, before)
        return
    check_state(draw, network.module, before)
    draw.equal("ids", first.ids, data.ids)
    if is_hostile(number):
        if not said:  # no layer that was recorded depends on what should not matter
            other = record(network, data, layers, draw.folder / "other", batch=draw.one_of(1, 5), warn=said.append)
            _nearly_equal(draw, network, first, other)
        return
    _as_in_a_plain_pass(draw, network, data, first)
    other = draw.one_of(1, 3, 5, 64)
    second = record(
        network,
        data,
        layers,
        draw.folder / "second",
        batch=other,
        shard_bytes=draw.one_of("1KiB", "64KiB"),
        warn=said.append,
    )
    _nearly_equal(draw, network, first, second)
    check_state(draw, network.module, before)
    _interrupted(draw, network, data, layers, batch, first)
    check_state(draw, network.module, before)


def unit(network: Network) -> float:
    """The rounding of a network's numbers."""
    return max((UNITS[p.dtype] for p in network.module.parameters()), default=2.0**-24)


def _as_in_a_plain_pass(draw: Draw, network: Network, data: DataSet, recording: Recording) -> None:
    images = [data.image(i) for i in range(len(data))]
    batch = network.preprocess(images)
    outputs = plain_pass(network.module, batch)
    for layer in recording.layers:
        there = recording.activations(layer.name)
        if layer.name == "input":
            draw.true("input", np.allclose(there, batch.reshape(len(batch), -1).double(), rtol=0, atol=0.51))
            continue
        name, _, call = layer.name.partition(":")
        calls = outputs.get(name, [])
        if not calls:
            draw.counts["layers without a plain tensor"] += 1
            continue
        expected = calls[int(call) if call else 0]
        if len(expected) != len(there):
            draw.counts["layers of other lengths"] += 1
            continue
        _close(draw, f"layer {layer.name}", there, expected.flatten(1).numpy(), unit(network))


def _close(draw: Draw, what: str, value: np.ndarray, expected: np.ndarray, rounding: float) -> None:
    """Within what rounding in batches of other sizes may do: a thousand units of the largest number of the layer."""
    size = float(np.abs(expected).max()) if expected.size else 0.0
    kind = "as in a plain pass" if what.startswith("layer") else what
    draw.equal(f"shape {kind}", value.shape, expected.shape)
    worst = float(np.abs(value - expected).max()) if expected.size else 0.0
    # float32 holds nothing below 2^-149
    draw.true(
        kind,
        worst <= 1000 * rounding * size + 2.0**-140,
        f"{what} differs by {worst:.3g} where the largest is {size:.3g}",
    )


def _nearly_equal(draw: Draw, network: Network, first: Recording, second: Recording) -> None:
    draw.equal("layers by other settings", [v.name for v in second.layers], [v.name for v in first.layers])
    for layer in first.layers:
        a, b = first.activations(layer.name), second.activations(layer.name)
        _close(
            draw, "activations by other settings", np.asarray(b, np.float64), np.asarray(a, np.float64), unit(network)
        )


def _interrupted(draw: Draw, network: Network, data: DataSet, layers: Any, batch: int | None, first: Recording) -> None:
    """Interrupted and gone on with: the same bytes."""
    out = draw.folder / "third"
    STOP[:] = [draw.number(0, 4 * len(data))]
    try:
        for _ in range(2):
            try:
                third = record(network, data, layers, out, batch=batch, warn=lambda _: None)
                break
            except KeyboardInterrupt:
                draw.counts["interruptions"] += 1
    finally:
        STOP.clear()
    for file in sorted(first.path.rglob("*.safetensors")):
        other = out / file.relative_to(first.path)
        draw.true("bytes after an interruption", _same(file, other), f"{file.name} is another")
    draw.equal("layers after an interruption", [v.name for v in third.layers], [v.name for v in first.layers])


def _same(a: Path, b: Path) -> bool:
    return b.exists() and a.read_bytes() == b.read_bytes()
