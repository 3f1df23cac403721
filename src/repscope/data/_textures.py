"""A bank of surfaces that tile: clouds, grain, blotches, stripes, checks, bricks, weave, dots."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from jaxtyping import Float, UInt8

SIDE = 256
"""Height and width of a surface; it continues at the opposite edge."""

_Plane = Float[np.ndarray, "h w"]


@lru_cache(maxsize=2)
def texture_bank(seed: int, copies: int = 4) -> UInt8[np.ndarray, "n l l"]:
    """Surfaces drawn from a seed: `copies` of each kind, values spread over 0 to 255.

    Only sums and products are used, so that the bytes are the same on every machine.

    Examples
    --------
    >>> texture_bank(0, copies=1).shape
    (8, 256, 256)
    """
    generator = np.random.default_rng([seed, 7])
    kinds: tuple[Callable[[np.random.Generator], _Plane], ...] = (
        _clouds, _grain, _blotches, _stripes, _checks, _bricks, _weave, _dots,
    )  # fmt: skip
    return np.stack([_spread(kind(generator)) for _ in range(copies) for kind in kinds])


def _spread(plane: _Plane) -> UInt8[np.ndarray, "h w"]:
    low, high = plane.min(), plane.max()
    levels: UInt8[np.ndarray, "h w"] = np.rint((plane - low) / (high - low) * 255).astype(np.uint8)
    return levels


def _lattice(generator: np.random.Generator, cells: int) -> _Plane:
    """Random values on a periodic grid, smoothly joined."""
    values = generator.random((cells, cells))
    position = np.arange(SIDE) * cells / SIDE
    low = position.astype(np.int64)
    t = position - low
    t = t * t * (3 - 2 * t)
    high = (low + 1) % cells
    rows = values[low] * (1 - t)[:, None] + values[high] * t[:, None]
    plane: _Plane = rows[:, low] * (1 - t) + rows[:, high] * t
    return plane


def _clouds(generator: np.random.Generator) -> _Plane:
    octaves = [_lattice(generator, 4 * 2**o) / 2**o for o in range(4)]
    clouds: _Plane = octaves[0] + octaves[1] + octaves[2] + octaves[3]
    return clouds


def _grain(generator: np.random.Generator) -> _Plane:
    grain: _Plane = _lattice(generator, 128) + _lattice(generator, 64) + 0.5 * _lattice(generator, 16)
    return grain


def _blotches(generator: np.random.Generator) -> _Plane:
    clouds = _lattice(generator, 12) + 0.4 * _lattice(generator, 32)
    blotches: _Plane = np.clip((clouds - np.median(clouds)) * 12, -1, 1) + 0.2 * _lattice(generator, 64)
    return blotches


def _wave(phase: _Plane) -> _Plane:
    """A triangle wave of period 1."""
    wave: _Plane = np.abs(phase - np.floor(phase) - 0.5) * 4 - 1
    return wave


def _stripes(generator: np.random.Generator) -> _Plane:
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    across, down = 6 + int(generator.integers(14)), int(generator.integers(14))
    bent = 0.9 * _lattice(generator, 4)
    stripes: _Plane = np.clip(_wave(across * x + down * y + bent) * 3, -1, 1) + 0.4 * _lattice(generator, 64)
    return stripes


def _checks(generator: np.random.Generator) -> _Plane:
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    across, down = generator.integers(8, 18, 2)
    product = np.clip(_wave(across * x) * 4, -1, 1) * np.clip(_wave(down * y) * 4, -1, 1)
    checks: _Plane = product + 0.4 * _lattice(generator, 64)
    return checks


def _bricks(generator: np.random.Generator) -> _Plane:
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    rows = 2 * int(generator.integers(5, 9))
    row = np.floor(y * rows)
    mortar = np.minimum(1 - np.abs(_wave(y * rows)), 0.5 * (1 - np.abs(_wave(x * rows / 2 + 0.5 * (row % 2)))))
    tint = generator.random((rows, SIDE))[row.astype(np.int64), np.floor(x * rows / 2 + 0.5 * (row % 2)).astype(int)]
    bricks: _Plane = np.minimum(np.maximum(mortar, 0) * 8, 1) + 0.5 * tint + 0.3 * _lattice(generator, 64)
    return bricks


def _weave(generator: np.random.Generator) -> _Plane:
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    threads = int(generator.integers(16, 30))
    over = (np.floor(x * threads) + np.floor(y * threads)) % 2
    weave: _Plane = np.where(over > 0, _wave(x * threads), _wave(y * threads)) + _lattice(generator, 32)
    return weave


def _dots(generator: np.random.Generator) -> _Plane:
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    count = int(generator.integers(10, 22))
    u, v = _wave(x * count), _wave(y * count)
    dots: _Plane = np.clip((0.6 - u * u - v * v) * 4, -1, 1) + 0.4 * _lattice(generator, 48)
    return dots
